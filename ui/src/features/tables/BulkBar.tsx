/** What can be done with the rows that are selected; floats above them, so that nothing shifts. */
import { X } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";
import { Button, IconButton } from "../../components/ui/Button";
import { Dialog } from "../../components/ui/Dialog";
import { Menu, MenuItem } from "../../components/ui/Menu";
import { KeysOf } from "../../components/ui/Keys";
import type { RowName, TableScope, TraceExport } from "../../contract/contract";
import { useExportRows, useRemoveRows } from "../../data/tables";
import { plural } from "../../lib/format";
import { saveText } from "../../lib/save";
import styles from "./tables.module.css";

interface BulkBarProps {
  readonly scope: TableScope;
  readonly count: number;
  /** The names of what is selected, asked of the core when everything is. */
  readonly names: () => Promise<readonly RowName[]>;
  readonly onAdd: (to: "queue" | "dataset") => void;
  readonly onClear: () => void;
}

const NOUNS: Readonly<Record<TableScope, string>> = { traces: "trace", runs: "run", threads: "thread" };

export function BulkBar({ scope, count, names, onAdd, onClear }: BulkBarProps) {
  const [removing, setRemoving] = useState(false);
  const remove = useRemoveRows();
  const exporting = useExportRows();
  const noun = NOUNS[scope];
  const copy = async (): Promise<void> => {
    const rows = await names();
    const ids = rows.map((row) => (scope === "threads" ? row.thread : scope === "runs" ? row.run_id : row.trace_id) ?? "");
    await navigator.clipboard.writeText(ids.join("\n"));
    toast.success(`${plural(ids.length, "id")} copied.`);
  };
  const write = async (format: TraceExport): Promise<void> => {
    const rows = await names();
    exporting.mutate(
      { rows: [...rows], format },
      {
        onSuccess: ({ file_name, data, traces, runs }) => {
          saveText(file_name, data);
          toast.success(`${plural(traces, "trace")} with ${plural(runs, "run")} exported.`);
        },
      },
    );
  };
  const confirmRemoval = async (): Promise<void> => {
    const rows = await names();
    remove.mutate([...rows], {
      onSuccess: ({ traces, runs }) => {
        toast.success(`${plural(traces, "trace")} with ${plural(runs, "run")} deleted.`);
        setRemoving(false);
        onClear();
      },
    });
  };
  return (
    <div className={styles.bulk} role="toolbar" aria-label="Selection">
      <span className={styles.bulkCount} role="status">
        {plural(count, noun)} selected
      </span>
      <Button onClick={() => onAdd("queue")}>
        Add to queue <KeysOf command="queue.add" />
      </Button>
      <Button onClick={() => onAdd("dataset")}>
        Add to dataset <KeysOf command="dataset.add" />
      </Button>
      <Button onClick={() => void copy()}>Copy ids</Button>
      <Menu trigger={<Button disabled={exporting.isPending}>{exporting.isPending ? "Exporting…" : "Export"}</Button>}>
        <MenuItem onSelect={() => void write("langsmith_jsonl")}>LangSmith runs (JSONL)</MenuItem>
        <MenuItem onSelect={() => void write("otlp_json")}>OpenTelemetry spans (OTLP JSON)</MenuItem>
      </Menu>
      {scope === "runs" ? null : (
        <Button tone="danger" onClick={() => setRemoving(true)}>
          Delete…
        </Button>
      )}
      <IconButton label="Clear the selection (Escape)" onClick={onClear}>
        <X size={14} />
      </IconButton>
      {removing ? (
        <Dialog title={`Delete ${plural(count, noun)}?`} onClose={() => setRemoving(false)}>
          <p>
            {scope === "threads" ? "All of their traces go" : "They go"} from the library with every run. Feedback about them stays. What a file still holds comes back when that file is imported again.
          </p>
          <div className={styles.dialogRow}>
            <Button onClick={() => setRemoving(false)}>Keep</Button>
            <Button tone="danger" disabled={remove.isPending} onClick={() => void confirmRemoval()}>
              Delete
            </Button>
          </div>
        </Dialog>
      ) : null}
    </div>
  );
}
