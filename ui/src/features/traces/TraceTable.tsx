import { useNavigate } from "@tanstack/react-router";
import { clsx } from "clsx";
import { useImperativeHandle, type MouseEvent, type PointerEvent, type Ref } from "react";
import { SortHeader } from "../../components/table/SortHeader";
import { useVirtualGrid, type VisibleRange } from "../../components/table/useVirtualGrid";
import rowStyles from "../../components/ui/rows.module.css";
import { costOf } from "../../lib/cost";
import styles from "../../components/table/table.module.css";
import { useNow } from "../../components/useNow";
import type { SortTraces, TraceRow } from "../../contract/contract";
import { usePrefetchTrace, type WindowedList } from "../../data/queries";
import { TraceRowView } from "./TraceRowView";

/** What keys outside the grid may do with it. */
export interface GridHandle {
  readonly moveBy: (step: number) => void;
  readonly open: () => void;
  readonly focus: () => void;
  /** The row in hand. */
  readonly current: () => TraceRow | undefined;
}

interface TraceTableProps {
  readonly traces: WindowedList<TraceRow>;
  readonly listKey: string;
  readonly sort: SortTraces;
  readonly ascending: boolean;
  readonly onSort: (order: { sort: SortTraces; asc: boolean | undefined }) => void;
  readonly onRange: (range: VisibleRange) => void;
  readonly handle: Ref<GridHandle>;
}

interface Column {
  readonly label: string;
  readonly sort: SortTraces | null;
  readonly right?: boolean;
  /** Columns that leave where there is little room. */
  readonly leaves?: "input" | "output" | "runs";
}

const COLUMNS: readonly Column[] = [
  { label: "Name", sort: "name" },
  { label: "Input", sort: null, leaves: "input" },
  { label: "Output", sort: null, leaves: "output" },
  { label: "Start", sort: "start", right: true },
  { label: "Latency", sort: "latency", right: true },
  { label: "Tokens", sort: "tokens", right: true },
  { label: "Cost", sort: "cost", right: true },
  { label: "Runs", sort: "runs", right: true, leaves: "runs" },
  { label: "Errors", sort: "errors", right: true },
];

const SHAPE_OF_LOADING = 24;

export function TraceTable({ traces, listKey, sort, ascending, onSort, onRange, handle }: TraceTableProps) {
  const navigate = useNavigate();
  const prefetch = usePrefetchTrace();
  const total = traces.total ?? SHAPE_OF_LOADING;
  const open = (row: number): void => {
    const trace = traces.rowAt(row);
    if (trace) void navigate({ to: "/trace/$traceId", params: { traceId: trace.trace_id } });
  };
  const { scroller, grid, virtualizer, active, moveTo, moveBy, onKeyDown, margin } = useVirtualGrid({ list: listKey, total, onRange, onOpen: open });
  useImperativeHandle(handle, () => ({ moveBy, open: () => open(active), focus: () => grid.current?.focus(), current: () => traces.rowAt(active) }));
  const onClick = (event: MouseEvent): void => {
    const row = rowOf(event.target);
    if (row === null) return;
    moveTo(row);
    open(row);
  };
  // A press comes some tens of milliseconds before the click that it becomes.
  const onPointerDown = (event: PointerEvent): void => {
    const trace = event.button === 0 ? traces.rowAt(rowOf(event.target) ?? -1) : undefined;
    if (trace) prefetch(trace.trace_id);
  };
  const now = useNow();
  return (
    <div ref={scroller} className={clsx(rowStyles.scroller, styles.fit)}>
      <div
        ref={grid}
        className={clsx(rowStyles.list, styles.grid)}
        role="grid"
        tabIndex={0}
        aria-label="Traces"
        aria-rowcount={traces.total === null ? -1 : total + 1}
        aria-colcount={COLUMNS.length}
        aria-activedescendant={traces.total === null ? undefined : `row-${active}`}
        aria-busy={traces.total === null}
        onKeyDown={onKeyDown}
        onPointerDown={onPointerDown}
        onClick={onClick}
      >
        <div role="row" aria-rowindex={1} className={clsx(rowStyles.head, styles.columns, styles.traces)}>
          {COLUMNS.map(({ label, sort: column, right, leaves }, index) =>
            column === null ? (
              <span key={label} role="columnheader" aria-colindex={index + 1} className={leaves && styles[leaves]}>
                {label}
              </span>
            ) : (
              <SortHeader
                key={label}
                label={label}
                right={right}
                place={index + 1}
                className={leaves && styles[leaves]}
                ascending={column === sort ? ascending : null}
                onSort={() => onSort({ sort: column, asc: nextOrder(column, sort, ascending) })}
              />
            ),
          )}
        </div>
        <div className={rowStyles.list} role="rowgroup" style={{ height: virtualizer.getTotalSize() }}>
          {virtualizer.getVirtualItems().map(({ index, start }) => {
            const row = traces.rowAt(index);
            return (
              <TraceRowView
                key={index}
                index={index}
                top={start - margin}
                active={index === active && traces.total !== null}
                loaded={row !== undefined}
                name={row?.name ?? ""}
                runType={row?.run_type ?? "chain"}
                status={row?.status ?? "success"}
                error={row?.error ?? null}
                input={row?.input_preview ?? null}
                output={row?.output_preview ?? null}
                start={row?.start ?? null}
                latency={row?.latency ?? null}
                tokens={row?.usage.total ?? null}
                cost={row?.cost ?? null}
                costOf={row ? costOf({ of: "trace", traceId: row.trace_id }) : ""}
                runs={row?.runs ?? 0}
                errors={row?.errors ?? 0}
                now={now}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}

/** A second press turns the order round; names begin with A, everything else with the largest. */
function nextOrder(column: SortTraces, sort: SortTraces, ascending: boolean): boolean | undefined {
  const next = column === sort ? !ascending : column === "name";
  return next || undefined;
}

function rowOf(target: EventTarget): number | null {
  const row = target instanceof Element ? target.closest("[data-row]") : null;
  return row instanceof HTMLElement ? Number(row.dataset.row) : null;
}
