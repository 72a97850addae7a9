/** The line above a review: which queue, how far, how fast, and whether everything is saved. */
import { clsx } from "clsx";
import { BookOpen, ChartColumn, List, Pencil, TriangleAlert } from "lucide-react";
import { Link } from "@tanstack/react-router";
import { runCommand } from "../../commands/registry";
import { Button, IconButton } from "../../components/ui/Button";
import { KeysOf } from "../../components/ui/Keys";
import type { QueueCounts } from "../../contract/contract";
import { useUi } from "../../data/ui";
import { formatCount, formatDuration } from "../../lib/format";
import { formatMinutes, paceOver } from "../../lib/review/pace";
import styles from "./review.module.css";
import type { Said, Saving } from "./useReview";

interface ReviewHeadProps {
  readonly queueId: string;
  readonly name: string;
  /** Place of the item in the order, from 1; 0 when none is shown. */
  readonly position: number;
  readonly counts: QueueCounts;
  readonly saving: Saving;
  readonly said: Said | null;
  readonly onList: () => void;
  readonly onInstructions: () => void;
}

const OFFERS: Readonly<Record<NonNullable<Said["offer"]>, string>> = { "review.undo": "Undo", "review.redo": "Redo", "review.take_over": "Answer it here" };

export function ReviewHead({ queueId, name, position, counts, saving, said, onList, onInstructions }: ReviewHeadProps) {
  const open = useUi((state) => state.open);
  const done = counts.total - counts.to_review;
  const { pace } = counts;
  return (
    <header className={styles.head}>
      <h1 className={styles.queueName} title={name}>
        {name}
      </h1>
      <div className={styles.track} role="progressbar" aria-label="Done" aria-valuemin={0} aria-valuemax={counts.total} aria-valuenow={done}>
        <div className={styles.done} style={{ width: `${counts.total === 0 ? 0 : (done / counts.total) * 100}%` }} />
      </div>
      <div className={styles.facts}>
        <span title="Place of this item, items in the queue">
          <b>{position === 0 ? "–" : formatCount(position)}</b> of {formatCount(counts.total)}
        </span>
        <span title="Items that you submitted">
          <b>{formatCount(counts.submitted)}</b> submitted
        </span>
        {counts.skipped > 0 ? (
          <span className={styles.more}>
            <b>{formatCount(counts.skipped)}</b> skipped
          </span>
        ) : null}
        {counts.discarded > 0 ? (
          <span className={styles.more}>
            <b>{formatCount(counts.discarded)}</b> discarded
          </span>
        ) : null}
        {counts.in_conflict > 0 ? (
          <Link to="/queues/$queueId/conflicts" params={{ queueId }} className={styles.more} data-command="queue.page_conflicts">
            <TriangleAlert size={12} aria-hidden /> <b>{formatCount(counts.in_conflict)}</b> in conflict
          </Link>
        ) : null}
        {pace === null ? null : (
          <span className={styles.more} title={`${formatDuration(pace.per_item_ms * 1e6)} an item. ${paceOver(pace)}`}>
            <b>{formatCount(pace.per_hour)}</b> items/h
          </span>
        )}
        {pace === null || counts.to_review === 0 ? null : (
          <span className={styles.more} title={`What is left at this pace. ${paceOver(pace)}`}>
            ~{formatMinutes(pace.left_minutes)} left
          </span>
        )}
      </div>
      <div className={clsx(styles.said, said?.warned && styles.saidWarned)} title={said?.text}>
        <span>{said?.text}</span>
        {said?.offer ? (
          <Button data-command={said.offer} onClick={() => runCommand(said.offer ?? "")}>
            {OFFERS[said.offer]}
            <KeysOf command={said.offer} />
          </Button>
        ) : null}
      </div>
      <span className={clsx(styles.saved, saving.state === "failed" && styles.notSaved)} title={saving.state === "failed" ? saving.message : undefined}>
        {saving.state === "saved" ? "Saved" : saving.state === "failed" ? "Not saved" : ""}
      </span>
      <div className={styles.headTools}>
        <IconButton label="List of items" data-command="review.list" onClick={onList}>
          <List size={14} />
        </IconButton>
        <KeysOf command="review.list" />
        <IconButton label="Instructions" data-command="review.instructions" onClick={onInstructions}>
          <BookOpen size={14} />
        </IconButton>
        <KeysOf command="review.instructions" />
        <Link to="/queues/$queueId/results" params={{ queueId }} className={styles.iconLink} aria-label="Results" title="Results" data-command="queue.page_results">
          <ChartColumn size={14} />
        </Link>
        <KeysOf command="queue.page_results" />
        <Link to="/queues/$queueId/edit" params={{ queueId }} className={styles.iconLink} aria-label="Edit the queue" title="Edit the queue" data-command="queue.page_edit">
          <Pencil size={13} />
        </Link>
        <KeysOf command="queue.page_edit" />
        <button type="button" className={styles.help} aria-label="Keyboard shortcuts" title="Keyboard shortcuts" onClick={() => open({ name: "shortcuts" })}>
          <KeysOf command="help.shortcuts" />
        </button>
      </div>
    </header>
  );
}
