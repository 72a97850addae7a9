/** A trace as nested rectangles, as large as what each run cost with everything below it. */
import { useNavigate } from "@tanstack/react-router";
import { useMemo, type KeyboardEvent } from "react";
import { Dialog } from "../../components/ui/Dialog";
import { ErrorState, Skeleton } from "../../components/States";
import type { TraceColumns } from "../../contract/contract";
import { useTrace } from "../../data/queries";
import { treemap } from "../../lib/cost";
import { formatCost } from "../../lib/format";
import styles from "./cost.module.css";

const WIDTH = 826;
const HEIGHT = 440;

export function TreemapDialog({ traceId, onClose }: { readonly traceId: string; readonly onClose: () => void }) {
  const query = useTrace(traceId);
  return (
    <Dialog title="Where the money of the trace went" onClose={onClose} wide>
      {query.error ? <ErrorState title="The trace could not be opened" error={query.error} onRetry={() => void query.refetch()} /> : null}
      {query.isPending ? <Skeleton width="100%" /> : null}
      {query.data ? <Treemap traceId={traceId} columns={query.data.columns} onClose={onClose} /> : null}
    </Dialog>
  );
}

function Treemap({ traceId, columns, onClose }: { readonly traceId: string; readonly columns: TraceColumns; readonly onClose: () => void }) {
  const navigate = useNavigate();
  const tiles = useMemo(() => treemap(columns, WIDTH, HEIGHT), [columns]);
  if (tiles.length === 0) return <p>No run of this trace has a known cost.</p>;
  const open = (row: number): void => {
    const run = columns.run_id[row];
    onClose();
    if (run !== undefined) void navigate({ to: "/trace/$traceId", params: { traceId }, search: { run } });
  };
  const onKey = (event: KeyboardEvent, row: number): void => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    open(row);
  };
  return (
    <svg className={styles.treemap} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="group" aria-label="Runs by cost">
      {tiles.map(({ row, x, y, width, height, cost }) => {
        const name = columns.strings[columns.name[row] ?? -1] ?? "unnamed";
        const label = `${name}: ${formatCost(String(cost))}`;
        return (
          <g key={row} role="button" tabIndex={0} aria-label={label} onClick={() => open(row)} onKeyDown={(event) => onKey(event, row)}>
            <title>{label}</title>
            <rect x={x} y={y} width={width} height={height} fill={`var(--${columns.run_type[row] ?? "chain"})`} />
            {width > 48 && height > 16 ? (
              <svg x={x + 4} y={y} width={width - 8} height={height}>
                <text y={13}>{label}</text>
              </svg>
            ) : null}
          </g>
        );
      })}
    </svg>
  );
}
