/** A trace as nested rectangles, as large as what each run cost with everything below it. */
import { useNavigate } from "@tanstack/react-router";
import { useMemo, useRef, useState, type KeyboardEvent } from "react";
import { Dialog } from "../../components/ui/Dialog";
import { ErrorState, Skeleton } from "../../components/States";
import type { TraceColumns } from "../../contract/contract";
import { useTrace } from "../../data/queries";
import { costOf, treemap } from "../../lib/cost";
import { formatCost } from "../../lib/format";
import styles from "./cost.module.css";

const WIDTH = 826;
const HEIGHT = 440;

export function TreemapDialog({ traceId, onClose }: { readonly traceId: string; readonly onClose: () => void }) {
  const query = useTrace(traceId);
  return (
    <Dialog title={query.data ? `Where the money of ${query.data.row.name} went` : "Where the money of the trace went"} onClose={onClose} wide>
      {query.error ? <ErrorState title="The trace could not be opened" error={query.error} onRetry={() => void query.refetch()} /> : null}
      {query.isPending ? <Skeleton width="100%" /> : null}
      {query.data ? <Treemap traceId={traceId} columns={query.data.columns} onClose={onClose} /> : null}
    </Dialog>
  );
}

/** Width of a letter at the size of the names, for the widest of common ones. */
const LETTER = 6.6;

/** As much of a text as there is room for, with an ellipsis where it ends early. */
function cut(text: string, width: number): string {
  const most = Math.floor(width / LETTER);
  if (text.length <= most) return text;
  return most < 4 ? "" : `${text.slice(0, most - 1)}…`;
}

function Treemap({ traceId, columns, onClose }: { readonly traceId: string; readonly columns: TraceColumns; readonly onClose: () => void }) {
  const navigate = useNavigate();
  const tiles = useMemo(() => treemap(columns, WIDTH, HEIGHT), [columns]);
  const [place, setPlace] = useState(0);
  const group = useRef<SVGSVGElement>(null);
  const parents = useMemo(() => new Set(columns.parent), [columns]);
  if (tiles.length === 0) return <p>No run of this trace has a known cost.</p>;
  const open = (row: number): void => {
    const run = columns.run_id[row];
    onClose();
    if (run !== undefined) void navigate({ to: "/trace/$traceId", params: { traceId }, search: { run } });
  };
  const onKey = (event: KeyboardEvent, row: number): void => {
    // One Tab stop for all tiles; arrows go through them in the order of the tree.
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -tiles.length, End: tiles.length }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      const next = Math.max(0, Math.min(tiles.length - 1, place + step));
      setPlace(next);
      group.current?.querySelectorAll<SVGGElement>("[data-tile]")[next]?.focus();
      return;
    }
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    open(row);
  };
  return (
    <svg ref={group} className={styles.treemap} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="group" aria-label="Runs by cost">
      {tiles.map(({ row, x, y, width, height, cost }, index) => {
        const name = columns.strings[columns.name[row] ?? -1] ?? "unnamed";
        const amount = formatCost(String(cost));
        const label = `${name}: ${amount}`;
        return (
          <g key={row} data-tile role="button" tabIndex={index === place ? 0 : -1} aria-label={label} data-cost={costOf({ of: "run", traceId, runId: columns.run_id[row] ?? "", alone: false })} onFocus={() => setPlace(index)} onClick={() => open(row)} onKeyDown={(event) => onKey(event, row)}>
            <rect x={x} y={y} width={width} height={height} style={{ fill: `color-mix(in srgb, var(--${columns.run_type[row] ?? "chain"}) 18%, var(--panel))` }} />
            {width > 48 && height > 16 ? (
              <text x={x + 5} y={y + 13}>
                {cut(name, width - 10)}
              </text>
            ) : null}
            {/* A figure is whole or not there. */}
            {height > 34 && !parents.has(row) && cut(amount, width - 10) === amount ? (
              <text className={styles.tileCost} x={x + 5} y={y + 27}>
                {amount}
              </text>
            ) : null}
          </g>
        );
      })}
    </svg>
  );
}
