/** Feedback about one thing: what was said, by whom, what was said before, and a form for more. */
import { History, Pencil, Undo2, X } from "lucide-react";
import { useState } from "react";
import { Chip } from "../../components/Chip";
import { EmptyState, ErrorState, Skeleton } from "../../components/States";
import { Button, IconButton } from "../../components/ui/Button";
import type { FeedbackRow, FeedbackTarget, KnownKey } from "../../contract/contract";
import { useFeedback, useFeedbackChanges } from "../../data/feedback";
import { useUi } from "../../data/ui";
import { draftOf, scoreBeside, scoreText, sourceText, valueText, withHistory, type Draft } from "../../lib/feedback";
import { formatCount, formatTime, isoTime } from "../../lib/format";
import { FeedbackForm } from "./FeedbackForm";
import styles from "./feedback.module.css";

const BLANK: Draft = { key: "", control: "boolean", value: "", comment: "" };

/** Names a message of a run. */
export interface MessageRef {
  readonly path: string;
  /** Changes with what the message says. */
  readonly hash: string;
}

interface FeedbackProps {
  readonly target: FeedbackTarget;
  /** Only what is about this message of the run. */
  readonly message?: MessageRef | null;
  /** Said by assistive technology: about what. */
  readonly label: string;
}

export function Feedback({ target, message = null, label }: FeedbackProps) {
  const list = useFeedback(target);
  const { give } = useFeedbackChanges(target);
  const open = useUi((state) => state.open);
  // A new form after each answer, so that nothing of the last one stays in it.
  const [round, setRound] = useState(0);
  if (list.error) return <ErrorState title="The feedback could not be read" error={list.error} onRetry={() => void list.refetch()} />;
  if (!list.data) return <Skeleton width="60%" />;
  const about = message === null ? list.data.rows : list.data.rows.filter((row) => row.message?.includes(`"${message.hash}"`));
  const entries = withHistory(about);
  const several = message === null ? list.data.stats.filter(({ count }) => count > 1) : [];
  return (
    <section aria-label={label}>
      <FeedbackForm
        key={round}
        keys={list.data.keys}
        start={BLANK}
        fixed={false}
        busy={give.isPending}
        refusal={give.error?.message ?? null}
        onSubmit={(key, said) => give.mutate({ target, key, ...said, ...(message === null ? {} : { message: JSON.stringify(message) }) }, { onSuccess: () => setRound(round + 1) })}
      />
      {several.length > 0 ? (
        <dl className={styles.stats} aria-label="Statistics">
          {several.map(({ key, count, mean, min, max }) => (
            <div key={key}>
              <dt>{key}</dt>
              <dd>
                {mean === null ? "" : `mean ${scoreText(mean)}, ${scoreText(min ?? mean)} to ${scoreText(max ?? mean)}, `}
                {formatCount(count)} times
              </dd>
            </div>
          ))}
        </dl>
      ) : null}
      {entries.length === 0 ? (
        <EmptyState title="Nobody has judged this yet">What you say here is kept with the trace, can be edited and taken back, and leaves in the formats of other tools.</EmptyState>
      ) : (
        <>
          <ul className={styles.list}>
            {entries.map(({ row, before }) => (
              <Entry key={row.id} row={row} before={before} target={target} keys={list.data.keys} />
            ))}
          </ul>
          <Button onClick={() => open({ name: "export", what: { type: "feedback", traceId: "trace_id" in target ? target.trace_id : null } })}>Export…</Button>
        </>
      )}
    </section>
  );
}

interface EntryProps {
  readonly row: FeedbackRow;
  readonly before: readonly FeedbackRow[];
  readonly target: FeedbackTarget;
  readonly keys: readonly KnownKey[];
}

function Entry({ row, before, target, keys }: EntryProps) {
  const { edit, retract, restore } = useFeedbackChanges(target);
  const [mode, setMode] = useState<"shown" | "edited">("shown");
  const [history, setHistory] = useState(false);
  const known = keys.find(({ key }) => key === row.key);
  const refusal = retract.error ?? restore.error;
  if (mode === "edited") {
    return (
      <li className={styles.entry}>
        <FeedbackForm
          keys={keys}
          start={draftOf(row, known)}
          fixed
          busy={edit.isPending}
          refusal={edit.error?.message ?? null}
          onSubmit={(_, said) => edit.mutate({ id: row.id, correction: row.correction, ...said }, { onSuccess: () => setMode("shown") })}
          onCancel={() => setMode("shown")}
        />
      </li>
    );
  }
  return (
    <li className={styles.entry} data-retracted={row.retracted !== null || undefined}>
      <Said row={row} state={row.retracted === null ? "" : "Taken back; "} />
      <span className={styles.actions}>
        {before.length > 0 ? (
          <IconButton label={history ? "Hide what was said before" : `Show what was said before (${before.length})`} aria-expanded={history} onClick={() => setHistory(!history)}>
            <History size={13} />
          </IconButton>
        ) : null}
        {row.retracted === null ? (
          <>
            <IconButton label={`Edit ${row.key}`} onClick={() => setMode("edited")}>
              <Pencil size={13} />
            </IconButton>
            <IconButton label={`Take ${row.key} back`} disabled={retract.isPending} onClick={() => retract.mutate(row.id)}>
              <X size={13} />
            </IconButton>
          </>
        ) : (
          <IconButton label={`Let ${row.key} stand again`} disabled={restore.isPending} onClick={() => restore.mutate(row.id)}>
            <Undo2 size={13} />
          </IconButton>
        )}
      </span>
      {refusal ? (
        <p className={styles.problem} role="alert">
          {refusal.message}
        </p>
      ) : null}
      {history ? (
        <ol className={styles.history} aria-label="What was said before">
          {before.map((old) => (
            <li key={old.id}>
              <Said row={old} state="Replaced; " />
            </li>
          ))}
        </ol>
      ) : null}
    </li>
  );
}

interface SaidProps {
  readonly row: FeedbackRow;
  /** What became of it, where it does not stand. */
  readonly state: string;
}

function Said({ row, state }: SaidProps) {
  const value = valueText(row);
  const beside = scoreBeside(row);
  return (
    <div className={styles.said}>
      <div className={styles.line}>
        <b className={styles.key}>{row.key}</b>
        {value === null ? null : <Chip title={value}>{value}</Chip>}
        {beside === null ? null : <span className={styles.score}>{beside}</span>}
        {row.error ? <span className={styles.problem}>the evaluator failed</span> : null}
        {row.message === null ? null : <span className={styles.quiet}>about a message</span>}
      </div>
      {row.comment === null ? null : <p className={styles.comment}>{row.comment}</p>}
      {row.correction === null ? null : <pre className={styles.correction}>{row.correction}</pre>}
      <p className={styles.quiet}>
        {state}by {sourceText(row)}, <time title={isoTime(row.modified)}>{formatTime(row.modified)}</time>
      </p>
    </div>
  );
}
