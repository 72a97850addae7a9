/** A few options side by side: one of them (arrow keys move), or any of them. */
import { clsx } from "clsx";
import { useRef, type KeyboardEvent } from "react";
import type { AnswerValue, Option } from "../../../lib/review/rubric";
import { Digit } from "./KeyCard";
import styles from "./rubric.module.css";

interface ChoicesProps {
  readonly label: string;
  readonly options: readonly Option[];
  readonly value: AnswerValue;
  readonly many: boolean;
  readonly current: boolean;
  readonly invalid: boolean;
  readonly onChoose: (value: boolean | number | string) => void;
}

export function Choices({ label, options, value, many, current, invalid, onChoose }: ChoicesProps) {
  const group = useRef<HTMLDivElement>(null);
  const chosen = (option: Option): boolean => isChosen(value, option);
  const at = options.findIndex(chosen);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (many || event.ctrlKey || event.metaKey || event.altKey) return;
    // Where the focus is inside, a yes and a no are spelled as well.
    const spelled = options.find((option) => typeof option.value === "boolean" && event.key.toLowerCase() === (option.value ? "y" : "n"));
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const from = [...(group.current?.children ?? [])].indexOf(event.target as Element);
    const to = step === undefined ? null : (from + step + options.length) % options.length;
    const option = spelled ?? (to === null ? undefined : options[to]);
    if (!option) return;
    event.preventDefault();
    onChoose(option.value);
    (group.current?.children[options.indexOf(option)] as HTMLElement | undefined)?.focus();
  };
  return (
    // The role is one of two, which the rule cannot see; keys of its buttons rise to it.
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <div ref={group} className={styles.choices} role={many ? "group" : "radiogroup"} aria-label={label} aria-invalid={many ? undefined : invalid} onKeyDown={onKeyDown}>
      {options.map((option, index) => (
        <button
          key={option.label}
          type="button"
          role={many ? "checkbox" : "radio"}
          aria-checked={chosen(option)}
          // One stop for the whole group, as radio buttons have.
          tabIndex={many || index === Math.max(at, 0) ? 0 : -1}
          className={clsx(styles.choice, chosen(option) && styles.chosen)}
          title={option.description ?? undefined}
          data-command={current && option.digit !== null ? `review.option ${option.digit}` : undefined}
          onClick={() => onChoose(option.value)}
        >
          <Digit digit={option.digit} hotkey={option.hotkey} shown={current} />
          <span className={styles.choiceName}>{option.label}</span>
        </button>
      ))}
    </div>
  );
}

export function isChosen(value: AnswerValue, option: Option): boolean {
  return Array.isArray(value) ? value.includes(String(option.value)) : value === option.value;
}
