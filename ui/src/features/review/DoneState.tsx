/** Nothing is left to review: what it came to, and every way on. */
import { Link } from "@tanstack/react-router";
import { clsx } from "clsx";
import { useCallback, useMemo } from "react";
import { useCommands, type Command } from "../../commands/registry";
import { Button } from "../../components/ui/Button";
import { KeysOf } from "../../components/ui/Keys";
import ui from "../../components/ui/ui.module.css";
import { useQueueProgress } from "../../data/review";
import { useUi } from "../../data/ui";
import { formatCount, formatDuration, plural } from "../../lib/format";
import { upcoming } from "../../lib/review/order";
import { paceOver } from "../../lib/review/pace";
import styles from "./review.module.css";
import type { Review } from "./useReview";

export function DoneState({ review, onList }: { readonly review: Review; readonly onList: () => void }) {
  const { queue, counts, order } = review;
  const queueId = queue.row.id;
  const { pace } = counts;
  // Counted once the last answer is on the disk.
  const settled = review.saving.state !== "saving";
  const progress = useQueueProgress(queueId, settled).data;
  const open = useUi((state) => state.open);
  const { walkHistory, go } = review;
  const [next] = upcoming(order, null, 1);
  const skipped = order.ids[order.states.indexOf("skipped")];
  const addMore = useCallback(() => open({ name: "add-to-queue", queueId, what: { type: "search" } }), [open, queueId]);
  const commands = useMemo(
    (): Command[] => [
      { id: "review.undo", title: "Undo the last step", group: "Review", shortcut: ["Mod+Z", "Mod+Alt+Z"], typing: "leave", run: () => void walkHistory(false) },
      { id: "review.redo", title: "Do the step again", group: "Review", shortcut: "Mod+Shift+Z", typing: "leave", run: () => void walkHistory(true) },
      { id: "review.list", title: "List of items", group: "Review", shortcut: "L", run: onList },
      { id: "review.add_more", title: "Add more items to the queue…", group: "Review", shortcut: "A", run: addMore },
      ...(skipped === undefined ? [] : [{ id: "review.skipped", title: "Review what was skipped", group: "Review", shortcut: "S", run: () => go(skipped) } as const]),
      ...(next === undefined ? [] : [{ id: "review.left", title: "Review what is left", group: "Review", shortcut: "R", run: () => go(next) } as const]),
    ],
    [walkHistory, onList, addMore, skipped, next, go],
  );
  useCommands(commands);
  const groups = new Map<string, { readonly text: string; readonly count: number }[]>();
  for (const { key, text, count } of progress?.shares ?? []) groups.set(key, [...(groups.get(key) ?? []), { text, count }]);
  return (
    <div className={styles.doneState} role="status">
      <h2 className={styles.doneTitle}>{next !== undefined ? "At the end of the list" : counts.skipped > 0 && counts.submitted === 0 ? "Only skipped items are left" : "All done"}</h2>
      <p className={styles.quiet}>
        {plural(counts.submitted, "item")} submitted
        {counts.needs_others > 0 ? ` (${formatCount(counts.needs_others)} waiting for another reviewer)` : ""}
        {counts.skipped > 0 ? `, ${formatCount(counts.skipped)} skipped` : ""}
        {counts.discarded > 0 ? `, ${formatCount(counts.discarded)} discarded` : ""}
        {progress && progress.spent_ms > 0 ? ` · ${formatDuration(progress.spent_ms * 1e6)} spent` : ""}
        {pace === null ? null : (
          <span title={paceOver(pace)}>
            {" "}
            · {formatCount(pace.per_hour)} items/h, {formatDuration(pace.per_item_ms * 1e6)} an item (median of the last {formatCount(pace.items)})
          </span>
        )}
      </p>
      {groups.size > 0 ? (
        <div className={styles.shares}>
          {[...groups].map(([key, shares]) => {
            const all = shares.reduce((sum, { count }) => sum + count, 0);
            return (
              <section key={key} aria-label={`Answers to ${key}`}>
                <h3>{key}</h3>
                {shares.slice(0, 8).map(({ text, count }) => (
                  <div key={text} className={styles.share}>
                    <span className={styles.shareName} title={text}>
                      {text}
                    </span>
                    <span className={styles.bar} aria-hidden>
                      <span style={{ width: `${(count / Math.max(all, 1)) * 100}%` }} />
                    </span>
                    <span className="num">{formatCount(count)}</span>
                  </div>
                ))}
              </section>
            );
          })}
        </div>
      ) : null}
      <div className={styles.ways}>
        {next !== undefined ? (
          <Button tone="primary" data-command="review.left" onClick={() => go(next)}>
            Review what is left
            <KeysOf command="review.left" />
          </Button>
        ) : null}
        {counts.in_conflict > 0 ? (
          <Link className={clsx(ui.button, next === undefined && ui.primary)} to="/queues/$queueId/conflicts" params={{ queueId }} data-command="queue.page_conflicts">
            Resolve {plural(counts.in_conflict, "conflict")}
            <KeysOf command="queue.page_conflicts" />
          </Link>
        ) : null}
        <Link className={clsx(ui.button, next === undefined && counts.in_conflict === 0 && ui.primary)} to="/queues/$queueId/results" params={{ queueId }} data-command="queue.page_results">
          Results
          <KeysOf command="queue.page_results" />
        </Link>
        <Button data-command="review.list" onClick={onList}>
          Review my answers
          <KeysOf command="review.list" />
        </Button>
        {skipped === undefined ? null : (
          <Button data-command="review.skipped" onClick={() => go(skipped)}>
            Review {plural(counts.skipped, "skipped item")}
            <KeysOf command="review.skipped" />
          </Button>
        )}
        <Button data-command="review.add_more" onClick={addMore}>
          Add more
          <KeysOf command="review.add_more" />
        </Button>
        <Button data-command="review.undo" onClick={() => void walkHistory(false)}>
          Undo the last step
          <KeysOf command="review.undo" />
        </Button>
      </div>
    </div>
  );
}
