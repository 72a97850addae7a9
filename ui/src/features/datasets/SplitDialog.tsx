/** Puts chosen examples into a split, or takes them out of one. */
import { useState } from "react";
import { Button } from "../../components/ui/Button";
import { Dialog } from "../../components/ui/Dialog";
import { Segments } from "../../components/ui/Segments";
import ui from "../../components/ui/ui.module.css";
import { useAssignSplit, useDataset } from "../../data/datasets";
import { offerUndo } from "../../data/undo";
import { plural } from "../../lib/format";
import { platform } from "../../platform";
import styles from "./datasets.module.css";

interface SplitDialogProps {
  readonly datasetId: string;
  readonly ids: readonly string[];
  readonly onClose: () => void;
}

const WAYS = [
  ["in", "Put into"],
  ["out", "Take out of"],
] as const;

export function SplitDialog({ datasetId, ids, onClose }: SplitDialogProps) {
  const dataset = useDataset(datasetId).data;
  const assign = useAssignSplit();
  const [way, setWay] = useState<"in" | "out">("in");
  const [split, setSplit] = useState("");
  const submit = (): void => {
    const params = { dataset_id: datasetId, ids: [...ids], split: split.trim(), member: way === "in" };
    assign.mutate(params, {
      onSuccess: () => {
        offerUndo(`${plural(ids.length, "example")} ${way === "in" ? "put into" : "taken out of"} ${params.split}.`, () => platform().call("assign_split", { ...params, member: !params.member }));
        onClose();
      },
    });
  };
  return (
    <Dialog title={`Splits of ${plural(ids.length, "example")}`} onClose={onClose}>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <div className={styles.line}>
          <Segments label="What is done" options={WAYS} value={way} onChange={setWay} />
          {/* The name is what a person came for. */}
          {/* oxlint-disable-next-line jsx-a11y/no-autofocus */}
          <input className={`${ui.field} ${styles.grow}`} type="text" autoFocus required aria-label="Split" placeholder="train" list="splits-known" value={split} onChange={(event) => setSplit(event.target.value)} />
          <datalist id="splits-known">
            {dataset?.splits.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </datalist>
        </div>
        <div className={styles.dialogRow}>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="primary" disabled={split.trim() === "" || assign.isPending}>
            {way === "in" ? "Put into the split" : "Take out of the split"}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
