/** What is to be judged in the table of many items: its output in the row, and more of it beside the table. */
import { X } from "lucide-react";
import { useMemo, type ReactNode } from "react";
import { IconButton } from "../../components/ui/Button";
import type { ItemRow, RunRef } from "../../contract/contract";
import { ItemScopeContext } from "../../data/item";
import { useRun } from "../../data/queries";
import { RunTexts, Text } from "../tables/PreviewPane";
import tables from "../tables/tables.module.css";
import styles from "./queues.module.css";

/** What is read of an item comes as its queue lets it be seen. */
function Scope({ itemId, children }: { readonly itemId: string; readonly children: ReactNode }) {
  const scope = useMemo(() => ({ itemId, masked: true }), [itemId]);
  return <ItemScopeContext value={scope}>{children}</ItemScopeContext>;
}

function runOf({ target }: ItemRow): RunRef | null {
  return target.type === "run" || target.type === "trace" ? target.run : null;
}

/** The beginning of the output; where there is none, why. */
export function BulkOutput({ row }: { readonly row: ItemRow }) {
  const run = runOf(row);
  const none = row.output_preview === null || row.output_preview === "" || /^\{"output":\s*null\}$/.test(row.output_preview);
  if (run === null || !none) return row.output_preview;
  return (
    <Scope itemId={row.id}>
      <ErrorOf run={run} otherwise={row.output_preview} />
    </Scope>
  );
}

function ErrorOf({ run, otherwise }: { readonly run: RunRef; readonly otherwise: string | null }) {
  const error = useRun(run.trace_id, run.run_id).data?.error;
  return error ? (
    <span className={styles.problem} title={error.message}>
      {error.message}
    </span>
  ) : (
    otherwise
  );
}

export function BulkPreview({ row, onClose }: { readonly row: ItemRow; readonly onClose: () => void }) {
  const { target } = row;
  const run = runOf(row);
  return (
    <aside className={tables.preview} aria-label="Preview" aria-live="polite">
      <header>
        <b title={row.name ?? undefined}>{row.name ?? "Item"}</b>
        <IconButton label="Close the preview (Escape)" onClick={onClose}>
          <X size={14} />
        </IconButton>
      </header>
      <Scope key={row.id} itemId={row.id}>
        {run !== null ? (
          <RunTexts traceId={run.trace_id} runId={run.run_id} withError />
        ) : target.type === "pair" ? (
          [target.a, target.b].map((side, place) => (
            <section key={side.run_id} aria-label={place === 0 ? "A" : "B"}>
              <h2>{place === 0 ? "A" : "B"}</h2>
              <RunTexts traceId={side.trace_id} runId={side.run_id} withError />
            </section>
          ))
        ) : (
          <>
            <Text title="First input" text={row.input_preview} />
            <Text title="Last output" text={row.output_preview} />
          </>
        )}
      </Scope>
    </aside>
  );
}
