import { X } from "lucide-react";
import { IconButton } from "../../../components/ui/Button";
import { KeysOf } from "../../../components/ui/Keys";
import styles from "./rubric.module.css";

interface RunPickProps {
  readonly runId: string | null;
  readonly nameOf: (runId: string) => string;
  readonly onClear: () => void;
}

/** The run that went wrong first: chosen where runs are shown. */
export function RunPick({ runId, nameOf, onClear }: RunPickProps) {
  if (runId === null) {
    return (
      <p className={styles.hint}>
        Select a run or a message, then press <KeysOf command="review.first_failure" />
      </p>
    );
  }
  return (
    <span className={styles.chip}>
      {nameOf(runId)}
      <IconButton label="Take the run back" onClick={onClear}>
        <X size={11} />
      </IconButton>
    </span>
  );
}
