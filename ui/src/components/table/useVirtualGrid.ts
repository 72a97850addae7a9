/** The virtual rows of a table: fixed height, a header that stays, a row in hand that is always mounted. */
import { defaultRangeExtractor, useVirtualizer, type Range } from "@tanstack/react-virtual";
import { useCallback, useEffect, useRef, useState, type KeyboardEvent } from "react";
import { useTakeFocus } from "../useTakeFocus";
import { usePlaces } from "../../data/ui";

/** Height of a row where a table says nothing else. */
const ROW = 26;
const HEAD = 26;
/** Rows to fetch before the first measurement, so that the first screen needs one request. */
const FIRST_SCREEN = 40;

export interface VisibleRange {
  readonly first: number;
  readonly last: number;
}

/** Which rows are in sight; kept outside the virtualizer, because the rows in sight decide what is fetched. */
export function useVisibleRange() {
  return useState<VisibleRange>({ first: 0, last: FIRST_SCREEN });
}

interface GridOptions {
  /** Address of the list: another list starts at its own place. */
  readonly list: string;
  readonly total: number;
  readonly onRange: (range: VisibleRange) => void;
  readonly onOpen: (row: number) => void;
  /** Height of a row in pixels. */
  readonly row?: number;
}

export function useVirtualGrid({ list, total, onRange, onOpen, row: height = ROW }: GridOptions) {
  const scroller = useRef<HTMLDivElement>(null);
  const grid = useRef<HTMLDivElement>(null);
  useTakeFocus(grid);
  const place = usePlaces((state) => state.places[list] ?? 0);
  const setPlace = usePlaces((state) => state.setPlace);
  const active = Math.min(place, Math.max(total - 1, 0));
  const virtualizer = useVirtualizer({
    count: total,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    scrollMargin: HEAD,
    scrollPaddingStart: HEAD,
    overscan: 8,
    rangeExtractor: useCallback((range: Range) => withRow(defaultRangeExtractor(range), active, total), [active, total]),
  });
  useEffect(() => virtualizer.measure(), [height, virtualizer]);
  const { range } = virtualizer;
  const first = range?.startIndex ?? 0;
  const last = range?.endIndex ?? FIRST_SCREEN;
  useEffect(() => onRange({ first, last }), [onRange, first, last]);
  // Only when the list is another one: later moves scroll by themselves.
  const shown = useRef<string | null>(null);
  useEffect(() => {
    if (total === 0 || shown.current === list) return;
    shown.current = list;
    virtualizer.scrollToIndex(active, { align: active === 0 ? "start" : "auto" });
  }, [list, total, active, virtualizer]);

  const moveTo = useCallback(
    (row: number): void => {
      const next = Math.min(Math.max(row, 0), Math.max(total - 1, 0));
      setPlace(list, next);
      virtualizer.scrollToIndex(next, { align: "auto" });
      grid.current?.focus({ preventScroll: true });
    },
    [list, total, setPlace, virtualizer],
  );
  // Reads the store and not the render: held keys come quicker than renders.
  const moveBy = useCallback((step: number): void => moveTo((usePlaces.getState().places[list] ?? 0) + step), [moveTo, list]);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(last - first - 1, 1);
    const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -total, End: total };
    const step = steps[event.key];
    if (event.key === "Enter" && total > 0) onOpen(active);
    else if (step !== undefined) moveBy(step);
    else return;
    event.preventDefault();
  };
  return { scroller, grid, virtualizer, active, moveTo, moveBy, onKeyDown, margin: HEAD };
}

/** The row in hand stays mounted, or assistive technology would lose it. */
function withRow(rows: number[], row: number, total: number): number[] {
  if (row >= total || rows.includes(row)) return rows;
  return [...rows, row].toSorted((a, b) => a - b);
}
