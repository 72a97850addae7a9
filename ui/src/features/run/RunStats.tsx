import type { RunPanel } from "../../contract/contract";
import { useUi } from "../../data/ui";
import { costOf } from "../../lib/cost";
import { DASH, exactDuration, formatCost, formatCount, formatDuration } from "../../lib/format";
import styles from "./run.module.css";

/** What a run has with everything below it. */
export interface WholeRun {
  readonly tokens: number | null;
  readonly cost: string | null;
}

interface RunStatsProps {
  readonly run: RunPanel;
  readonly whole: WholeRun | null;
}

/** Of a run with others below it, tokens and cost are those of all of them, as in its row of the tree; its own are said beside. */
export function RunStats({ run, whole }: RunStatsProps) {
  const open = useUi((state) => state.open);
  const { latency, first_token, usage, cost: own, status } = run;
  const tokensInAll = whole !== null && whole.tokens !== null && whole.tokens !== usage.total ? whole.tokens : null;
  const costInAll = whole !== null && whole.cost !== null && whole.cost !== own ? whole.cost : null;
  const cost = costInAll ?? own;
  return (
    <dl className={styles.stats}>
      <Stat name="Latency" value={latency === null && status === "pending" ? "running" : formatDuration(latency)} title={exactDuration(latency)} />
      <Stat name="First token" value={formatDuration(first_token)} title={exactDuration(first_token)} />
      {tokensInAll === null ? (
        <Stat name="Tokens" value={tokensText(usage)} title={tokensTitle(usage)} />
      ) : (
        <Stat name="Tokens in all" value={formatCount(tokensInAll)} title={`with everything below: ${formatCount(tokensInAll)}\nits own: ${usage.total === null ? "none" : tokensText(usage)}`} />
      )}
      <div className={styles.stat} data-unknown={cost === null || undefined} title={costInAll === null ? undefined : `with everything below: ${formatCost(costInAll)}\nits own: ${own === null ? "none" : formatCost(own)}`}>
        <dt>{costInAll === null ? "Cost" : "Cost in all"}</dt>
        <dd>
          <button type="button" className={styles.asks} data-cost={cost === null ? undefined : costOf({ of: "run", traceId: run.trace_id, runId: run.run_id, alone: costInAll === null })} aria-label={`Cost ${formatCost(cost)}, show the arithmetic`} onClick={() => open({ name: "arithmetic", traceId: run.trace_id, runId: run.run_id })}>
            {formatCost(cost)}
          </button>
        </dd>
      </div>
    </dl>
  );
}

function Stat({ name, value, title }: { readonly name: string; readonly value: string; readonly title: string }) {
  return (
    <div className={styles.stat} title={title} data-unknown={value === DASH || undefined}>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function tokensText({ input, output, total }: RunPanel["usage"]): string {
  if (input === null && output === null) return total === null ? DASH : formatCount(total);
  return `${formatCount(input)} → ${formatCount(output)}`;
}

function tokensTitle(usage: RunPanel["usage"]): string {
  const parts: readonly (readonly [string, number | null])[] = [
    ["input", usage.input],
    ["of it read from a cache", usage.cache_read],
    ["of it written to a cache", usage.cache_creation],
    ["output", usage.output],
    ["of it reasoning", usage.reasoning],
    ["total", usage.total],
  ];
  const known = parts.filter(([, count]) => count !== null);
  return known.length === 0 ? "not recorded" : known.map(([name, count]) => `${name}: ${formatCount(count)}`).join("\n");
}
