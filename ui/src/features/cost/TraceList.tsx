import { Link } from "@tanstack/react-router";
import { LayoutGrid } from "lucide-react";
import type { CostTrace } from "../../contract/contract";
import { IconButton } from "../../components/ui/Button";
import { useNow } from "../../components/useNow";
import { useUi } from "../../data/ui";
import { costOf } from "../../lib/cost";
import { formatCostInColumn, formatCount, formatTimeShort, plural } from "../../lib/format";
import styles from "./cost.module.css";

/** The dearest traces, at most as many as were asked for. */
export function TraceList({ traces }: { readonly traces: readonly CostTrace[] }) {
  const open = useUi((state) => state.open);
  const now = useNow();
  return (
    <ol className={styles.traces}>
      {traces.map(({ trace_id, name, project, start, runs, tokens, cost, unpriced_runs }) => (
        <li key={trace_id}>
          <Link to="/trace/$traceId" params={{ traceId: trace_id }} title={`${name} in ${project}, ${plural(runs, "run")}`}>
            <span className={styles.traceName}>{name}</span>
            <span className={styles.traceFacts}>
              {formatTimeShort(start, now)} · {formatCount(tokens)} tokens
              {unpriced_runs > 0 ? ` · ${plural(unpriced_runs, "run")} of unknown cost` : ""}
            </span>
          </Link>
          <span className="num" data-cost={costOf({ of: "trace", traceId: trace_id })}>
            {formatCostInColumn(cost, unpriced_runs)}
          </span>
          <IconButton label={`Where the money of ${name} went`} onClick={() => open({ name: "treemap", traceId: trace_id })}>
            <LayoutGrid size={14} />
          </IconButton>
        </li>
      ))}
    </ol>
  );
}
