import { useEffect, useLayoutEffect, useMemo, useRef, useState, type RefObject } from "react";
import type { Conversation } from "../../contract/contract";
import { useFoundInConversation } from "../../data/conversation";
import { useItemScope } from "../../data/item";
import type { ConversationRef } from "../../data/queries";
import { entriesOf, foundAmong, nextFound, searchText, type Entry } from "../../lib/conversation";
import { drawMarks, placeAmong, rangesIn, rangesOf, scrollToMark } from "../../lib/marks";
import { useSettled } from "../trace/useSettled";

interface Asked {
  readonly of: ConversationRef;
  readonly hidden: boolean;
  readonly conversation: Conversation;
  /** The sub-agent that is read by itself. */
  readonly entered: number | null;
  readonly scroller: RefObject<HTMLElement | null>;
  /** Of two lists side by side the marks are in the one that has the keys. */
  readonly keys: boolean;
}

/** Opens what hides an entry and brings it in hand; what came by typing alone is closed again when typing goes on. */
type Reveal = (entry: Entry, typing: boolean) => void;

/**
 * Finding looks at everything, whether it is open, folded or cut; a match is gone to as soon as it is known, and what hides
 * it is opened. The core looks through whole texts; what a queue lets be seen of an item is looked through here.
 */
export function useConversationFind({ of, hidden, conversation, entered, scroller, keys }: Asked, current: Entry | undefined, reveal: Reveal) {
  const [shown, setShown] = useState(false);
  const [text, setText] = useState("");
  const input = useRef<HTMLInputElement>(null);
  const masked = useItemScope() !== null;
  const now = text.trim().toLowerCase();
  const wanted = useSettled(now, 120);
  const all = useMemo(() => (shown ? entriesOf(conversation, () => true, entered) : []), [shown, conversation, entered]);
  const asked = useFoundInConversation(of, hidden, conversation.stamp, wanted, shown && !masked);
  const places = asked.data?.places;
  const found = useMemo((): Entry[] => {
    if (wanted === "") return [];
    if (masked) return all.filter((entry) => searchText(conversation, entry).includes(wanted));
    return foundAmong(conversation, all, places ?? [], wanted);
  }, [masked, wanted, all, conversation, places]);
  const place = found.findIndex(({ id }) => id === current?.id);
  const searching = now !== wanted || (!masked && asked.isFetching);
  useEffect(() => {
    if (!shown) return;
    input.current?.focus();
    input.current?.select();
  }, [shown]);

  /** Which of the places in the entry in hand; -1 is the last of them, which is known once they are drawn. */
  const [hit, setHit] = useState({ id: "", within: 0 });
  const within = hit.id === current?.id ? hit.within : 0;
  // Calls that started sub-agents are told at the heads of these.
  const elementsOf = (id: string): Element[] => [...(scroller.current?.querySelectorAll(`[data-entry-id="${CSS.escape(id)}"], [data-called-by="${CSS.escape(id)}"] [data-call]`) ?? [])];
  const scrollTo = (id: string, which: number): void => {
    setHit({ id, within: which });
    scrollToMark(() => elementsOf(id), wanted, which);
  };
  /** Where typing looks from. */
  const anchor = useRef<string | null>(null);
  const goTo = (entry: Entry | undefined, which: number, typing: boolean): void => {
    if (!entry) return;
    if (!typing) anchor.current = entry.id;
    reveal(entry, typing);
    scrollTo(entry.id, which);
  };
  /** A step that was asked for before the answer came. */
  const waiting = useRef<1 | -1 | null>(null);
  const walk = (step: 1 | -1): void => {
    if (searching) {
      waiting.current = step;
      return;
    }
    const ranges = place < 0 || !current ? 0 : rangesIn(elementsOf(current.id), wanted).length;
    const next = placeAmong(within, ranges) + step;
    if (current && next >= 0 && next < ranges) scrollTo(current.id, next);
    else goTo(nextFound(all, found, current?.id ?? null, step), step === 1 ? 0 : -1, false);
  };
  const jump = (): void => {
    const from = all.find(({ id }) => id === anchor.current);
    const here = found.find(({ id }) => id === from?.id);
    goTo(here ?? nextFound(all, found, from?.id ?? null, 1), 0, true);
  };
  const latest = useRef({ walk, jump });
  useLayoutEffect(() => {
    latest.current = { walk, jump };
  });
  const jumped = useRef("");
  useEffect(() => {
    if (!shown || searching) return;
    if (jumped.current !== wanted) {
      jumped.current = wanted;
      latest.current.jump();
    }
    const step = waiting.current;
    waiting.current = null;
    // The jump is drawn first.
    if (step !== null) requestAnimationFrame(() => latest.current.walk(step));
  }, [shown, searching, wanted]);

  const [among, setAmong] = useState({ at: 0, of: 0 });
  // After each drawing: rows come and go with every scrolling.
  useEffect(() => {
    const root = shown ? scroller.current : null;
    const own = root && place >= 0 && current ? rangesIn(elementsOf(current.id), wanted) : [];
    const at = placeAmong(within, own.length);
    const here = own[at];
    if (keys) drawMarks(root ? rangesOf(root, wanted).filter((range) => !here || range.compareBoundaryPoints(Range.START_TO_START, here) !== 0) : []);
    if (keys) drawMarks(root && here ? [here] : [], "found-here");
    if (among.at === at && among.of === own.length) return;
    const frame = requestAnimationFrame(() => setAmong({ at, of: own.length }));
    return () => cancelAnimationFrame(frame);
  });
  useEffect(
    () => () => {
      drawMarks([]);
      drawMarks([], "found-here");
    },
    [],
  );
  return {
    shown,
    text,
    setText,
    input,
    count: found.length,
    place: place + 1,
    /** A message may hold what is looked for more than once. */
    detail: place >= 0 && among.of > 1 ? `hit ${among.at + 1} of ${among.of} in it` : "",
    searching,
    error: asked.error,
    open: () => {
      anchor.current = readingAt(scroller.current, current?.id ?? null);
      jumped.current = "";
      setShown(true);
      input.current?.focus();
      input.current?.select();
    },
    close: () => {
      setShown(false);
      scroller.current?.querySelector<HTMLElement>("[data-entry][tabindex='0']")?.focus();
    },
    walk,
  };
}

/** The entry that is read: the one in hand while it is in sight, else the first that is. */
function readingAt(scroller: HTMLElement | null, inHand: string | null): string | null {
  if (!scroller) return inHand;
  const { top, bottom } = scroller.getBoundingClientRect();
  const seen = [...scroller.querySelectorAll<HTMLElement>("[data-entry-id]")].filter((element) => {
    const box = element.getBoundingClientRect();
    return box.bottom > top && box.top < bottom;
  });
  const first = seen.toSorted((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top)[0];
  return seen.some(({ dataset }) => dataset.entryId === inHand) ? inHand : (first?.dataset.entryId ?? inHand);
}
