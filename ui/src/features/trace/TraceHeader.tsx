import { Link } from "@tanstack/react-router";
import { useMemo, type ReactNode } from "react";
import { Chip, StatusChip } from "../../components/Chip";
import { CopyButton } from "../../components/CopyButton";
import type { Trace } from "../../contract/contract";
import { costOf, modelsOf, type SpentModel } from "../../lib/cost";
import { exactDuration, formatCost, formatCount, formatDuration, formatPartCost, formatPercent, formatTime, isoTime, plural } from "../../lib/format";
import styles from "./trace.module.css";

interface TraceHeaderProps {
  readonly trace: Trace;
  /** Nanoseconds from the start to now, while the trace is running. */
  readonly elapsed: number | null;
  /** Plumbing runs that are not shown. */
  readonly hidden?: number;
  /** Shows the runs that failed. */
  readonly onErrors?: () => void;
  /** Tools of the view. */
  readonly children: ReactNode;
}

export function TraceHeader({ trace, elapsed, hidden = 0, onErrors, children }: TraceHeaderProps) {
  const { row, orphans, cycles, columns } = trace;
  const models = useMemo(() => modelsOf(columns), [columns]);
  const { usage } = row;
  const cached = usage.cache_read && usage.input ? usage.cache_read / usage.input : null;
  return (
    <header className={styles.header}>
      <div className={styles.crumbs}>
        <Link to="/" search={{ project: row.project }}>
          {row.project}
        </Link>
        {row.thread ? (
          <>
            <span className={styles.slash}>/</span>
            <Link to="/" search={{ project: row.project, thread: row.thread }}>
              {row.thread}
            </Link>
          </>
        ) : null}
        <span className={styles.slash}>/</span>
        <span title={row.trace_id}>{row.trace_id}</span>
      </div>
      <div className={styles.titleLine}>
        <h1 className={styles.title} title={row.name}>
          {row.name}
        </h1>
        <StatusChip status={row.status} />
        <Models models={models} fallback={row.model} />
        <CopyButton label="Copy the trace id" text={() => row.trace_id} />
        <div className={styles.toolbar}>
          {children}
        </div>
      </div>
      <div className={styles.facts}>
        {elapsed === null ? (
          <Fact value={formatDuration(row.latency)} title={exactDuration(row.latency)}>
            latency
          </Fact>
        ) : (
          <Fact value={formatDuration(elapsed)} title="The trace is running">
            so far
          </Fact>
        )}
        {row.first_token === null ? null : (
          <Fact value={formatDuration(row.first_token)} title={exactDuration(row.first_token)}>
            first token
          </Fact>
        )}
        <Fact value={formatCount(usage.total)} title={`${formatCount(usage.input)} in, ${formatCount(usage.output)} out`}>
          tokens {cached === null ? null : <i>{formatPercent(cached)} cached</i>}
        </Fact>
        <Fact value={formatPartCost(row.cost, row.unpriced_runs)} title={row.unpriced_runs > 0 ? `${plural(row.unpriced_runs, "run")} whose cost is not known` : row.cost === null ? "no cost is known" : undefined} costOf={row.cost === null ? undefined : costOf({ of: "trace", traceId: row.trace_id })}>
          cost
        </Fact>
        <Fact value={formatCount(row.runs)}>
          {row.runs === 1 ? "run" : "runs"} {hidden > 0 ? <i>{formatCount(hidden)} hidden</i> : null}
        </Fact>
        {row.errors > 0 ? (
          <button type="button" className={styles.bad} disabled={!onErrors} title={onErrors ? "Show the runs that failed" : undefined} onClick={onErrors}>
            <b>{formatCount(row.errors)}</b> {row.errors === 1 ? "error" : "errors"}
          </button>
        ) : null}
        {orphans > 0 ? <Fact value={formatCount(orphans)}>{orphans === 1 ? "orphan" : "orphans"}</Fact> : null}
        {cycles > 0 ? <span>{plural(cycles, "run")} cut out of a cycle</span> : null}
        <span title={isoTime(row.start)}>{formatTime(row.start)}</span>
      </div>
    </header>
  );
}

interface FactProps {
  readonly value: string;
  readonly title?: string | undefined;
  readonly costOf?: string | undefined;
  readonly children: ReactNode;
}

function Fact({ value, title, costOf: cost, children }: FactProps) {
  return (
    <span title={title} data-cost={cost}>
      <b>{value}</b> {children}
    </span>
  );
}

/** The model that most of the money went to, and how many others there are. */
function Models({ models, fallback }: { readonly models: readonly SpentModel[]; readonly fallback: string | null }) {
  const name = models[0]?.model ?? fallback;
  if (!name) return null;
  const lines = models.map(({ model, calls, cost, tokens }) => `${model}: ${plural(calls, "call")}, ${formatCount(tokens)} tokens${cost > 0 ? `, ${formatCost(cost.toFixed(12))}` : ""}`);
  return (
    <>
      <Chip title={models.length > 1 ? lines.join("\n") : name}>{name}</Chip>
      {models.length > 1 ? (
        <span className={styles.others} title={lines.join("\n")}>
          +{models.length - 1}
        </span>
      ) : null}
    </>
  );
}
