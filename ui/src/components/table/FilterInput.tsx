import { useEffect, useRef, useState, type RefObject } from "react";
import { KeysOf } from "../ui/Keys";
import ui from "../ui/ui.module.css";
import styles from "./table.module.css";

interface FilterInputProps {
  readonly inputRef: RefObject<HTMLInputElement | null>;
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** Enter and arrow down hand over to the rows. */
  readonly onLeave: () => void;
  readonly label?: string;
  readonly placeholder?: string;
  /** Whether the text cannot be understood. */
  readonly invalid?: boolean;
}

const PAUSE_MS = 200;

/** Filters while typing, a short pause after the last key. */
export function FilterInput({
  inputRef,
  value,
  onChange,
  onLeave,
  label = "Filter traces",
  placeholder = "Filter by name, id, thread, model, text",
  invalid = false,
}: FilterInputProps) {
  const [text, setText] = useState(value);
  const sent = useRef(value);
  useEffect(() => {
    // Back, forward or "show all" changed the filter from outside.
    if (value !== sent.current) setText(value);
    sent.current = value;
  }, [value]);
  useEffect(() => {
    if (text === sent.current) return;
    const timer = setTimeout(() => {
      sent.current = text;
      onChange(text);
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, onChange]);
  return (
    <div className={styles.search}>
      <input
        ref={inputRef}
        className={ui.field}
        type="text"
        aria-label={label}
        aria-invalid={invalid || undefined}
        placeholder={placeholder}
        value={text}
        spellCheck={false}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape" && text !== "") setText("");
          else if (event.key === "Escape" || event.key === "Enter" || event.key === "ArrowDown") onLeave();
          else return;
          event.preventDefault();
        }}
      />
      <KeysOf command="table.filter" />
    </div>
  );
}
