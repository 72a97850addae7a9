import { clsx } from "clsx";
import { memo } from "react";
import { Skeleton } from "../../components/States";
import rowStyles from "../../components/ui/rows.module.css";
import styles from "../../components/table/table.module.css";
import { TypeIcon } from "../../components/TypeIcon";
import type { RunStatus, RunType } from "../../contract/contract";
import { DASH, exactDuration, formatCost, formatCount, formatDuration, formatTimeShort, isoTime } from "../../lib/format";

interface TraceRowProps {
  readonly index: number;
  readonly top: number;
  readonly active: boolean;
  readonly loaded: boolean;
  readonly name: string;
  readonly runType: RunType;
  readonly status: RunStatus;
  readonly error: string | null;
  readonly input: string | null;
  readonly output: string | null;
  readonly start: string | null;
  readonly latency: number | null;
  readonly tokens: number | null;
  readonly cost: string | null;
  /** Whose cost the row shows. */
  readonly costOf: string;
  readonly runs: number;
  readonly errors: number;
  readonly now: number;
}

/** Primitive props only, so that scrolling re-renders just the rows that are new. */
export const TraceRowView = memo(function TraceRowView(row: TraceRowProps) {
  const place = { transform: `translateY(${row.top}px)` };
  if (!row.loaded) {
    return (
      <div role="row" aria-rowindex={row.index + 2} className={clsx(rowStyles.row, styles.columns, styles.traces)} style={place}>
        <span role="gridcell">
          <Skeleton width="60%" />
        </span>
        <span role="gridcell" className={styles.input}>
          <Skeleton width="80%" />
        </span>
      </div>
    );
  }
  const failed = row.status === "error";
  return (
    <div
      role="row"
      id={`row-${row.index}`}
      data-row={row.index}
      aria-rowindex={row.index + 2}
      aria-selected={row.active}
      className={clsx(rowStyles.row, styles.columns, styles.traces)}
      style={place}
    >
      <span role="gridcell" aria-colindex={1} className={styles.name} title={failed && row.error ? `${row.name}\n${row.error}` : row.name}>
        <TypeIcon type={row.runType} />
        <span className={clsx(styles.nameText, failed && rowStyles.bad)}>{row.name}</span>
        {row.status === "pending" ? <span className={rowStyles.running}>running</span> : null}
        {row.status === "interrupted" ? <span className={rowStyles.warned}>interrupted</span> : null}
      </span>
      <Text column={2} className={styles.input} text={row.input} />
      {failed ? (
        <span role="gridcell" aria-colindex={3} className={clsx(styles.output, rowStyles.bad)} title={row.error ?? "failed"}>
          {row.error ?? "failed"}
        </span>
      ) : (
        <Text column={3} className={styles.output} text={row.output} />
      )}
      <span role="gridcell" aria-colindex={4} className="num" title={isoTime(row.start)}>
        {formatTimeShort(row.start, row.now)}
      </span>
      <Figure column={5} text={formatDuration(row.latency)} title={exactDuration(row.latency)} />
      <Figure column={6} text={formatCount(row.tokens)} />
      <Figure column={7} text={formatCost(row.cost)} costOf={row.cost === null ? undefined : row.costOf} />
      <Figure column={8} className={styles.runs} text={formatCount(row.runs)} />
      <span role="gridcell" aria-colindex={9} className={clsx("num", row.errors > 0 ? rowStyles.bad : rowStyles.unknown)}>
        {formatCount(row.errors)}
      </span>
    </div>
  );
});

interface CellProps {
  /** Place of the column, from 1. */
  readonly column: number;
  readonly className?: string;
}

function Text({ column, className, text }: CellProps & { readonly text: string | null }) {
  return (
    <span role="gridcell" aria-colindex={column} className={clsx(text === null ? rowStyles.unknown : rowStyles.quiet, className)} title={text ?? undefined}>
      {text ?? DASH}
    </span>
  );
}

function Figure({ column, className, text, title, costOf }: CellProps & { readonly text: string; readonly title?: string; readonly costOf?: string | undefined }) {
  return (
    <span role="gridcell" aria-colindex={column} className={clsx("num", text === DASH && rowStyles.unknown, className)} data-cost={costOf} title={title}>
      {text}
    </span>
  );
}
