import { Plus, X } from "lucide-react";
import { Button, IconButton } from "../../../components/ui/Button";
import { KeysOf } from "../../../components/ui/Keys";
import ui from "../../../components/ui/ui.module.css";
import { leaveOnEscape } from "./KeyCard";
import styles from "./rubric.module.css";

interface AssertionsProps {
  readonly label: string;
  readonly value: readonly string[];
  readonly onChange: (rows: readonly string[]) => void;
}

/** Sentences that must hold of any output, one a line. */
export function Assertions({ label, value, onChange }: AssertionsProps) {
  const rows = value.length === 0 ? [""] : value;
  const change = (index: number, text: string): void => onChange(rows.map((row, at) => (at === index ? text : row)));
  return (
    <div className={styles.written}>
      {rows.map((row, index) => (
        // Sentences have no identity but their order.
        // oxlint-disable-next-line react/no-array-index-key
        <div key={index} className={styles.assertion}>
          <input
            className={ui.field}
            type="text"
            aria-label={`${label} ${index + 1}`}
            placeholder="The answer must …"
            value={row}
            data-entry-field={index === rows.length - 1 || undefined}
            onChange={(event) => change(index, event.target.value)}
            onKeyDown={(event) => {
              leaveOnEscape(event);
              if (event.key === "Backspace" && row === "" && rows.length > 1) onChange(rows.filter((_, at) => at !== index));
            }}
          />
          <IconButton label={`Remove ${label} ${index + 1}`} disabled={value.length === 0} onClick={() => onChange(rows.filter((_, at) => at !== index))}>
            <X size={12} />
          </IconButton>
        </div>
      ))}
      <div className={styles.row}>
        <Button data-command="review.assertion" onClick={() => onChange([...rows, ""])}>
          <Plus size={12} />
          Add
          <KeysOf command="review.assertion" />
        </Button>
      </div>
    </div>
  );
}
