/** One key: what it asks, the control for its answer, its comment, and what is wrong with it. */
import { clsx } from "clsx";
import { memo, useId, type Dispatch, type KeyboardEvent } from "react";
import { Keys, KeysOf } from "../../../components/ui/Keys";
import { isCollapsed, numberProblem, optionsOf, type Answer, type Answers, type RubricKey } from "../../../lib/review/rubric";
import type { Problem, SheetAction } from "../../../lib/review/sheet";
import { Assertions } from "./Assertions";
import { ChoiceList } from "./ChoiceList";
import { Choices } from "./Choices";
import { Correction } from "./Correction";
import { NumberBox } from "./NumberBox";
import { RunPick } from "./RunPick";
import styles from "./rubric.module.css";
import { Tags } from "./Tags";
import { TextAnswer } from "./TextAnswer";

interface KeyCardProps {
  readonly place: string;
  readonly rubricKey: RubricKey;
  readonly answer: Answer | null;
  readonly typed: string | null;
  readonly problem: Problem | null;
  readonly current: boolean;
  readonly required: boolean;
  readonly answers: Answers;
  readonly locked: boolean;
  readonly prefill: string | null;
  readonly knownTags: readonly string[];
  readonly nameOfRun: (runId: string) => string;
  readonly dispatch: Dispatch<SheetAction>;
}

export const KeyCard = memo(function KeyCard(props: KeyCardProps) {
  const { place, rubricKey: key, answer, problem, current, required, answers, locked, dispatch } = props;
  const problemId = useId();
  const aboutId = useId();
  const collapsed = !current && isCollapsed(key, answers);
  const comment = answer?.comment ?? "";
  const go = (): void => dispatch({ type: "go", key: key.key });
  return (
    // The card can be given the focus, so that the current key is read out; its controls are its own stops.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <fieldset
      className={clsx(styles.card, current && styles.current, collapsed && styles.collapsed, problem && styles.wrong)}
      data-key={key.key}
      tabIndex={-1}
      aria-current={current || undefined}
      aria-describedby={clsx(key.description && aboutId, problem && problemId) || undefined}
      disabled={locked}
      onFocus={go}
      onPointerDown={go}
    >
      <legend className={styles.legend}>
        <span className={styles.name}>{key.key}</span>
        <span className={styles.tag}>{answer?.na ? "not applicable" : required ? "required" : ""}</span>
      </legend>
      {collapsed ? null : (
        <>
          {key.description ? (
            <p className={styles.about} id={aboutId} title={key.description}>
              {key.description}
            </p>
          ) : null}
          <div className={styles.control}>
            {/* Buttons have nothing of an item in them; everything else has. */}
            <Control key={isButtons(key) ? "buttons" : place} {...props} />
            {key.allow_na ? (
              <button
                type="button"
                className={clsx(styles.choice, styles.na)}
                aria-pressed={answer?.na ?? false}
                data-command={current ? "review.na" : undefined}
                onClick={() => {
                  go();
                  dispatch({ type: "na" });
                }}
              >
                <span className={current ? undefined : styles.resting} aria-hidden={!current || undefined}>
                  <KeysOf command="review.na" />
                </span>
                Not applicable
              </button>
            ) : null}
          </div>
          <Meanings rubricKey={key} />
          {/* Always there, so that nothing moves from key to key; it has a frame where one would write in it. */}
          {key.comment_policy === "off" ? null : (
            <textarea
              key={place}
              className={clsx(styles.comment, !current && comment === "" && key.comment_policy === "optional" && problem?.part !== "comment" && styles.unwritten)}
              rows={1}
              aria-label={`Comment on ${key.key}`}
              aria-invalid={problem?.part === "comment"}
              placeholder={key.comment_policy === "optional" ? "Comment" : "Comment, required"}
              value={comment}
              data-comment
              onChange={(event) => dispatch({ type: "comment", key: key.key, text: event.target.value })}
              onKeyDown={leaveOnEscape}
            />
          )}
        </>
      )}
      {problem ? (
        <p className={styles.problem} id={problemId} role="alert">
          {problem.rule}
        </p>
      ) : null}
    </fieldset>
  );
});

/** More options than digits are a list to be filtered. */
const MOST_BUTTONS = 10;

function isButtons(key: RubricKey): boolean {
  const count = optionsOf(key).length;
  return count > 0 && count <= MOST_BUTTONS;
}

function Control({ rubricKey: key, answer, typed, problem, current, prefill, knownTags, nameOfRun, dispatch }: KeyCardProps) {
  const options = optionsOf(key);
  const value = answer?.value ?? null;
  const invalid = problem?.part === "value";
  const set = (next: string | readonly string[] | null): void => dispatch({ type: "set", key: key.key, value: next });
  const choose = (next: boolean | number | string): void => dispatch({ type: "choose", key: key.key, value: next });
  switch (key.type) {
    case "boolean":
    case "pair":
    case "categorical":
    case "multi_categorical":
      return options.length > MOST_BUTTONS ? (
        <ChoiceList label={key.key} options={options} value={value} many={key.type === "multi_categorical"} onChoose={choose} />
      ) : (
        <Choices label={key.key} options={options} value={value} many={key.type === "multi_categorical"} current={current} invalid={invalid} onChoose={choose} />
      );
    case "continuous":
      return options.length > 0 ? (
        <Choices label={key.key} options={options} value={value} many={false} current={current} invalid={invalid} onChoose={choose} />
      ) : (
        <NumberBox rubricKey={key} text={typed ?? (value === null ? "" : String(value))} value={typeof value === "number" ? value : null} invalid={invalid || (typed !== null && numberProblem(key, typed) !== null)} dispatch={dispatch} />
      );
    case "freeform":
      return <TextAnswer label={key.key} value={typeof value === "string" ? value : ""} invalid={invalid} onChange={(text) => set(text === "" ? null : text)} />;
    case "correction":
      return <Correction label={key.key} value={typeof value === "string" ? value : null} prefill={prefill} invalid={invalid} onChange={set} />;
    case "assertions":
      return <Assertions label={key.key} value={Array.isArray(value) ? (value as readonly string[]) : []} onChange={(rows) => set(rows.length === 0 ? null : rows)} />;
    case "tags":
      return <Tags label={key.key} value={Array.isArray(value) ? (value as readonly string[]) : []} known={knownTags} onChange={(tags) => set(tags.length === 0 ? null : tags)} />;
    case "run_picker":
      return <RunPick runId={typeof value === "string" ? value : null} nameOf={nameOfRun} onClear={() => set(null)} />;
  }
}

/** What the values mean. */
function Meanings({ rubricKey }: { readonly rubricKey: RubricKey }) {
  const meant = optionsOf(rubricKey).filter(({ description }) => description !== null);
  if (meant.length === 0) return null;
  return (
    <dl className={styles.meanings}>
      {meant.map(({ label, description }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{description}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Escape leaves a field and gives its key the focus, so that single keys act again. */
export function leaveOnEscape(event: KeyboardEvent<HTMLElement>): void {
  if (event.key !== "Escape" || event.nativeEvent.isComposing) return;
  event.preventDefault();
  event.stopPropagation();
  const card = event.currentTarget.closest<HTMLElement>("[data-key], [data-rubric]");
  if (card) card.focus();
  else event.currentTarget.blur();
}

/** The digit that is printed on an option of the current key; on the others its room is kept. */
export function Digit({ digit, hotkey, shown }: { readonly digit: string | null; readonly hotkey: string | null; readonly shown: boolean }) {
  return (
    <>
      {digit === null ? null : (
        <span className={shown ? undefined : styles.resting} aria-hidden={!shown || undefined}>
          <KeysOf command={`review.option ${digit}`} />
        </span>
      )}
      {hotkey === null ? null : <Keys shortcut={hotkey} />}
    </>
  );
}
