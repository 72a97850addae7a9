/** The answers to the item on the screen: kept as a draft while they are given, gone from here once they are submitted. */
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useLatest } from "../../components/useLatest";
import type { ReviewItem } from "../../contract/contract";
import { suggestionOf, toSheet } from "../../lib/review/answers";
import { active, away, NO_TIME } from "../../lib/review/pace";
import type { RubricKey } from "../../lib/review/rubric";
import { EMPTY_SHEET, isWorthKeeping, reduceSheet, type Sheet, type SheetAction } from "../../lib/review/sheet";
import type { Review } from "./useReview";

/** Typing is saved this long after the last change (annotation-ux §12). */
const DRAFT_MS = 250;

export function useSheet(review: Review, item: ReviewItem, locked: boolean) {
  const { rubric, saveDraft, reopen } = review;
  const itemId = item.row.id;
  const [sheet, setSheet] = useState<Sheet>(() => review.returned.get(itemId)?.sheet ?? firstSheet(rubric, item, review.queue.settings.prefill ?? false));
  const now = useRef(sheet);
  const saved = useRef(sheet.edits);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  /** The item was submitted or decided: nothing more is saved for it. */
  const gone = useRef(false);
  const decided = useRef(item.row.state === "submitted" || item.row.state === "skipped" || item.row.state === "discarded");
  const time = useActiveTime();

  const flush = useCallback(
    (leave: boolean): void => {
      if (timer.current) clearTimeout(timer.current);
      timer.current = null;
      if (gone.current || locked || decided.current) return;
      const { edits } = now.current;
      if (edits === saved.current && !leave) return;
      saved.current = edits;
      void saveDraft(itemId, now.current, time.take(), leave);
    },
    [itemId, locked, saveDraft, time],
  );
  const act = useCallback(
    (action: SheetAction): Sheet => {
      const next = reduceSheet(rubric, now.current, action);
      if (next === now.current) return next;
      const changed = next.edits !== now.current.edits;
      if (changed && locked) return now.current;
      if (changed && decided.current) {
        decided.current = false;
        reopen(itemId, next);
      }
      now.current = next;
      setSheet(next);
      if (changed) {
        if (timer.current) clearTimeout(timer.current);
        timer.current = setTimeout(() => flush(false), DRAFT_MS);
      }
      return next;
    },
    [rubric, locked, reopen, itemId, flush],
  );
  // At once when the attention goes elsewhere, and when the item is left.
  useEffect(() => {
    const leave = (): void => flush(false);
    window.addEventListener("blur", leave);
    window.addEventListener("pagehide", leave);
    document.addEventListener("visibilitychange", leave);
    return () => {
      window.removeEventListener("blur", leave);
      window.removeEventListener("pagehide", leave);
      document.removeEventListener("visibilitychange", leave);
    };
  }, [flush]);
  const flushNow = useLatest(flush);
  // The latest flush is the one that is wanted when the item is left.
  // oxlint-disable-next-line react/exhaustive-deps
  useEffect(() => () => flushNow.current(true), [flushNow]);

  /** The sheet leaves with a step; the draft is the library's to clear. */
  const release = useCallback((): number => {
    if (timer.current) clearTimeout(timer.current);
    gone.current = true;
    return time.take();
  }, [time]);
  return { sheet, now, act, flush, release, takeTime: time.take };
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
