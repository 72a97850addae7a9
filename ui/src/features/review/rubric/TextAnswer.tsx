import { useState } from "react";
import { Markdown } from "../../../components/Markdown";
import { Segments } from "../../../components/ui/Segments";
import { leaveOnEscape } from "./KeyCard";
import styles from "./rubric.module.css";

interface TextAnswerProps {
  readonly label: string;
  readonly value: string;
  readonly invalid: boolean;
  readonly onChange: (text: string) => void;
}

const FORMS = [
  ["write", "Write"],
  ["read", "Preview"],
] as const;

/** A text in Markdown. */
export function TextAnswer({ label, value, invalid, onChange }: TextAnswerProps) {
  const [form, setForm] = useState<"write" | "read">("write");
  return (
    <div className={styles.written}>
      {form === "write" || value === "" ? (
        <textarea
          className={styles.area}
          rows={3}
          aria-label={label}
          aria-invalid={invalid}
          value={value}
          data-entry-field
          onChange={(event) => onChange(event.target.value)}
          onKeyDown={leaveOnEscape}
        />
      ) : (
        <div className={styles.preview}>
          <Markdown text={value} />
        </div>
      )}
      {value === "" ? null : <Segments label={`Form of ${label}`} options={FORMS} value={form} onChange={setForm} />}
    </div>
  );
}
