/** The messages as a list that is worked by keyboard: one entry is in hand, and what is far away is not drawn. */
import { defaultRangeExtractor, useVirtualizer, type Range } from "@tanstack/react-virtual";
import { clsx } from "clsx";
import { useCallback, useDeferredValue, useEffect, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent, type MouseEvent } from "react";
import { toast } from "sonner";
import { Button } from "../../components/ui/Button";
import { KeysOf } from "../../components/ui/Keys";
import rowStyles from "../../components/ui/rows.module.css";
import type { Conversation } from "../../contract/contract";
import { exportConversation, useWholeTexts, type ConversationRef } from "../../data/queries";
import { useFolds, usePlaceNames } from "../../data/ui";
import { entriesOf, entryOfRun, foldsOf, hiddenText, messageMarkdown, ROLE_NAMES, searchText, sidesAbove, threadOf, wordsOf, type Entry } from "../../lib/conversation";
import { plural } from "../../lib/format";
import { saveText } from "../../lib/save";
import { FindBar } from "../trace/FindBar";
import { ReadingContext, type Reading } from "./Blocks";
import styles from "./conversation.module.css";
import { EntryView } from "./EntryView";
import { useConversationCommands } from "./useConversationCommands";

interface ConversationListProps {
  readonly of: ConversationRef;
  readonly conversation: Conversation;
  readonly hidden: boolean;
  readonly onHidden: (hidden: boolean) => void;
  readonly run: string | null;
  readonly onShowRun: (traceId: string, runId: string) => void;
  readonly pane?: ConversationPane | undefined;
}

export interface ConversationPane {
  /** A message came in hand: the turn and the run that it is of. */
  readonly onInHand: (place: { readonly traceId: string; readonly runId: string; readonly turn: number } | null) => void;
}

const NOTHING_OPEN: ReadonlySet<string> = new Set();

export function ConversationList({ of, conversation, hidden, onHidden, run, onShowRun, pane }: ConversationListProps) {
  const name = `conversation ${JSON.stringify(of)}`;
  // Unlike the folds of a tree, these name what is open.
  const open = useFolds((state) => state.folds[name]) ?? NOTHING_OPEN;
  const setFolds = useFolds((state) => state.setFolds);
  const isOpen = useCallback((id: string) => open.has(id), [open]);
  const toggle = useCallback((id: string) => setFolds(name, (set) => void (set.delete(id) || set.add(id))), [name, setFolds]);
  const entries = useMemo(() => entriesOf(conversation, isOpen), [conversation, isOpen]);
  const showRun = useCallback(
    (turn: number, runId: string) => {
      const traceId = conversation.turns[turn]?.trace_id;
      if (traceId !== undefined) onShowRun(traceId, runId);
    },
    [conversation, onShowRun],
  );
  const reading = useMemo((): Reading => ({ of, hidden, conversation, isOpen, toggle, showRun }), [of, hidden, conversation, isOpen, toggle, showRun]);
  const whole = useWholeTexts(of, hidden, conversation.stamp);

  const list = useMessageList(name, conversation, entries, run, setFolds, pane !== undefined);
  const { active, moveTo, moveBy, scroller, virtualizer } = list;
  const current = entries[active];
  const find = useConversationFind(conversation, current, (entry) => {
    if (entry.kind !== "turn") {
      const message = entry.kind === "message" ? threadOf(conversation, entry.side)[entry.index] : undefined;
      const above = entry.kind === "message" ? sidesAbove(conversation, entry.side) : sidesAbove(conversation, conversation.side_threads[entry.side]?.parent ?? null);
      setFolds(name, (set) => [...above, ...(message ? foldsOf(entry.id, message) : [])].forEach((id) => set.add(id)));
    }
    list.moveToId(entry.id, false);
  });

  const openCurrent = (): void => {
    if (current?.kind === "side") toggle(current.id);
    if (current?.kind === "turn") showCurrent();
    if (current?.kind !== "message") return;
    const message = threadOf(conversation, current.side)[current.index];
    const folds = message ? foldsOf(current.id, message) : [];
    const closing = folds.every((id) => open.has(id));
    setFolds(name, (set) => folds.forEach((id) => (closing ? set.delete(id) : set.add(id))));
  };
  const showCurrent = (): void => {
    if (current?.kind === "turn") {
      const root = conversation.turns[current.turn]?.root_run_id;
      if (root) showRun(current.turn, root);
    } else if (current?.kind === "side") {
      const side = conversation.side_threads[current.side];
      if (side) showRun(side.turn, side.run_id);
    } else if (current) {
      const message = threadOf(conversation, current.side)[current.index];
      if (message) showRun(message.turn, message.run_id);
    }
  };
  const copyCurrent = async (markdown: boolean): Promise<void> => {
    if (current?.kind !== "message") return;
    const thread = threadOf(conversation, current.side);
    const message = thread[current.index];
    if (!message) return;
    await copy(() => (markdown ? messageMarkdown(message, thread, whole) : wordsOf(message, whole)), "Message copied");
  };
  const jumpTurn = (step: 1 | -1): void => {
    for (let at = active + step; at >= 0 && at < entries.length; at += step) if (entries[at]?.kind === "turn") return moveTo(at);
  };
  const inHand = current?.kind === "message" ? threadOf(conversation, current.side)[current.index] : undefined;
  const inHandTurn = current?.kind === "turn" ? current.turn : inHand?.turn;
  const inHandRun = inHand?.run_id ?? (inHandTurn === undefined ? undefined : (conversation.turns[inHandTurn]?.root_run_id ?? undefined));
  const onInHand = pane?.onInHand;
  useEffect(() => {
    const traceId = inHandTurn === undefined ? undefined : conversation.turns[inHandTurn]?.trace_id;
    onInHand?.(traceId === undefined || inHandRun === undefined || inHandTurn === undefined ? null : { traceId, runId: inHandRun, turn: inHandTurn });
  }, [onInHand, conversation, inHandTurn, inHandRun]);
  const hiddenRuns = hiddenText(conversation.turns, hidden ? "shown" : "hidden");
  useConversationCommands({
    next: () => moveBy(1),
    previous: () => moveBy(-1),
    nextTurn: () => jumpTurn(1),
    previousTurn: () => jumpTurn(-1),
    showRun: showCurrent,
    toggleHidden: () => hiddenRuns !== null && onHidden(!hidden),
    find: find.open,
    copy: () => void copyCurrent(false),
    copyMarkdown: () => void copyCurrent(true),
    copyAll: () => void copy(async () => (await exportConversation(of, hidden)).markdown, "Transcript copied"),
    save: () => void save(of, hidden),
    focus: () => list.moveTo(active),
    open: openCurrent,
  }, pane !== undefined);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.target instanceof HTMLElement) || !event.target.matches("[data-entry]")) return;
    const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, Home: -entries.length, End: entries.length };
    const step = steps[event.key];
    if (event.key === "Enter") openCurrent();
    else if (step !== undefined) moveBy(step);
    else return;
    event.preventDefault();
  };
  const onClick = (event: MouseEvent): void => {
    const target = event.target instanceof Element ? event.target : null;
    const at = Number(target?.closest<HTMLElement>("[data-entry]")?.dataset.entry ?? -1);
    // Neither a selection of text nor a button loses what it has.
    if (at >= 0 && !target?.closest("button, a") && getSelection()?.isCollapsed !== false) moveTo(at);
    else if (at >= 0) list.setActive(at);
  };
  const messages = conversation.messages.length + conversation.side_threads.reduce((sum, side) => sum + side.messages.length, 0);
  return (
    <ReadingContext value={reading}>
      <div className={styles.bar}>
        <span className={styles.count}>
          {plural(messages, "message")}
          {conversation.turns.length > 1 ? `, ${plural(conversation.turns.length, "turn")}` : ""}
          {conversation.side_threads.length > 0 ? `, ${plural(conversation.side_threads.length, "sub-agent")}` : ""}
        </span>
        {hiddenRuns === null ? null : (
          <Button aria-pressed={hidden} title="Show or hide what is not part of the conversation" onClick={() => onHidden(!hidden)}>
            {hiddenRuns}
            <KeysOf command="messages.hidden" />
          </Button>
        )}
        <span className={styles.tools}>
          <Button onClick={find.open}>
            Find
            <KeysOf command={pane ? "item.find" : "messages.find"} />
          </Button>
          {pane ? null : (
            <>
              <Button onClick={() => void copy(async () => (await exportConversation(of, hidden)).markdown, "Transcript copied")}>Copy as Markdown</Button>
              <Button onClick={() => void save(of, hidden)}>
                Save transcript
                <KeysOf command="messages.save" />
              </Button>
            </>
          )}
        </span>
      </div>
      {find.shown ? <FindBar find={find} label="Find in the conversation" placeholder="Find in messages, thoughts, arguments and results" /> : null}
      <div ref={scroller} className={clsx(rowStyles.scroller, styles.scroller)} data-conversation>
        {/* The articles of a feed take the focus one by one, and their keys act on the feed (ARIA authoring practices, feed). */}
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
        <div className={styles.list} role="feed" aria-label="Messages" aria-busy={false} style={{ height: virtualizer.getTotalSize() }} onKeyDown={onKeyDown} onClick={onClick}>
          {virtualizer.getVirtualItems().map(({ index, start }) => {
            const entry = entries[index];
            if (!entry) return null;
            return (
              <article
                key={entry.id}
                ref={virtualizer.measureElement}
                data-index={index}
                data-entry={index}
                // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
                tabIndex={index === active ? 0 : -1}
                aria-posinset={index + 1}
                aria-setsize={entries.length}
                aria-label={labelOf(conversation, entry)}
                aria-current={index === active || undefined}
                className={clsx(styles.entry, index === active && styles.active, find.shown && find.matches.has(entry.id) && styles.match)}
                style={{ transform: `translateY(${start}px)`, paddingLeft: `${16 + Math.min(entry.depth, 6) * 20}px` }}
              >
                <EntryView entry={entry} />
              </article>
            );
          })}
        </div>
      </div>
    </ReadingContext>
  );
}

function labelOf(conversation: Conversation, entry: Entry): string {
  if (entry.kind === "turn") return `Turn ${entry.turn + 1} ${conversation.turns[entry.turn]?.name ?? ""}`;
  if (entry.kind === "side") return `Sub-agent ${conversation.side_threads[entry.side]?.label ?? ""}`;
  const message = threadOf(conversation, entry.side)[entry.index];
  return message ? `${ROLE_NAMES[message.role]} message` : "Message";
}

async function copy(text: () => Promise<string>, done: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(await text());
    toast.success(done);
  } catch (error) {
    toast.error(error instanceof Error ? error.message : "Copying failed.");
  }
}

async function save(of: ConversationRef, hidden: boolean): Promise<void> {
  try {
    const { title, markdown } = await exportConversation(of, hidden);
    saveText(`${title.replace(/[^\p{L}\p{N}._-]+/gu, "-").slice(0, 80)}.md`, markdown);
  } catch (error) {
    toast.error(error instanceof Error ? error.message : "The transcript could not be written.");
  }
}

/** The virtual list and the entry in hand, which is remembered by its id while other screens are shown. */
function useMessageList(name: string, conversation: Conversation, entries: readonly Entry[], run: string | null, setFolds: (name: string, change: (open: Set<string>) => void) => void, quiet: boolean) {
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
    if (entry) setFolds(name, (set) => sidesAbove(conversation, entry.side).forEach((id) => set.add(id)));
    // Beside a rubric the last turn is what is judged, and the focus is not its own.
    const last = quiet ? entries.findLast(({ kind }) => kind === "turn")?.id : undefined;
    const id = entry?.id ?? place ?? last ?? entries[0]?.id;
    if (id !== undefined) moveToId(id, !quiet, quiet && !entry && place === null);
  }, [run, conversation, entries, name, place, moveToId, setFolds, quiet]);
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
    (index: number): void => {
      const entry = entries[Math.min(Math.max(index, 0), entries.length - 1)];
      if (entry) moveToId(entry.id);
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
  return { scroller, virtualizer, active, moveTo, moveBy, moveToId, setActive };
}

function foundIn(texts: readonly { readonly entry: Entry; readonly text: string }[], wanted: string): Entry[] {
  return wanted === "" ? [] : texts.filter(({ text }) => text.includes(wanted)).map(({ entry }) => entry);
}

/** Finding looks at everything, whether it is open or not; walking to a match opens what hides it. */
function useConversationFind(conversation: Conversation, current: Entry | undefined, reveal: (entry: Entry) => void) {
  const [shown, setShown] = useState(false);
  const [text, setText] = useState("");
  const input = useRef<HTMLInputElement>(null);
  const wanted = useDeferredValue(text.trim().toLowerCase());
  const texts = useMemo(() => (shown ? entriesOf(conversation, () => true).map((entry) => ({ entry, text: searchText(conversation, entry) })) : []), [shown, conversation]);
  const found = useMemo(() => foundIn(texts, wanted), [texts, wanted]);
  const matches = useMemo(() => new Set(found.map(({ id }) => id)), [found]);
  const place = found.findIndex(({ id }) => id === current?.id);
  useEffect(() => {
    if (!shown) return;
    input.current?.focus();
    input.current?.select();
  }, [shown]);
  return {
    shown,
    text,
    setText,
    input,
    matches,
    count: found.length,
    place: place + 1,
    searching: wanted !== text.trim().toLowerCase(),
    error: null,
    open: () => {
      setShown(true);
      input.current?.focus();
      input.current?.select();
    },
    close: () => {
      setShown(false);
      document.querySelector<HTMLElement>("[data-entry][tabindex='0']")?.focus();
    },
    walk: (step: 1 | -1) => {
      // What was typed just now may not have been drawn yet.
      const now = text.trim().toLowerCase();
      const all = now === wanted ? found : foundIn(texts, now);
      const at = all.findIndex(({ id }) => id === current?.id);
      const entry = all[at < 0 ? (step === 1 ? 0 : all.length - 1) : (at + step + all.length) % all.length];
      if (entry) reveal(entry);
    },
  };
}
