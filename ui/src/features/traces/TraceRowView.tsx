import { clsx } from "clsx";
import { memo } from "react";
import { Skeleton } from "../../components/States";
import rowStyles from "../../components/ui/rows.module.css";
import styles from "../../components/table/table.module.css";
import { TypeIcon } from "../../components/TypeIcon";
import type { RunStatus, RunType } from "../../contract/contract";
import { exactDuration, formatCost, formatCount, formatDuration, formatTimeShort, isoTime } from "../../lib/format";

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
        <span role="gridcell">
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
      <span role="gridcell" className={styles.name} title={row.name}>
        <TypeIcon type={row.runType} />
        <span className={clsx(styles.nameText, failed && rowStyles.bad)}>{row.name}</span>
        {row.status === "pending" ? <span className={rowStyles.running}>running</span> : null}
        {row.status === "interrupted" ? <span className={rowStyles.warned}>interrupted</span> : null}
      </span>
      <Text text={row.input} />
      {failed ? (
        <span role="gridcell" className={rowStyles.bad} title={row.error ?? "failed"}>
          {row.error ?? "failed"}
        </span>
      ) : (
        <Text text={row.output} />
      )}
      <span role="gridcell" className="num" title={isoTime(row.start)}>
        {formatTimeShort(row.start, row.now)}
      </span>
      <Figure text={formatDuration(row.latency)} title={exactDuration(row.latency)} />
      <Figure text={formatCount(row.tokens)} />
      <Figure text={formatCost(row.cost)} title={row.cost === null ? undefined : `$${row.cost}`} />
      <Figure text={formatCount(row.runs)} />
      <span role="gridcell" className={clsx("num", row.errors > 0 ? rowStyles.bad : rowStyles.unknown)}>
        {formatCount(row.errors)}
      </span>
    </div>
  );
});

function Text({ text }: { readonly text: string | null }) {
  return (
    <span role="gridcell" className={text === null ? rowStyles.unknown : rowStyles.quiet} title={text ?? undefined}>
      {text ?? "–"}
    </span>
  );
}

function Figure({ text, title }: { readonly text: string; readonly title?: string }) {
  return (
    <span role="gridcell" className={clsx("num", text === "–" && rowStyles.unknown)} title={title}>
      {text}
    </span>
  );
}
