import { useState } from "react";
import { isKeyOf, pressOf } from "../../commands/registry";
import { Button } from "../../components/ui/Button";
import { Dialog } from "../../components/ui/Dialog";
import { Keys, KeysOf } from "../../components/ui/Keys";
import ui from "../../components/ui/ui.module.css";
import styles from "./review.module.css";

interface ReasonDialogProps {
  readonly title: string;
  readonly reasons: readonly string[];
  readonly required: boolean;
  readonly onChoose: (reason: string | null) => void;
  readonly onClose: () => void;
}

/** Why an item was not judged: one of the queue's reasons by the key that chooses options elsewhere, or words. */
export function ReasonDialog({ title, reasons, required, onChoose, onClose }: ReasonDialogProps) {
  const [text, setText] = useState("");
  const offered = reasons.slice(0, 9);
  return (
    <Dialog title={title} onClose={onClose}>
      {/* The keys of options choose from anywhere in the dialog, until something is typed. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <form
        className={styles.reasons}
        onSubmit={(event) => {
          event.preventDefault();
          if (text.trim() !== "" || !required) onChoose(text.trim() === "" ? null : text.trim());
        }}
        onKeyDown={(event) => {
          if (text !== "" || event.repeat || event.nativeEvent.isComposing) return;
          const reason = offered.find((_, index) => isKeyOf(optionCommand(index), pressOf(event.nativeEvent)));
          if (reason === undefined) return;
          event.preventDefault();
          onChoose(reason);
        }}
      >
        {offered.map((reason, index) => (
          <Button key={reason} className={styles.reason} onClick={() => onChoose(reason)}>
            <KeysOf command={optionCommand(index)} />
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

/** The command of the review screen behind that chooses the option in this place. */
function optionCommand(index: number): string {
  return `review.option ${index + 1}`;
}
