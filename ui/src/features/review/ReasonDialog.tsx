import { useState } from "react";
import { Button } from "../../components/ui/Button";
import { Dialog } from "../../components/ui/Dialog";
import { Keys } from "../../components/ui/Keys";
import ui from "../../components/ui/ui.module.css";
import styles from "./review.module.css";

interface ReasonDialogProps {
  readonly title: string;
  readonly reasons: readonly string[];
  readonly required: boolean;
  readonly onChoose: (reason: string | null) => void;
  readonly onClose: () => void;
}

/** Why an item was not judged: one of the queue's reasons by its digit, or words. */
export function ReasonDialog({ title, reasons, required, onChoose, onClose }: ReasonDialogProps) {
  const [text, setText] = useState("");
  const offered = reasons.slice(0, 9);
  return (
    <Dialog title={title} onClose={onClose}>
      {/* Digits choose from anywhere in the dialog. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <form
        className={styles.reasons}
        onSubmit={(event) => {
          event.preventDefault();
          if (text.trim() !== "" || !required) onChoose(text.trim() === "" ? null : text.trim());
        }}
        onKeyDown={(event) => {
          const reason = text === "" && /^Digit[1-9]$/.test(event.code) ? offered[Number(event.code.slice(5)) - 1] : undefined;
          if (reason === undefined || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
          event.preventDefault();
          onChoose(reason);
        }}
      >
        {offered.map((reason, index) => (
          <Button key={reason} className={styles.reason} onClick={() => onChoose(reason)}>
            <Keys shortcut={String(index + 1)} />
            {reason}
          </Button>
        ))}
        {/* The dialog is opened by a key; what follows is typed. */}
        {/* oxlint-disable-next-line jsx-a11y/no-autofocus */}
        <input className={ui.field} type="text" autoFocus aria-label="Reason" placeholder={required ? "Reason" : "Reason, if you like"} value={text} onChange={(event) => setText(event.target.value)} />
        <div className={styles.dialogRow}>
          <Button type="submit" tone="primary" disabled={required && text.trim() === ""}>
            Go on
            <Keys shortcut="Enter" />
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
