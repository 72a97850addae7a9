import { clsx } from "clsx";
import { memo } from "react";
import { Skeleton } from "../../components/States";
import rowStyles from "../../components/ui/rows.module.css";
import styles from "../../components/table/table.module.css";
import { DASH, formatCost, formatCount, formatDuration, formatTimeShort, isoTime } from "../../lib/format";

interface ThreadRowProps {
  readonly index: number;
  readonly top: number;
  readonly active: boolean;
  readonly loaded: boolean;
  readonly thread: string;
  readonly input: string | null;
  readonly output: string | null;
  readonly turns: number;
  readonly runs: number;
  readonly p50: number | null;
  readonly p99: number | null;
  readonly feedback: number;
  readonly errors: number;
  readonly tokens: number | null;
  readonly cost: string | null;
  readonly activity: string | null;
  readonly now: number;
}

export const ThreadRowView = memo(function ThreadRowView(row: ThreadRowProps) {
  return (
    <div
      role="row"
      id={`thread-${row.index}`}
      data-row={row.loaded ? row.index : undefined}
      aria-rowindex={row.index + 2}
      aria-selected={row.active}
      className={clsx(rowStyles.row, styles.columns, styles.threads)}
      style={{ transform: `translateY(${row.top}px)` }}
    >
      {row.loaded ? (
        <>
          <span role="gridcell" aria-colindex={1} title={row.thread}>
            {row.thread}
          </span>
          <span role="gridcell" aria-colindex={2} className={clsx(styles.input, row.input === null ? rowStyles.unknown : rowStyles.quiet)} title={row.input ?? undefined}>
            {row.input ?? DASH}
          </span>
          <span role="gridcell" aria-colindex={3} className={clsx(styles.output, row.output === null ? rowStyles.unknown : rowStyles.quiet)} title={row.output ?? undefined}>
            {row.output ?? DASH}
          </span>
          <Figure column={4} text={formatCount(row.turns)} />
          <Figure column={5} className={styles.runs} text={formatCount(row.runs)} />
          <Figure column={6} className={styles.times} text={row.p50 === null ? DASH : formatDuration(row.p50)} />
          <Figure column={7} className={styles.times} text={row.p99 === null ? DASH : formatDuration(row.p99)} />
          <span role="gridcell" aria-colindex={8} className={clsx("num", row.errors > 0 ? rowStyles.bad : rowStyles.unknown)}>
            {formatCount(row.errors)}
          </span>
          <Figure column={9} text={formatCount(row.tokens)} />
          <Figure column={10} text={formatCost(row.cost)} title={row.cost === null ? undefined : `$${row.cost}`} />
          <Figure column={11} className={styles.said} text={row.feedback === 0 ? DASH : formatCount(row.feedback)} />
          <span role="gridcell" aria-colindex={12} className="num" title={isoTime(row.activity)}>
            {formatTimeShort(row.activity, row.now)}
          </span>
        </>
      ) : (
        <span role="gridcell">
          <Skeleton width="60%" />
        </span>
      )}
    </div>
  );
});

interface FigureProps {
  /** Place of the column, from 1. */
  readonly column: number;
  readonly className?: string;
  readonly text: string;
  readonly title?: string;
}

function Figure({ column, className, text, title }: FigureProps) {
  return (
    <span role="gridcell" aria-colindex={column} className={clsx("num", text === DASH && rowStyles.unknown, className)} title={title}>
      {text}
    </span>
  );
}
