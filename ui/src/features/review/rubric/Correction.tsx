/** What the output should have been: an editor that starts from what it was, and what was changed. */
import { useState } from "react";
import { Button } from "../../../components/ui/Button";
import { WordDiff } from "../../../components/WordDiff";
import { leaveOnEscape } from "./KeyCard";
import styles from "./rubric.module.css";

interface CorrectionProps {
  readonly label: string;
  readonly value: string | null;
  /** The output as it was; `null` where there is none to start from. */
  readonly prefill: string | null;
  readonly invalid: boolean;
  readonly onChange: (text: string | null) => void;
}

export function Correction({ label, value, prefill, invalid, onChange }: CorrectionProps) {
  const [compared, setCompared] = useState(true);
  if (value === null) {
    return (
      <Button data-command="review.correction" data-entry-field onClick={() => onChange(prefill ?? "")}>
        {prefill === null ? "Write a correction" : "Correct the output"}
      </Button>
    );
  }
  const shape = prefill !== null && isJson(prefill) && !isJson(value) ? "This was JSON and no longer is." : null;
  return (
    <div className={styles.written}>
      <textarea
        className={styles.area}
        rows={6}
        aria-label={label}
        aria-invalid={invalid}
        value={value}
        data-entry-field
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={leaveOnEscape}
      />
      {shape === null ? null : (
        <p className={styles.hint} role="status">
          {shape}
        </p>
      )}
      <div className={styles.row}>
        {prefill === null || prefill === value ? null : (
          <Button aria-pressed={compared} onClick={() => setCompared(!compared)}>
            Changes
          </Button>
        )}
        <Button onClick={() => onChange(null)}>Remove</Button>
      </div>
      {compared && prefill !== null && prefill !== value ? (
        <div className={styles.preview}>
          <WordDiff before={prefill} after={value} />
        </div>
      ) : null}
    </div>
  );
}

function isJson(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null;
  } catch {
    return false;
  }
}
