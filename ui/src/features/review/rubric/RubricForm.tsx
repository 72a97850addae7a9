/** The questions of a queue beside the item. One key is current: digits act on it. */
import type { Dispatch } from "react";
import { isRequired, type RubricKey } from "../../../lib/review/rubric";
import type { Sheet, SheetAction } from "../../../lib/review/sheet";
import { KeyCard } from "./KeyCard";
import styles from "./rubric.module.css";

export interface RubricFormProps {
  /** With another, another item is judged. */
  readonly place: string;
  readonly rubric: readonly RubricKey[];
  readonly sheet: Sheet;
  readonly dispatch: Dispatch<SheetAction>;
  /** Read-only while somebody else has the item, or after it was adjudicated. */
  readonly locked: boolean;
  /** What a correction starts from. */
  readonly prefill: string | null;
  /** Labels that were used before, by key. */
  readonly knownTags: Readonly<Record<string, readonly string[]>>;
  /** Text of the run that a run picker names. */
  readonly nameOfRun: (runId: string) => string;
  readonly onSubmit: () => void;
}

export function RubricForm({ place, rubric, sheet, dispatch, locked, prefill, knownTags, nameOfRun, onSubmit }: RubricFormProps) {
  return (
    <form
      className={styles.form}
      aria-label="Rubric"
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      {rubric.map((key, index) => (
        <KeyCard
          key={key.key}
          place={place}
          rubricKey={key}
          answer={sheet.answers[key.key] ?? null}
          typed={sheet.typed[key.key] ?? null}
          problem={sheet.problems.find((problem) => problem.key === key.key) ?? null}
          current={index === sheet.current}
          required={isRequired(key, sheet.answers)}
          answers={sheet.answers}
          locked={locked}
          prefill={prefill}
          knownTags={knownTags[key.key] ?? NO_TAGS}
          nameOfRun={nameOfRun}
          dispatch={dispatch}
        />
      ))}
    </form>
  );
}

const NO_TAGS: readonly string[] = [];

/** The card of a key, for giving it the focus. */
export function cardOf(key: string): HTMLElement | null {
  return document.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`);
}
