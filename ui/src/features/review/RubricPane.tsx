/** The rubric beside the item, with what is to be known about the item above and the steps below. */
import { memo, useState, type Dispatch, type ReactNode } from "react";
import { clsx } from "clsx";
import { Button } from "../../components/ui/Button";
import { KeysOf } from "../../components/ui/Keys";
import type { GivenAnswer, ReviewItem } from "../../contract/contract";
import { formatTime } from "../../lib/format";
import { shortAnswer, suggestionOf } from "../../lib/review/answers";
import { isAnswered, type RubricKey } from "../../lib/review/rubric";
import type { Sheet, SheetAction } from "../../lib/review/sheet";
import { leaveOnEscape } from "./rubric/KeyCard";
import { RubricForm } from "./rubric/RubricForm";
import styles from "./review.module.css";
import { heldText } from "./useReview";

interface RubricPaneProps {
  readonly item: ReviewItem;
  /** With another, fields are new ones: what was typed and can be undone in them was of another item. */
  readonly place: string;
  readonly rubric: readonly RubricKey[];
  readonly sheet: Sheet;
  readonly dispatch: Dispatch<SheetAction>;
  readonly locked: boolean;
  readonly prefill: string | null;
  readonly knownTags: Readonly<Record<string, readonly string[]>>;
  readonly nameOfRun: (runId: string) => string;
  /** First line of the instructions; `null` without any. */
  readonly told: string | null;
  readonly notice: ReactNode;
  readonly submitName: string;
  readonly onInstructions: () => void;
  readonly onSubmit: () => void;
  readonly onSkip: () => void;
  readonly onRequeue: () => void;
  readonly onDiscard: () => void;
  readonly onTakeOver: () => void;
  readonly onNext: () => void;
}

export const RubricPane = memo(function RubricPane(props: RubricPaneProps) {
  const { item, place, rubric, sheet, dispatch, locked, told, notice, submitName } = props;
  return (
    <aside className={styles.rubric} aria-label="Judgement" data-rubric tabIndex={-1}>
      <div className={styles.rubricBody}>
        {told === null ? null : (
          <p className={styles.told}>
            {told}{" "}
            <button type="button" className={styles.link} data-command="review.instructions" onClick={props.onInstructions}>
              Instructions
            </button>{" "}
            <KeysOf command="review.instructions" />
          </p>
        )}
        {notice}
        <ItemNotices item={item} onTakeOver={props.onTakeOver} onNext={props.onNext} />
        <RubricForm place={place} rubric={rubric} sheet={sheet} dispatch={dispatch} locked={locked} prefill={props.prefill} knownTags={props.knownTags} nameOfRun={props.nameOfRun} onSubmit={props.onSubmit} />
        <Suggestions rubric={rubric} sheet={sheet} suggestions={item.suggestions} locked={locked} dispatch={dispatch} />
        <label className={styles.note}>
          <span className={styles.noteName}>
            Note <KeysOf command="review.note" />
          </span>
          <textarea key={place} rows={2} value={sheet.note} disabled={locked} data-note onChange={(event) => dispatch({ type: "note", text: event.target.value })} onKeyDown={leaveOnEscape} />
        </label>
        <Others key={place} answers={item.others ?? []} adjudicated={item.adjudicated} />
      </div>
      <div className={styles.steps}>
        <Button tone="primary" className={styles.submit} disabled={locked} data-command="review.submit" onClick={props.onSubmit}>
          {submitName}
          <KeysOf command="review.submit" />
        </Button>
        <div className={styles.stepRow}>
          <Button disabled={locked} data-command="review.skip" onClick={props.onSkip}>
            Skip
            <KeysOf command="review.skip" />
          </Button>
          <Button disabled={locked} data-command="review.requeue" onClick={props.onRequeue}>
            Requeue
            <KeysOf command="review.requeue" />
          </Button>
          <Button disabled={locked} data-command="review.discard" onClick={props.onDiscard}>
            Discard
            <KeysOf command="review.discard" />
          </Button>
        </div>
      </div>
    </aside>
  );
});

/** Where the item stands, where that is not plain. */
function ItemNotices({ item, onTakeOver, onNext }: { readonly item: ReviewItem; readonly onTakeOver: () => void; readonly onNext: () => void }) {
  const { lease, row, changed_since_review: changed } = item;
  const held = heldText(lease);
  const submitted = row.state === "submitted";
  return (
    <>
      {held === null && !submitted ? null : (
        <Notice mark={held === null ? undefined : HELD}>
          {submitted ? submittedText(item) : held}
          {held === null ? null : (
            <span className={styles.ways}>
              {lease.type === "other_window" ? (
                <Button data-command="review.take_over" onClick={onTakeOver}>
                  Answer it here
                  <KeysOf command="review.take_over" />
                </Button>
              ) : null}
              <Button data-command="review.next_item" onClick={onNext}>
                Next item
                <KeysOf command="review.next_item" />
              </Button>
            </span>
          )}
        </Notice>
      )}
      {row.state === "skipped" || row.state === "discarded" ? (
        <Notice>
          You {row.state} this item{row.reason === null ? "" : `: ${row.reason}`}. Answering opens it again.
        </Notice>
      ) : null}
      {row.status === "in_conflict" ? <Notice>Reviewers disagree about this item.</Notice> : null}
      {changed ? <Notice>This changed since you reviewed it.</Notice> : null}
    </>
  );
}

/** What was submitted, and whether it can be changed now. */
function submittedText({ lease, row }: ReviewItem): string {
  const when = `You submitted this item${row.submitted === null ? "" : ` on ${formatTime(row.submitted)}`}.`;
  if (lease.type === "other") return `${when} It can be changed once ${lease.reviewer} has left it.`;
  if (lease.type === "other_window") return `${when} Another window has it open.`;
  return `${when} Changing an answer opens it again.`;
}

/** The notice that lights up where a key was refused. */
export const HELD = "review.held";

interface NoticeProps {
  readonly children: ReactNode;
  readonly tone?: "plain" | "bad";
  readonly mark?: string | undefined;
}

export function Notice({ children, tone = "plain", mark }: NoticeProps) {
  return (
    <div className={clsx(styles.notice, tone === "bad" && styles.badNotice)} role={tone === "bad" ? "alert" : "note"} data-command={mark}>
      {children}
    </div>
  );
}

interface SuggestionsProps {
  readonly rubric: readonly RubricKey[];
  readonly sheet: Sheet;
  readonly suggestions: readonly GivenAnswer[];
  readonly locked: boolean;
  readonly dispatch: Dispatch<SheetAction>;
}

/** What judges said: never chosen beforehand, taken over one by one or all together. */
function Suggestions({ rubric, sheet, suggestions, locked, dispatch }: SuggestionsProps) {
  const open = suggestions.filter(({ answer }) => rubric.some(({ key }) => key === answer.key) && !isAnswered(sheet.answers[answer.key]));
  if (open.length === 0) return null;
  return (
    <section className={styles.given} aria-label="Suggestions">
      <h3 className={styles.givenHead}>
        Suggested <KeysOf command="review.accept" />
      </h3>
      {open.map((given) => (
        <div key={given.feedback_id} className={styles.givenRow}>
          <span className={styles.givenKey}>{given.answer.key}</span>
          <span className={styles.ghost}>{shortAnswer(given)}</span>
          <span className={styles.quiet}>{given.reviewer ?? given.source}</span>
          <Button disabled={locked} onClick={() => acceptSuggestion(given, dispatch)}>
            Accept
          </Button>
        </div>
      ))}
    </section>
  );
}

export function acceptSuggestion(given: GivenAnswer, dispatch: Dispatch<SheetAction>): void {
  const action = suggestionOf(given);
  if (action) dispatch(action);
}

/** What others said, once it may be seen. */
function Others({ answers, adjudicated }: { readonly answers: readonly GivenAnswer[]; readonly adjudicated: readonly GivenAnswer[] }) {
  const [open, setOpen] = useState(false);
  const all = [...adjudicated, ...answers];
  if (all.length === 0) return null;
  return (
    <section className={styles.given} aria-label="What others said">
      <button type="button" className={styles.givenHead} aria-expanded={open} onClick={() => setOpen(!open)}>
        {open ? "Others said" : `Others said (${all.length})`}
      </button>
      {open
        ? all.map((given) => (
            <div key={given.feedback_id} className={styles.givenRow}>
              <span className={styles.givenKey}>{given.answer.key}</span>
              <span>{shortAnswer(given)}</span>
              <span className={styles.quiet}>{given.adjudicator ? "decided" : (given.reviewer ?? given.source)}</span>
              {given.answer.comment ? <p className={styles.givenComment}>{given.answer.comment}</p> : null}
            </div>
          ))
        : null}
    </section>
  );
}
