import { X } from "lucide-react";
import { useState, type KeyboardEvent } from "react";
import { IconButton } from "../../../components/ui/Button";
import ui from "../../../components/ui/ui.module.css";
import { leaveOnEscape } from "./KeyCard";
import styles from "./rubric.module.css";

interface TagsProps {
  readonly label: string;
  readonly value: readonly string[];
  /** Tags that were used before, the most frequent first. */
  readonly known: readonly string[];
  readonly onChange: (tags: readonly string[]) => void;
}

/** Free labels; what was used before is offered, Tab takes it. */
export function Tags({ label, value, known, onChange }: TagsProps) {
  const [text, setText] = useState("");
  const wanted = text.trim().toLowerCase();
  const offered = wanted === "" ? undefined : known.find((tag) => tag.toLowerCase().startsWith(wanted) && !value.includes(tag));
  const add = (tag: string): void => {
    const trimmed = tag.trim();
    if (trimmed !== "" && !value.includes(trimmed)) onChange([...value, trimmed]);
    setText("");
  };
  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    leaveOnEscape(event);
    if (event.ctrlKey || event.metaKey) return;
    if (event.key === "Tab" && offered !== undefined) add(offered);
    else if ((event.key === "Enter" || event.key === ",") && wanted !== "") add(text);
    else if (event.key === "Backspace" && text === "" && value.length > 0) onChange(value.slice(0, -1));
    else return;
    event.preventDefault();
  };
  return (
    <div className={styles.tags}>
      {value.map((tag) => (
        <span key={tag} className={styles.chip}>
          {tag}
          <IconButton label={`Remove the tag ${tag}`} onClick={() => onChange(value.filter((one) => one !== tag))}>
            <X size={11} />
          </IconButton>
        </span>
      ))}
      <span className={styles.tagField}>
        <input
          className={ui.field}
          type="text"
          aria-label={label}
          placeholder="Add a tag"
          value={text}
          data-entry-field
          data-tags
          onChange={(event) => setText(event.target.value)}
          onKeyDown={onKeyDown}
          onBlur={() => add(text)}
        />
        {offered === undefined ? null : (
          <span className={styles.offer} role="status">
            {offered} <kbd>Tab</kbd>
          </span>
        )}
      </span>
    </div>
  );
}
