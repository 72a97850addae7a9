/** Many options in a list that is narrowed by typing. */
import { clsx } from "clsx";
import { useId, useState, type KeyboardEvent } from "react";
import ui from "../../../components/ui/ui.module.css";
import type { AnswerValue, Option } from "../../../lib/review/rubric";
import { isChosen } from "./Choices";
import { leaveOnEscape } from "./KeyCard";
import styles from "./rubric.module.css";

interface ChoiceListProps {
  readonly label: string;
  readonly options: readonly Option[];
  readonly value: AnswerValue;
  readonly many: boolean;
  readonly onChoose: (value: string | number | boolean) => void;
}

export function ChoiceList({ label, options, value, many, onChoose }: ChoiceListProps) {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const list = useId();
  const wanted = text.trim().toLowerCase();
  const shown = wanted === "" ? options : options.filter((option) => option.label.toLowerCase().includes(wanted));
  const active = Math.min(at, Math.max(shown.length - 1, 0));
  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    leaveOnEscape(event);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const option = shown[active];
    if (step !== undefined) setAt(Math.min(Math.max(active + step, 0), Math.max(shown.length - 1, 0)));
    else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && option) onChoose(option.value);
    else return;
    event.preventDefault();
  };
  return (
    <div className={styles.list}>
      <input
        className={ui.field}
        type="text"
        role="combobox"
        aria-label={`Find an option of ${label}`}
        aria-expanded
        aria-controls={list}
        aria-activedescendant={shown.length > 0 ? `${list}-${active}` : undefined}
        placeholder={`Type to find one of ${options.length}`}
        value={text}
        data-entry-field
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      {/* Its keys act in the field above, as a combobox has them; a list of choices is not a menu that is open. */}
      <ul id={list} className={styles.options} aria-label={label} role={many ? "group" : "radiogroup"}>
        {shown.map((option, index) => (
          <li key={option.label}>
            <button
              type="button"
              id={`${list}-${index}`}
              role={many ? "checkbox" : "radio"}
              aria-checked={isChosen(value, option)}
              tabIndex={-1}
              className={clsx(styles.option, index === active && styles.active, isChosen(value, option) && styles.picked)}
              title={option.description ?? undefined}
              onClick={() => onChoose(option.value)}
            >
              {option.label}
            </button>
          </li>
        ))}
        {shown.length === 0 ? <li className={styles.nothing}>No option contains “{text}”.</li> : null}
      </ul>
    </div>
  );
}
