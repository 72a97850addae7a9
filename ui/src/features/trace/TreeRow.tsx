import { clsx } from "clsx";
import { ChevronRight } from "lucide-react";
import { memo } from "react";
import { STATUS_NAMES } from "../../components/Chip";
import { MiddleCut } from "../../components/MiddleCut";
import { TypeIcon } from "../../components/TypeIcon";
import type { RunStatus, RunType } from "../../contract/contract";
import { DASH, exactDuration, formatCost, formatCount, formatDuration } from "../../lib/format";
import rowStyles from "../../components/ui/rows.module.css";
import types from "../../components/ui/types.module.css";
import styles from "./trace.module.css";

const INDENT = 16;
/** Deeper rows say their level instead of moving out of sight; names keep more than half of the column in any case. */
const DEEPEST_INDENT = 12;

interface TreeRowProps {
  /** Whose cost the row shows. */
  readonly costOf: string;
  readonly row: number;
  readonly top: number;
  readonly depth: number;
  readonly place: number;
  readonly siblings: number;
  readonly hasChildren: boolean;
  readonly folded: boolean;
  readonly below: number;
  readonly selected: boolean;
  readonly match: boolean;
  /** How many neighbours of its name stand in this row, where any do. */
  readonly group: string | null;
  readonly groupTitle: string | null;
  readonly groupOpen: boolean;
  /** Whether it is on the critical path; `null` while that is not shown. */
  readonly critical: boolean | null;
  readonly name: string;
  readonly detail: string | null;
  readonly error: string | null;
  readonly missingParent: string | null;
  readonly runType: RunType;
  readonly status: RunStatus;
  readonly start: number | null;
  readonly duration: number | null;
  /** How long it has been running, where that is known. */
  readonly elapsed: string | null;
  readonly tokens: number | null;
  readonly cost: string | null;
  /** Percent of what the whole trace cost. */
  readonly costShare: number;
  /** Percent of the lane; `null` when the bar is out of view. */
  readonly barLeft: number | null;
  readonly barWidth: number;
  /** Percent of the bar after the first token. */
  readonly barStream: number | null;
}

/** Primitive props only, so that selecting re-renders two rows and not sixty. */
export const TreeRow = memo(function TreeRow(run: TreeRowProps) {
  const failed = run.status === "error";
  const pending = run.status === "pending";
  const aside = failed ? (run.error ?? "failed") : run.detail;
  const indent = 6 + Math.min(run.depth, DEEPEST_INDENT) * INDENT;
  return (
    <div
      role="treeitem"
      id={`run-${run.row}`}
      data-row={run.row}
      aria-level={run.depth + 1}
      aria-posinset={run.place}
      aria-setsize={run.siblings}
      aria-expanded={run.hasChildren ? !run.folded : undefined}
      aria-selected={run.selected}
      aria-label={spoken(run)}
      data-critical={run.critical ?? undefined}
      className={clsx(rowStyles.row, styles.columns, failed && styles.failed, run.match && styles.match)}
      style={{ transform: `translateY(${run.top}px)` }}
    >
      <span className={styles.run} style={{ paddingLeft: `min(${indent}px, 32%)` }} title={aside === null ? run.name : `${run.name}\n${aside}`}>
        <span className={clsx(styles.fold, !run.folded && styles.open)} data-fold={run.hasChildren || undefined}>
          {run.hasChildren ? <ChevronRight size={12} /> : null}
        </span>
        {run.depth > DEEPEST_INDENT ? <span className={styles.level}>{run.depth}</span> : null}
        <TypeIcon type={run.runType} />
        <span className={styles.name}>{/[/\\]/.test(run.name) ? <MiddleCut text={run.name} /> : run.name}</span>
        {run.group === null ? null : (
          <span className={styles.folded} data-same data-open={run.groupOpen || undefined} title={`${run.groupTitle ?? ""}\n${run.groupOpen ? "Click to collapse" : "Click to show them"}`}>
            {run.group}
          </span>
        )}
        {run.folded && run.hasChildren ? <span className={styles.folded}>+{formatCount(run.below)}</span> : null}
        {aside === null ? null : <span className={styles.detail}>{aside}</span>}
        {pending ? <span className={rowStyles.running}>running</span> : null}
        {run.status === "interrupted" ? <span className={rowStyles.warned}>interrupted</span> : null}
        {run.missingParent === null ? null : (
          <span className={rowStyles.warned} title={`Its parent ${run.missingParent} never arrived.`}>
            parent missing
          </span>
        )}
      </span>
      <span className={styles.lane} aria-hidden>
        {run.barLeft === null ? null : (
          <span
            className={clsx(styles.bar, failed ? styles.error : types[run.runType])}
            data-open={(pending && run.duration === null) || undefined}
            style={{ left: `min(${run.barLeft}%, calc(100% - 3px))`, width: `${run.barWidth}%` }}
          >
            {run.barStream === null ? null : <span className={styles.stream} style={{ width: `${run.barStream}%` }} />}
          </span>
        )}
      </span>
      {pending && run.duration === null ? (
        <Figure text={run.elapsed ?? "…"} title={run.elapsed === null ? "not ended" : "so far"} running />
      ) : (
        <Figure text={formatDuration(run.duration)} title={exactDuration(run.duration)} />
      )}
      <Figure text={run.tokens === null ? "" : formatCount(run.tokens)} />
      <Figure text={run.cost === null ? "" : formatCost(run.cost)} costOf={run.cost === null ? undefined : run.costOf} share={run.costShare} />
    </div>
  );
});

function Figure({ text, title, running = false, share = 0, costOf }: { readonly text: string; readonly title?: string; readonly costOf?: string | undefined; readonly running?: boolean; readonly share?: number }) {
  return (
    <span className={clsx("num", styles.figure)} data-share={share > 0 || undefined} style={share > 0 ? { backgroundSize: `calc((100% - 12px) * ${share / 100}) 2px` } : undefined} data-unknown={text === DASH || undefined} data-running={running || undefined} data-cost={costOf} title={title}>
      {text}
    </span>
  );
}

/** What assistive technology reads: the row without its picture. */
function spoken({ runType, name, status, duration, start, error }: TreeRowProps): string {
  const parts = [`${runType} ${name}`, STATUS_NAMES[status].toLowerCase()];
  if (error !== null) parts.push(error);
  if (duration !== null) parts.push(formatDuration(duration));
  if (start !== null) parts.push(`starts at ${formatDuration(start)}`);
  return parts.join(", ");
}
