/** The head of a column: sorts, moves (drag, Alt and arrows), resizes (drag, Alt, Shift and arrows). */
import { clsx } from "clsx";
import { useRef, type KeyboardEvent, type PointerEvent } from "react";
import table from "../../components/table/table.module.css";
import type { Column } from "./columns";
import styles from "./tables.module.css";

interface HeaderProps {
  readonly column: Column;
  readonly place: number;
  /** `null` when another column decides the order. */
  readonly ascending: boolean | null;
  readonly onSort: () => void;
  readonly onMove: (step: -1 | 1) => void;
  readonly onDropped: (id: string) => void;
  /** `null` takes the width that it has by itself. */
  readonly onResize: (width: number | null) => void;
}

const DRAGGED = "application/x-tracemark-column";
const STEP = 16;

export function HeaderCell({ column, place, ascending, onSort, onMove, onDropped, onResize }: HeaderProps) {
  const cell = useRef<HTMLSpanElement>(null);
  const drag = useRef<{ readonly x: number; readonly width: number } | null>(null);
  const widthNow = (): number => cell.current?.getBoundingClientRect().width ?? column.least;
  const onKeyDown = (event: KeyboardEvent): void => {
    if (!event.altKey || event.ctrlKey || event.metaKey || (event.key !== "ArrowLeft" && event.key !== "ArrowRight")) return;
    event.preventDefault();
    event.stopPropagation();
    const step = event.key === "ArrowLeft" ? -1 : 1;
    if (event.shiftKey) onResize(widthNow() + step * STEP);
    else onMove(step);
  };
  const onPointerDown = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    event.preventDefault();
    drag.current = { x: event.clientX, width: widthNow() };
    event.currentTarget.setPointerCapture(event.pointerId);
  };
  const onPointerMove = (event: PointerEvent): void => {
    if (drag.current) onResize(drag.current.width + event.clientX - drag.current.x);
  };
  const order = ascending === null ? "none" : ascending ? "ascending" : "descending";
  const arrow = ascending === null ? "" : ascending ? "↑" : "↓";
  return (
    <span
      ref={cell}
      role="columnheader"
      tabIndex={-1}
      aria-colindex={place}
      aria-sort={column.sort === null ? undefined : order}
      className={clsx(styles.head, column.right && table.right, place === 1 && styles.first)}
      onDragOver={(event) => {
        if (event.dataTransfer.types.includes(DRAGGED)) event.preventDefault();
      }}
      onDrop={(event) => {
        event.preventDefault();
        event.stopPropagation();
        onDropped(event.dataTransfer.getData(DRAGGED));
      }}
    >
      <button
        type="button"
        draggable
        data-column={column.id}
        className={clsx(table.sort, ascending !== null && table.sorted, column.sort === null && styles.still)}
        title={`${column.sort === null ? column.label : `Sort by ${column.label.toLowerCase()}`}\nAlt+← → moves, Alt+Shift+← → resizes`}
        onClick={() => column.sort !== null && onSort()}
        onKeyDown={onKeyDown}
        onDragStart={(event) => {
          event.dataTransfer.setData(DRAGGED, column.id);
          event.dataTransfer.effectAllowed = "move";
        }}
      >
        {column.right && arrow !== "" ? `${arrow} ` : ""}
        {column.label}
        {!column.right && arrow !== "" ? ` ${arrow}` : ""}
      </button>
      <span className={styles.handle} data-handle={column.id} aria-hidden title="Drag to resize, double-click to reset" onPointerDown={onPointerDown} onPointerMove={onPointerMove} onPointerUp={() => (drag.current = null)} onDoubleClick={() => onResize(null)} />
    </span>
  );
}
