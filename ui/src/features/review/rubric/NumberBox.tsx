/** A number, typed or drawn. What is out of bounds stays in the box until it is mended. */
import { clsx } from "clsx";
import type { Dispatch, KeyboardEvent } from "react";
import ui from "../../../components/ui/ui.module.css";
import type { RubricKey } from "../../../lib/review/rubric";
import type { SheetAction } from "../../../lib/review/sheet";
import { leaveOnEscape } from "./KeyCard";
import styles from "./rubric.module.css";

interface NumberBoxProps {
  readonly rubricKey: RubricKey;
  readonly text: string;
  readonly value: number | null;
  readonly invalid: boolean;
  readonly dispatch: Dispatch<SheetAction>;
}

export function NumberBox({ rubricKey: key, text, value, invalid, dispatch }: NumberBoxProps) {
  const { min = null, max = null, step = null } = key;
  const bounds = min !== null && max !== null ? { min, max } : null;
  const change = (next: string): void => dispatch({ type: "type-number", key: key.key, text: next });
  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    leaveOnEscape(event);
    const way = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (way === undefined) return;
    event.preventDefault();
    dispatch({ type: "step", key: key.key, steps: way * (event.shiftKey ? 10 : 1) });
  };
  return (
    <div className={styles.number}>
      <input
        className={clsx(ui.field, styles.box)}
        type="text"
        inputMode="decimal"
        aria-label={key.key}
        aria-invalid={invalid}
        placeholder={bounds ? `${bounds.min} to ${bounds.max}` : "Number"}
        value={text}
        data-entry-field
        onChange={(event) => change(event.target.value)}
        onKeyDown={onKeyDown}
      />
      {bounds ? (
        <div className={styles.scale}>
          <input
            type="range"
            aria-label={`${key.key} on a scale`}
            aria-valuetext={value === null ? "not answered" : anchorAt(key, value)}
            min={bounds.min}
            max={bounds.max}
            step={step ?? (bounds.max - bounds.min) / 100}
            value={value ?? bounds.min}
            data-unanswered={value === null || undefined}
            onChange={(event) => change(event.target.value)}
          />
          <div className={styles.anchors} aria-hidden>
            {key.categories.map(({ label, value: at }) =>
              at === null || at === undefined ? null : (
                <span key={label} style={{ left: `${((at - bounds.min) / (bounds.max - bounds.min)) * 100}%` }}>
                  {label}
                </span>
              ),
            )}
          </div>
        </div>
      ) : null}
    </div>
  );
}

/** The name of the nearest labelled point, behind the number. */
function anchorAt({ categories }: RubricKey, value: number): string {
  const near = categories.filter(({ value: at }) => at !== null && at !== undefined).toSorted((a, b) => Math.abs((a.value ?? 0) - value) - Math.abs((b.value ?? 0) - value))[0];
  return near ? `${value}, ${near.label}` : String(value);
}
