import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { Conversation } from "../../contract/contract";
import { useFoundInConversation } from "../../data/conversation";
import { useItemScope } from "../../data/item";
import type { ConversationRef } from "../../data/queries";
import { entriesOf, entryIdOf, searchText, type Entry } from "../../lib/conversation";
import { useSettled } from "../trace/useSettled";

interface Asked {
  readonly of: ConversationRef;
  readonly hidden: boolean;
  readonly conversation: Conversation;
  /** The sub-agent that is read by itself. */
  readonly entered: number | null;
}

/**
 * Finding looks at everything, whether it is open, folded or cut; walking to a match opens what hides it. The core looks
 * through whole texts; what a queue lets be seen of an item is looked through here.
 */
export function useConversationFind({ of, hidden, conversation, entered }: Asked, current: Entry | undefined, reveal: (entry: Entry, wanted: string) => void) {
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
    const ids = new Set(places?.map(entryIdOf));
    return all.filter(({ id }) => ids.has(id));
  }, [masked, wanted, all, conversation, places]);
  const matches = useMemo(() => new Set(found.map(({ id }) => id)), [found]);
  const place = found.findIndex(({ id }) => id === current?.id);
  const searching = now !== wanted || (!masked && asked.isFetching);
  useEffect(() => {
    if (!shown) return;
    input.current?.focus();
    input.current?.select();
  }, [shown]);
  /** A step that was asked for before the answer came. */
  const waiting = useRef<1 | -1 | null>(null);
  const walk = (step: 1 | -1): void => {
    if (searching) {
      waiting.current = step;
      return;
    }
    const at = found.findIndex(({ id }) => id === current?.id);
    const entry = found[at < 0 ? (step === 1 ? 0 : found.length - 1) : (at + step + found.length) % found.length];
    if (entry) reveal(entry, wanted);
  };
  const latest = useRef(walk);
  useLayoutEffect(() => {
    latest.current = walk;
  });
  useEffect(() => {
    const step = waiting.current;
    if (searching || step === null) return;
    waiting.current = null;
    latest.current(step);
  }, [searching]);
  return {
    shown,
    /** What is looked for, in lower case. */
    wanted,
    text,
    setText,
    input,
    matches,
    count: found.length,
    place: place + 1,
    searching,
    error: asked.error,
    open: () => {
      setShown(true);
      input.current?.focus();
      input.current?.select();
    },
    close: () => {
      setShown(false);
      document.querySelector<HTMLElement>("[data-entry][tabindex='0']")?.focus();
    },
    walk,
  };
}
