/** The answers to the item on the screen: kept as a draft while they are given, gone from here once they are submitted. */
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useLatest } from "../../components/useLatest";
import type { ReviewItem } from "../../contract/contract";
import { useSavedBeforeSeatChanges } from "../../data/seat";
import { suggestionOf, toSheet } from "../../lib/review/answers";
import { HeldSheet } from "../../lib/review/heldSheet";
import { active, away, NO_TIME } from "../../lib/review/pace";
import type { RubricKey } from "../../lib/review/rubric";
import { EMPTY_SHEET, isWorthKeeping, reduceSheet, type Sheet, type SheetAction } from "../../lib/review/sheet";
import type { Review } from "./useReview";

/** `place` names the item and how often it came: with another, the sheet is another while everything around it stays. `refuse` says why a locked one takes nothing. */
export function useSheet(review: Review, item: ReviewItem, place: string, locked: boolean, refuse: () => void) {
  const { rubric, saveDraft, reopen, returned } = review;
  const [known, setKnown] = useState(() => hold(review, item, place, locked));
  const here = followed(review, known, item, place, locked);
  if (here !== known) setKnown(here);
  const { held, sheet } = here;
  const time = useActiveTime();
  // The rubric may change under an item that is open; that is no leaving it.
  const save = useLatest(saveDraft);
  const before = useRef(held);
  useLayoutEffect(() => {
    // What another window answered stands in its place: nothing of it is saved any more.
    if (before.current !== held && before.current.place === held.place) before.current.release();
    before.current = held;
  }, [held]);
  useLayoutEffect(() => held.lock(locked), [held, locked]);

  const flush = useCallback(
    async (leave: boolean): Promise<void> => {
      const unsaved = held.isUnsaved;
      const wanted = held.toSave(leave);
      const result = wanted && (await save.current(held.itemId, wanted, time.take(), leave));
      if (result?.type === "saved") {
        returned.delete(held.itemId);
        return;
      }
      if (wanted) held.notSaved();
      // Left while somebody else has it, it is there again when one comes back.
      if (leave && unsaved && (wanted === null || result?.type === "refused")) returned.set(held.itemId, { sheet: held.now, message: "What you answered here is not saved.", problems: [] });
    },
    [held, save, time, returned],
  );
  // Given free again, the item takes what was typed before.
  useEffect(() => {
    if (!locked) void flush(false);
  }, [locked, flush]);
  const act = useCallback(
    (action: SheetAction): Sheet => {
      const next = reduceSheet(rubric, held.now, action);
      if (next === held.now) return next;
      const taken = held.take(next, () => void flush(false));
      if (taken === "refused") {
        refuse();
        return held.now;
      }
      if (taken === "reopened") reopen(held.itemId, next);
      setKnown((shown) => (shown.held === held ? { ...shown, sheet: next } : shown));
      return next;
    },
    [rubric, reopen, refuse, held, flush],
  );
  // At once when the attention goes elsewhere, and when the item is left.
  useEffect(() => {
    const pause = (): void => void flush(false);
    // A page that goes away lets others have the item.
    const leave = (): void => void flush(true);
    window.addEventListener("blur", pause);
    window.addEventListener("pagehide", leave);
    document.addEventListener("visibilitychange", pause);
    return () => {
      window.removeEventListener("blur", pause);
      window.removeEventListener("pagehide", leave);
      document.removeEventListener("visibilitychange", pause);
    };
  }, [flush]);
  useEffect(() => {
    // What nobody took of the time before belongs to no item.
    time.take();
    return () => void flush(true);
  }, [flush, time]);

  useSavedBeforeSeatChanges(
    useCallback(async () => {
      await flush(true);
      // What is saved later would be saved in the name of the next reviewer.
      held.release();
    }, [flush, held]),
  );

  const now = useCallback(() => held.now, [held]);
  const release = useCallback((): number => {
    held.release();
    return time.take();
  }, [held, time]);
  return { sheet, now, act, flush, release };
}

interface Known {
  readonly held: HeldSheet;
  readonly sheet: Sheet;
  /** With which step the item was decided when it came on the screen. */
  readonly decision: string | null;
  readonly locked: boolean;
}

function hold(review: Review, item: ReviewItem, place: string, locked: boolean): Known {
  const first = review.returned.get(item.row.id)?.sheet ?? firstSheet(review.rubric, item, review.queue.settings.prefill ?? false);
  return { held: new HeldSheet(place, item.row, first), sheet: first, decision: decisionOf(item), locked };
}

/** The sheet of the item as it is now: another one with another item, and where another window answered this one. */
function followed(review: Review, known: Known, item: ReviewItem, place: string, locked: boolean): Known {
  if (known.held.place !== place) return hold(review, item, place, locked);
  const decision = decisionOf(item);
  const elsewhere = decision !== null && decision !== known.decision;
  // Given free, it has the other window's draft, unless there is something of one's own to save.
  if (elsewhere || (known.locked && !locked && !known.held.isUnsaved)) {
    if (elsewhere) review.returned.delete(item.row.id);
    return hold(review, item, place, locked);
  }
  return known.locked === locked ? known : { ...known, locked };
}

function decisionOf({ row: { state, submitted } }: ReviewItem): string | null {
  return state === "submitted" || state === "skipped" || state === "discarded" ? `${state} ${submitted ?? ""}` : null;
}

/** What was drafted, else what was submitted, else the defaults of the queue. */
function firstSheet(rubric: readonly RubricKey[], item: ReviewItem, prefill: boolean): Sheet {
  const { draft, mine } = item;
  const given = draft?.answers ?? mine.map(({ answer }) => answer);
  const sheet = toSheet(rubric, given, cursorOf(draft?.cursor ?? null));
  if (!isWorthKeeping(sheet)) {
    const bare: Sheet = { ...EMPTY_SHEET, rest: sheet.rest };
    return prefill && item.row.state === "pending" ? withSuggestions(rubric, bare, item) : bare;
  }
  return sheet;
}

/** What judges said is chosen beforehand where the queue wants it; it is the reviewer's once it is submitted. */
function withSuggestions(rubric: readonly RubricKey[], sheet: Sheet, item: ReviewItem): Sheet {
  const asked = item.suggestions.filter(({ answer }) => rubric.some(({ key }) => key === answer.key));
  const actions = asked.flatMap((given) => suggestionOf(given) ?? []);
  return { ...actions.reduce((before: Sheet, action) => reduceSheet(rubric, before, action), sheet), edits: sheet.edits, current: 0 };
}

function cursorOf(cursor: string | null): number {
  try {
    const { current } = JSON.parse(cursor ?? "{}") as { current?: unknown };
    return typeof current === "number" && Number.isSafeInteger(current) ? current : 0;
  } catch {
    return 0;
  }
}

/** Time with the item before the eyes: the window in front, and something done every minute. */
function useActiveTime(): { readonly take: () => number } {
  const time = useRef(NO_TIME);
  useEffect(() => {
    const begin = (): void => {
      if (document.hasFocus()) time.current = active(time.current, performance.now());
    };
    const end = (): void => {
      time.current = away(time.current, performance.now());
    };
    begin();
    const signs = ["keydown", "pointermove", "pointerdown", "wheel", "focus"] as const;
    for (const sign of signs) window.addEventListener(sign, begin, { passive: true, capture: true });
    window.addEventListener("blur", end);
    return () => {
      for (const sign of signs) window.removeEventListener(sign, begin, { capture: true });
      window.removeEventListener("blur", end);
    };
  }, []);
  return useMemo(
    () => ({
      take: () => {
        if (time.current.since !== null) time.current = active(time.current, performance.now());
        const { total } = time.current;
        time.current = { ...time.current, total: 0 };
        return Math.round(total);
      },
    }),
    [],
  );
}
