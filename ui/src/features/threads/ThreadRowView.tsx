import { clsx } from "clsx";
import { memo } from "react";
import { Skeleton } from "../../components/States";
import rowStyles from "../../components/ui/rows.module.css";
import styles from "../../components/table/table.module.css";
import { DASH, formatCost, formatCount, formatTimeShort, isoTime } from "../../lib/format";

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
          <span role="gridcell" title={row.thread}>
            {row.thread}
          </span>
          <span role="gridcell" className={rowStyles.quiet} title={row.input ?? undefined}>
            {row.input ?? DASH}
          </span>
          <span role="gridcell" className={rowStyles.quiet} title={row.output ?? undefined}>
            {row.output ?? DASH}
          </span>
          <Figure text={formatCount(row.turns)} />
          <Figure text={formatCount(row.runs)} />
          <span role="gridcell" className={clsx("num", row.errors > 0 ? rowStyles.bad : rowStyles.unknown)}>
            {formatCount(row.errors)}
          </span>
          <Figure text={formatCount(row.tokens)} />
          <Figure text={formatCost(row.cost)} />
          <span role="gridcell" className="num" title={isoTime(row.activity)}>
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

function Figure({ text }: { readonly text: string }) {
  return (
    <span role="gridcell" className="num">
      {text}
    </span>
  );
}
