import { defaultRangeExtractor, useVirtualizer, type Range, type Virtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useLayoutEffect, useRef, useState, type RefObject } from "react";
import type { Conversation } from "../../contract/contract";
import { usePlaceNames } from "../../data/ui";
import { EARLIER, entryOfRun, isEarlier, sidesAbove, threadOf, type Entry } from "../../lib/conversation";

/** Nearer to the end than this, the reader follows what comes. */
const AT_END = 80;

interface Begin {
  /** The run whose message comes first into sight. */
  readonly run: string | null;
  readonly setFolds: (name: string, change: (open: Set<string>) => void) => void;
  /** The focus is left where it is. */
  readonly quiet: boolean;
  /** Reading begins at the last turn. */
  readonly last: boolean;
  /** The sub-agent that is read by itself. */
  readonly entered: number | null;
}

/** The virtual list and the entry in hand, which is remembered by its id while other screens are shown. */
export function useMessageList(name: string, conversation: Conversation, entries: readonly Entry[], { run, setFolds, quiet, last: fromLast, entered }: Begin) {
  const scroller = useRef<HTMLDivElement>(null);
  const place = usePlaceNames((state) => state.places[name]) ?? null;
  const setPlace = usePlaceNames((state) => state.setPlace);
  const active = Math.max(entries.findIndex(({ id }) => id === place), 0);
  const virtualizer = useVirtualizer({
    count: entries.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => (entries[index]?.kind === "message" ? 96 : 40),
    getItemKey: (index) => entries[index]?.id ?? index,
    gap: 8,
    paddingStart: 8,
    paddingEnd: 16,
    scrollPaddingStart: 8,
    scrollPaddingEnd: 8,
    overscan: 6,
    // The entry in hand stays mounted, or the focus would be lost when it is scrolled away.
    rangeExtractor: useCallback(
      (range: Range) => {
        const drawn = defaultRangeExtractor(range);
        return active >= entries.length || drawn.includes(active) ? drawn : [...drawn, active].toSorted((a, b) => a - b);
      },
      [active, entries.length],
    ),
  });
  /** Where to go once the list is drawn, and whether the focus goes along. */
  const wanted = useRef<{ readonly id: string; readonly focus: boolean; readonly start: boolean } | null>(null);
  const [asked, ask] = useState(0);
  const moveToId = useCallback(
    (id: string, focus = true, start = false): void => {
      setPlace(name, id);
      wanted.current = { id, focus, start };
      ask((count) => count + 1);
    },
    [name, setPlace],
  );
  // The screen before chose a run; what tells about it comes into sight. Otherwise the place of last time.
  const begun = useRef(false);
  useLayoutEffect(() => {
    if (begun.current) return;
    begun.current = true;
    const entry = run === null ? null : entryOfRun(conversation, run);
    if (entry) setFolds(name, (set) => [...(isEarlier(conversation, entry) ? [EARLIER] : []), ...sidesAbove(conversation, entry.side)].forEach((id) => set.add(id)));
    // The last turn of a thread is what is read; beside a rubric the focus is not its own.
    const last = fromLast ? entries.findLast(({ kind }) => kind === "turn")?.id : undefined;
    const id = entry?.id ?? place ?? last ?? entries[0]?.id;
    if (id !== undefined) moveToId(id, !quiet, last !== undefined && !entry && place === null);
  }, [run, conversation, entries, name, place, moveToId, setFolds, quiet, fromLast]);
  useEffect(() => {
    const { current } = wanted;
    const index = current ? entries.findIndex(({ id }) => id === current.id) : -1;
    if (!current || index < 0) return;
    wanted.current = null;
    virtualizer.scrollToIndex(index, { align: current.start ? "start" : "auto" });
    // An entry far away is drawn a few frames after the scrolling.
    let tries = 20;
    const arrive = (): void => {
      const element = scroller.current?.querySelector<HTMLElement>(`[data-entry="${index}"]`);
      if (element) {
        if (current.focus) element.focus({ preventScroll: true });
        // One that is taller than the screen is read from its beginning.
        if (element.offsetHeight > (scroller.current?.clientHeight ?? 0)) virtualizer.scrollToIndex(index, { align: "start" });
      } else if ((tries -= 1) > 0) requestAnimationFrame(arrive);
    };
    arrive();
  }, [asked, entries, virtualizer]);
  const moveTo = useCallback(
    (index: number, atTop = false): void => {
      const entry = entries[Math.min(Math.max(index, 0), entries.length - 1)];
      if (entry) moveToId(entry.id, true, atTop);
    },
    [entries, moveToId],
  );
  // Reads the store and not the render: held keys come quicker than renders.
  const moveBy = useCallback(
    (step: number): void => {
      const now = usePlaceNames.getState().places[name];
      moveTo(Math.max(entries.findIndex(({ id }) => id === now), 0) + step);
    },
    [entries, moveTo, name],
  );
  const setActive = (index: number): void => {
    const entry = entries[index];
    if (entry) setPlace(name, entry.id);
  };
  // Another list begins at its own place.
  const shown = useRef(name);
  useLayoutEffect(() => {
    if (shown.current === name) return;
    shown.current = name;
    const id = place ?? entries[0]?.id;
    if (id !== undefined) moveToId(id);
  }, [name, place, entries, moveToId]);
  const news = useNews(name, scroller, countOf(conversation, entered), entries.length, virtualizer);
  return { scroller, virtualizer, active, moveTo, moveBy, moveToId, setActive, news };
}


function isAtEnd(element: HTMLElement): boolean {
  return element.scrollHeight - element.scrollTop - element.clientHeight < AT_END;
}

/** Messages that are read one after the other; results are told by the cards of their calls. */
function countOf(conversation: Conversation, entered: number | null): number {
  return threadOf(conversation, entered).filter(({ role, hidden }) => role !== "tool" && hidden === null).length;
}

/**
 * What came in while it was read. A reader at the end follows; every other one keeps the place and is told how much there
 * is to come.
 */
function useNews(name: string, scroller: RefObject<HTMLDivElement | null>, count: number, entries: number, virtualizer: Virtualizer<HTMLDivElement, Element>) {
  const [seen, setSeen] = useState({ name, count });
  const atEnd = useRef(true);
  const known = useRef({ name, count });
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const onScroll = (): void => {
      atEnd.current = isAtEnd(element);
      if (atEnd.current) setSeen(known.current);
    };
    element.addEventListener("scroll", onScroll, { passive: true });
    return () => element.removeEventListener("scroll", onScroll);
  }, [scroller]);
  useEffect(() => {
    const before = known.current;
    known.current = { name, count };
    if (before.name !== name || count <= before.count || !atEnd.current) return;
    // The scrolling tells that it was seen.
    virtualizer.scrollToIndex(entries - 1, { align: "end" });
  }, [name, count, entries, virtualizer]);
  // What is opened or measured moves the end too. This stands behind the effect that asks where the reader was.
  useEffect(() => {
    if (scroller.current) atEnd.current = isAtEnd(scroller.current);
  });
  if (seen.name !== name) setSeen({ name, count });
  return { count: seen.name === name ? Math.max(count - seen.count, 0) : 0, show: () => virtualizer.scrollToIndex(entries - 1, { align: "end" }) };
}
