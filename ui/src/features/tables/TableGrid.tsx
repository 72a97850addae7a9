/** The grid of a table: virtual rows, columns as they were arranged, a row in hand and a selection. */
import { clsx } from "clsx";
import { useEffect, useImperativeHandle, useLayoutEffect, useMemo, useRef, useState, type CSSProperties, type KeyboardEvent, type MouseEvent, type PointerEvent, type Ref } from "react";
import table from "../../components/table/table.module.css";
import { useVirtualGrid, type VisibleRange } from "../../components/table/useVirtualGrid";
import rowStyles from "../../components/ui/rows.module.css";
import { useNow } from "../../components/useNow";
import type { TableRow, TableScope } from "../../contract/contract";
import { usePrefetchTrace } from "../../data/queries";
import type { Table } from "../../data/tables";
import { clampWidth, columnsThatFit, dropColumn, gridTemplate, leastWidth, moveColumn } from "../../lib/columns";
import { columnOf, defaultArrangement, type Column } from "./columns";
import { HeaderCell } from "./HeaderCell";
import { TableRowView } from "./TableRowView";
import styles from "./tables.module.css";
import { useArrangements } from "./useArrangement";
import type { Selection } from "./useSelection";

/** What keys outside the grid may do with it. */
export interface GridHandle {
  readonly moveBy: (step: number) => void;
  readonly focus: () => void;
  readonly current: () => TableRow | undefined;
  readonly active: () => number;
}

interface GridProps {
  readonly scope: TableScope;
  readonly label: string;
  readonly rows: Table;
  readonly listKey: string;
  readonly columns: readonly Column[];
  readonly opened: readonly string[];
  readonly sort: string;
  readonly ascending: boolean;
  readonly selection: Selection;
  readonly onSort: (sort: string, ascending: boolean) => void;
  readonly onRange: (range: VisibleRange) => void;
  readonly onOpen: (row: TableRow) => void;
  /** Selects from the row in hand to this one. */
  readonly onExtend: (from: number, to: number) => void;
  readonly onActive: (row: TableRow | undefined) => void;
  readonly handle: Ref<GridHandle>;
  readonly turns?: ReadonlyMap<string, number> | undefined;
}

const SHAPE_OF_LOADING = 24;
export const HEIGHTS = { compact: 26, roomy: 44 } as const;

/** Orders that begin with the smallest: those of names. */
const FROM_A = /^(name|model|provider|prompt_version|thread|project|status|run_type)$/;

export function TableGrid({ scope, label, rows, listKey, columns, opened, sort, ascending, selection, onSort, onRange, onOpen, onExtend, onActive, handle, turns }: GridProps) {
  const { of, arrange } = useArrangements();
  const { shown, widths, density } = of[scope];
  const prefetch = usePrefetchTrace();
  const total = rows.total ?? SHAPE_OF_LOADING;
  const height = HEIGHTS[density];
  const openAt = (index: number): void => {
    const row = rows.rowAt(index);
    if (row) onOpen(row);
  };
  const { scroller, grid, virtualizer, active, moveTo, moveBy, onKeyDown, margin } = useVirtualGrid({ list: listKey, total, onRange, onOpen: openAt, row: height });
  useImperativeHandle(handle, () => ({ moveBy, focus: () => grid.current?.focus(), current: () => rows.rowAt(active), active: () => active }));
  const inHand = rows.rowAt(active);
  useEffect(() => onActive(inHand), [onActive, inHand]);

  const room = useRoom(scroller);
  const own = defaultArrangement(scope).shown;
  const chosen = shown.length !== own.length || shown.some((id) => !own.includes(id)) || Object.keys(widths).length > 0;
  const fitting = useMemo(() => columnsThatFit(columns, room, chosen), [columns, room, chosen]);
  const shape: CSSProperties & Record<"--columns", string> = { "--columns": gridTemplate(fitting, widths), minWidth: leastWidth(fitting, widths) };

  const onClick = (event: MouseEvent): void => {
    const index = rowOf(event.target);
    const row = index === null ? undefined : rows.rowAt(index);
    if (index === null || row === undefined) return;
    const isCheck = event.target instanceof Element && event.target.closest("[data-check]") !== null;
    if (event.shiftKey) onExtend(active, index);
    else if (isCheck || event.ctrlKey || event.metaKey) selection.toggle(row);
    moveTo(index);
    if (!event.shiftKey && !isCheck && !event.ctrlKey && !event.metaKey) onOpen(row);
  };
  // A press comes some tens of milliseconds before the click that it becomes.
  const onPointerDown = (event: PointerEvent): void => {
    const row = event.button === 0 && scope !== "threads" ? rows.rowAt(rowOf(event.target) ?? -1) : undefined;
    if (row?.trace_id) prefetch(row.trace_id);
  };
  const onKeys = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (event.shiftKey && step !== 0 && event.target === event.currentTarget) {
      event.preventDefault();
      const next = Math.min(Math.max(active + step, 0), total - 1);
      onExtend(active, next);
      moveTo(next);
    } else onKeyDown(event);
  };
  const sortBy = (column: Column): void => {
    if (column.sort === null) return;
    // A second press turns the order round; names begin with A, everything else with the largest.
    onSort(column.sort, column.sort === sort ? !ascending : FROM_A.test(column.sort));
  };
  const moved = useRef<string | null>(null);
  useLayoutEffect(() => {
    // The head that moved keeps the focus.
    if (moved.current !== null) grid.current?.querySelector<HTMLElement>(`[data-column="${CSS.escape(moved.current)}"]`)?.focus();
    moved.current = null;
  });
  const now = useNow();
  return (
    <div ref={scroller} className={rowStyles.scroller}>
      <div
        ref={grid}
        className={rowStyles.list}
        style={shape}
        role="grid"
        tabIndex={0}
        aria-label={label}
        aria-multiselectable
        aria-rowcount={rows.total === null || rows.more ? -1 : total + 1}
        aria-colcount={fitting.length}
        aria-activedescendant={rows.total === null || total === 0 ? undefined : `row-${active}`}
        aria-busy={rows.total === null}
        onKeyDown={onKeys}
        onPointerDown={onPointerDown}
        onClick={onClick}
      >
        <div role="row" aria-rowindex={1} className={clsx(rowStyles.head, table.columns, styles.row)}>
          {fitting.map((column, index) => (
            <HeaderCell
              key={column.id}
              column={column}
              place={index + 1}
              ascending={column.sort !== null && column.sort === sort ? ascending : null}
              onSort={() => sortBy(column)}
              onMove={(step) => {
                moved.current = column.id;
                arrange(scope, { shown: moveColumn(shown, column.id, step) });
              }}
              onDropped={(id) => arrange(scope, { shown: dropColumn(shown, id, column.id) })}
              onResize={(width) => {
                const { [column.id]: _, ...others } = useArrangements.getState().of[scope].widths;
                arrange(scope, { widths: width === null ? others : { ...others, [column.id]: clampWidth(width) } });
              }}
            />
          ))}
        </div>
        <div className={rowStyles.list} role="rowgroup" style={{ height: virtualizer.getTotalSize() }}>
          {virtualizer.getVirtualItems().map(({ index, start }) => {
            const row = rows.rowAt(index);
            return (
              <TableRowView
                key={index}
                id={`row-${index}`}
                index={index}
                top={start - margin}
                height={height}
                active={index === active && rows.total !== null}
                selected={selection.has(row)}
                selecting={selection.count > 0}
                row={row}
                columns={fitting}
                opened={opened}
                now={now}
                turn={turns?.get(row?.trace_id ?? "")}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}

export function arrangedColumns(scope: TableScope, shown: readonly string[]): readonly Column[] {
  return shown.map((id) => columnOf(scope, id)).filter((column) => column !== null);
}

function rowOf(target: EventTarget): number | null {
  const row = target instanceof Element ? target.closest<HTMLElement>("[data-row]") : null;
  return row ? Number(row.dataset.row) : null;
}

/** Pixels that the columns have. */
function useRoom(scroller: { readonly current: HTMLElement | null }): number {
  const [room, setRoom] = useState(0);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const measure = (): void => setRoom(element.clientWidth);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [scroller]);
  return room;
}
