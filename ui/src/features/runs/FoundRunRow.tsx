import { clsx } from "clsx";
import { memo } from "react";
import { Skeleton } from "../../components/States";
import styles from "../../components/table/table.module.css";
import { TypeIcon } from "../../components/TypeIcon";
import rowStyles from "../../components/ui/rows.module.css";
import type { FoundRun } from "../../contract/contract";
import { costOf } from "../../lib/cost";
import { DASH, exactDuration, formatCost, formatCount, formatDuration, formatTimeShort, isoTime } from "../../lib/format";
import own from "./runs.module.css";

interface FoundRunRowProps {
  readonly index: number;
  readonly top: number;
  readonly active: boolean;
  /** `null` while it is on its way. */
  readonly run: FoundRun | null;
  readonly now: number;
}

export const FoundRunRow = memo(function FoundRunRow({ index, top, active, run, now }: FoundRunRowProps) {
  const place = { transform: `translateY(${top}px)` };
  const classes = clsx(rowStyles.row, styles.columns, own.found);
  if (run === null) {
    return (
      <div role="row" aria-rowindex={index + 2} className={classes} style={place}>
        <span role="gridcell">
          <Skeleton width="60%" />
        </span>
      </div>
    );
  }
  const failed = run.status === "error";
  const aside = failed ? (run.error ?? "failed") : (run.detail ?? run.model);
  return (
    <div role="row" id={`found-${index}`} data-row={index} aria-rowindex={index + 2} aria-selected={active} className={classes} style={place}>
      <span role="gridcell" aria-colindex={1} className={styles.name} title={run.name}>
        <TypeIcon type={run.run_type} />
        <span className={clsx(styles.nameText, failed && rowStyles.bad)}>{run.name}</span>
        {run.status === "pending" ? <span className={rowStyles.running}>running</span> : null}
        {run.status === "interrupted" ? <span className={rowStyles.warned}>interrupted</span> : null}
      </span>
      <span role="gridcell" aria-colindex={2} className={clsx(own.detail, failed ? rowStyles.bad : aside === null ? rowStyles.unknown : rowStyles.quiet)} title={aside ?? undefined}>
        {aside ?? DASH}
      </span>
      <span role="gridcell" aria-colindex={3} className="num" title={isoTime(run.start)}>
        {formatTimeShort(run.start, now)}
      </span>
      <Figure column={4} text={formatDuration(run.latency)} title={exactDuration(run.latency)} />
      <Figure column={5} text={formatCount(run.usage.total)} />
      <Figure column={6} text={formatCost(run.cost)} costOf={run.cost === null ? undefined : costOf({ of: "run", traceId: run.trace_id, runId: run.run_id, alone: true })} />
    </div>
  );
});

function Figure({ column, text, title, costOf: cost }: { readonly column: number; readonly text: string; readonly title?: string | undefined; readonly costOf?: string | undefined }) {
  return (
    <span role="gridcell" aria-colindex={column} className={clsx("num", text === DASH && rowStyles.unknown)} data-cost={cost} title={title}>
      {text}
    </span>
  );
}
