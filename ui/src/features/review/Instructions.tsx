import { diffLines } from "diff";
import { Markdown } from "../../components/Markdown";
import { Button } from "../../components/ui/Button";
import { Dialog } from "../../components/ui/Dialog";
import { Keys } from "../../components/ui/Keys";
import type { QueueDetail, RubricItem } from "../../contract/contract";
import { hasInstructions } from "../../lib/review/instructions";
import styles from "./review.module.css";

interface InstructionsProps {
  readonly queue: QueueDetail;
  /** The rubric that the reviewer saw last, when it is another. */
  readonly previous: readonly RubricItem[] | null;
  readonly onClose: () => void;
}

/** What reviewers are told; opens by itself the first time, and after each change of the rubric with what changed. */
export function Instructions({ queue, previous, onClose }: InstructionsProps) {
  const changes = previous ? diffLines(linesOf(previous), linesOf(queue.rubric)).filter(({ added, removed }) => added || removed) : [];
  return (
    <Dialog title={queue.row.name} onClose={onClose} wide>
      {changes.length > 0 ? (
        <section className={styles.changes} aria-label="What changed">
          <b>The rubric changed since you were here</b>
          {changes.map(({ value, added }) => (
            <p key={`${String(added)} ${value}`} className={added ? styles.came : styles.went}>
              {added ? "+ " : "− "}
              {value.trim()}
            </p>
          ))}
        </section>
      ) : null}
      {hasInstructions(queue.instructions) ? <Markdown text={queue.instructions ?? ""} /> : <p className={styles.quiet}>This queue has no instructions.</p>}
      <dl className={styles.rubricList}>
        {queue.rubric.map((key) => (
          <div key={key.feedback_key}>
            <dt>
              {key.feedback_key}
              {key.is_required ? <span className={styles.quiet}> required</span> : null}
            </dt>
            <dd>{key.description ?? queue.keys.find((known) => known.key === key.feedback_key)?.description}</dd>
          </div>
        ))}
      </dl>
      <div className={styles.dialogRow}>
        {/* What was opened to be read is closed by the next key. */}
        {/* oxlint-disable-next-line jsx-a11y/no-autofocus */}
        <Button tone="primary" className={styles.begin} autoFocus onClick={onClose}>
          Begin <Keys shortcut="Enter" />
        </Button>
      </div>
    </Dialog>
  );
}

function linesOf(rubric: readonly RubricItem[]): string {
  return rubric.map(({ feedback_key: key, is_required: required, description }) => `${key}${required ? " (required)" : ""}${description ? `: ${description}` : ""}\n`).join("");
}
