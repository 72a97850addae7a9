/** The messages as a list that is worked by keyboard: one entry is in hand, and what is far away is not drawn. */
import { clsx } from "clsx";
import { ArrowDown, ChevronDown } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, useState, type KeyboardEvent, type MouseEvent } from "react";
import { Button } from "../../components/ui/Button";
import { KeysOf } from "../../components/ui/Keys";
import rowStyles from "../../components/ui/rows.module.css";
import { Menu, MenuItem, MenuLine } from "../../components/ui/Menu";
import type { Conversation } from "../../contract/contract";
import { useConversationFeedback } from "../../data/conversation";
import { useItemScope } from "../../data/item";
import { useWholeTexts, wholeTextQuery, type ConversationRef } from "../../data/queries";
import { useFolds, useUi } from "../../data/ui";
import { useMediaQuery } from "../../components/useMediaQuery";
import { earlierOf, entriesOf, foldsAround, foldsOf, hiddenText, messageId, messageMarkdown, ROLE_NAMES, sideId, threadOf, wordsOf, type Entry } from "../../lib/conversation";
import { formatCount, plural } from "../../lib/format";
import { nestingOf } from "../../lib/nesting";
import { FindBar } from "../trace/FindBar";
import { ReadingContext, type Reading, type ReadingActions } from "./Blocks";
import { copy, copyAll, save } from "./copying";
import styles from "./conversation.module.css";
import { Edges, roomOf } from "./Edges";
import { EntryView } from "./EntryView";
import { Outline } from "./Outline";
import { SideHead } from "./SideHead";
import { useConversationCommands } from "./useConversationCommands";
import { useConversationFind } from "./useConversationFind";
import { useMessageList } from "./useMessageList";

export interface ConversationListProps {
  readonly of: ConversationRef;
  readonly conversation: Conversation;
  readonly hidden: boolean;
  readonly onHidden: (hidden: boolean) => void;
  readonly run: string | null;
  readonly onShowRun: (traceId: string, runId: string) => void;
  readonly pane?: ConversationPane | undefined;
}

interface ReaderProps extends ConversationListProps {
  /** The sub-agent that is read here, beside the conversation; without one this is the conversation. */
  readonly entered: number | null;
  /** A sub-agent is read beside this one. */
  readonly besides: boolean;
  /** Keys act here: of two that are read side by side, on the one that had the focus last. */
  readonly keys: boolean;
  readonly onTouch: () => void;
  /** Reads a sub-agent beside the conversation. */
  readonly onEnter: (runId: string) => void;
  readonly onLeave: () => void;
}

export interface ConversationPane {
  /** A message came in hand: the turn and the run that it is of. */
  readonly onInHand: (place: { readonly traceId: string; readonly runId: string; readonly turn: number } | null) => void;
}

const NOTHING_OPEN: ReadonlySet<string> = new Set();
/** Below this width the outline would take the room of the messages. */
const WIDE = "(min-width: 1100px)";

export function Reader({ of, conversation, hidden, onHidden, run, onShowRun, pane, entered, besides, keys, onTouch, onEnter, onLeave }: ReaderProps) {
  const wholeName = `conversation ${JSON.stringify(of)}`;
  // Known by its run: indexes of side threads move while more of them come in.
  const name = entered === null ? wholeName : `${wholeName} ${conversation.side_threads[entered]?.run_id}`;
  // Unlike the folds of a tree, these name what is open. A sub-agent that is read beside has its own: what finding opens in it stays as it is in the conversation.
  const open = useFolds((state) => state.folds[name]) ?? NOTHING_OPEN;
  const setFolds = useFolds((state) => state.setFolds);
  const isOpen = useCallback((id: string) => open.has(id), [open]);
  const toggle = useCallback((id: string) => setFolds(name, (set) => void (set.delete(id) || set.add(id))), [name, setFolds]);
  // Beside a rubric nothing of what is judged is out of sight.
  const earlier = useMemo(() => (pane === undefined && entered === null ? earlierOf(conversation) : null), [pane, entered, conversation]);
  const entries = useMemo(() => entriesOf(conversation, isOpen, entered, earlier), [conversation, isOpen, entered, earlier]);
  const nesting = useMemo(() => nestingOf(conversation, entries, entered), [conversation, entries, entered]);
  const showRun = useCallback(
    (turn: number, runId: string) => {
      const traceId = conversation.turns[turn]?.trace_id;
      if (traceId !== undefined) onShowRun(traceId, runId);
    },
    [conversation, onShowRun],
  );
  const scope = useItemScope();
  const openDialog = useUi((state) => state.open);
  const actions = useMemo((): ReadingActions | null => {
    if (scope !== null) return null;
    return {
      showPrompt: (turn, runId, changes = false) => {
        const traceId = conversation.turns[turn]?.trace_id;
        if (traceId !== undefined) openDialog({ name: "prompt", prompt: { of, hidden, traceId, runId }, changes });
      },
      judge: (side, index) => {
        const message = threadOf(conversation, side)[index];
        const traceId = message && conversation.turns[message.turn]?.trace_id;
        if (!message || traceId === undefined) return;
        openDialog({ name: "feedback", target: { type: "run", trace_id: traceId, run_id: message.run_id }, message: { path: message.path, hash: message.hash } });
      },
      enter: (side) => {
        const started = conversation.side_threads[side];
        if (!started) return;
        // It is not read twice: in its place it is folded to its line.
        if (entered === null) setFolds(name, (set) => void set.delete(sideId(side)));
        onEnter(started.run_id);
      },
    };
  }, [scope, conversation, of, hidden, openDialog, onEnter, entered, name, setFolds]);
  const feedback = useConversationFeedback(of, scope === null).data ?? NO_FEEDBACK;
  const judged = useMemo(() => (pane === undefined ? null : answerOf(conversation)), [pane, conversation]);
  const reading = useMemo(
    (): Reading => ({ judged, of, hidden, conversation, isOpen, toggle, showRun, readText: (number) => wholeTextQuery(scope, of, hidden, conversation.stamp, number), actions, feedback }),
    [judged, of, hidden, conversation, isOpen, toggle, showRun, scope, actions, feedback],
  );
  const whole = useWholeTexts(of, hidden, conversation.stamp);

  const list = useMessageList(name, conversation, entries, { run, setFolds, quiet: pane !== undefined, last: pane === undefined && !("trace_id" in of), entered });
  const { active, moveTo, moveBy, scroller, virtualizer, news } = list;
  const current = entries[active];
  /** What typing opened on its way. */
  const opened = useRef<readonly string[]>([]);
  const find = useConversationFind({ of, hidden, conversation, entered, scroller, keys }, current, (entry, typing) => {
    const closing = typing ? opened.current : [];
    const needed = foldsAround(conversation, entry);
    opened.current = typing ? needed.filter((id) => !open.has(id) || closing.includes(id)) : [];
    setFolds(name, (set) => {
      closing.forEach((id) => set.delete(id));
      needed.forEach((id) => set.add(id));
    });
    list.moveToId(entry.id, false);
  });

  const openCurrent = (): void => {
    if (current?.kind === "side") toggle(current.id);
    if (current?.kind === "error" || current?.kind === "earlier") toggle(current.id);
    if (current?.kind === "turn") showCurrent();
    if (current?.kind !== "message") return;
    const message = threadOf(conversation, current.side)[current.index];
    const folds = message ? foldsOf(current.id, message) : [];
    const closing = folds.every((id) => open.has(id));
    setFolds(name, (set) => folds.forEach((id) => (closing ? set.delete(id) : set.add(id))));
  };
  const showCurrent = (): void => {
    if (current?.kind === "turn" || current?.kind === "error") {
      const root = conversation.turns[current.turn]?.root_run_id;
      if (root) showRun(current.turn, root);
    } else if (current?.kind === "earlier") {
      const root = conversation.turns[0]?.root_run_id;
      if (root) showRun(0, root);
    } else if (current?.kind === "side") {
      const side = conversation.side_threads[current.side];
      if (side) showRun(side.turn, side.run_id);
    } else if (current) {
      const message = threadOf(conversation, current.side)[current.index];
      if (message) showRun(message.turn, message.run_id);
    }
  };
  const copyCurrent = async (markdown: boolean): Promise<void> => {
    const error = current?.kind === "error" ? (conversation.turns[current.turn]?.error ?? null) : null;
    if (error !== null) await copy(() => whole(error), "Error copied");
    if (current?.kind !== "message") return;
    const thread = threadOf(conversation, current.side);
    const message = thread[current.index];
    if (!message) return;
    await copy(() => (markdown ? messageMarkdown(message, thread, whole) : wordsOf(message, whole)), "Message copied");
  };
  const jumpTurn = (step: 1 | -1): void => {
    // Its head stands at the top, so that something of the turn is seen.
    for (let at = active + step; at >= 0 && at < entries.length; at += step) if (entries[at]?.kind === "turn") return moveTo(at, true);
  };
  const enterCurrent = (): void => {
    if (current?.kind === "side") actions?.enter(current.side);
    else if (current?.kind === "message") {
      const calls = threadOf(conversation, current.side)[current.index]?.blocks.flatMap((block) => (block.type === "tool_calls" ? block.calls : [])) ?? [];
      const side = calls.flatMap((call) => call.side_threads)[0];
      if (side !== undefined) actions?.enter(side);
    }
  };
  const promptOfCurrent = (): void => {
    const message = current?.kind === "message" ? threadOf(conversation, current.side)[current.index] : undefined;
    if (message && ((message.role === "ai" && message.produced) || message.system_changed)) actions?.showPrompt(message.turn, message.run_id, message.system_changed);
  };
  const inHand = current?.kind === "message" ? threadOf(conversation, current.side)[current.index] : undefined;
  const inHandTurn = current?.kind === "turn" || current?.kind === "error" ? current.turn : inHand?.turn;
  const inHandRun = inHand?.run_id ?? (inHandTurn === undefined ? undefined : (conversation.turns[inHandTurn]?.root_run_id ?? undefined));
  const onInHand = pane?.onInHand;
  useEffect(() => {
    const traceId = inHandTurn === undefined ? undefined : conversation.turns[inHandTurn]?.trace_id;
    onInHand?.(traceId === undefined || inHandRun === undefined || inHandTurn === undefined ? null : { traceId, runId: inHandRun, turn: inHandTurn });
  }, [onInHand, conversation, inHandTurn, inHandRun]);
  // Beside a rubric there is no outline: the turn at the top of what is seen is told instead.
  const top = virtualizer.getVirtualItems().find(({ end }) => end > (virtualizer.scrollOffset ?? 0) + TURN_HEAD);
  const turnShown = pane === undefined || conversation.turns.length < 2 ? null : turnOf(conversation, entries[top?.index ?? 0]);
  const wide = useMediaQuery(WIDE);
  const [outline, setOutline] = useState(true);
  const outlined = wide && pane === undefined && entered === null && !besides && conversation.turns.length > 1;
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
    copyAll: () => void copyAll(of, hidden, "markdown"),
    copyData: () => void copyAll(of, hidden, "json"),
    save: () => void save(of, hidden, "markdown"),
    saveData: () => void save(of, hidden, "json"),
    focus: () => (entered === null && !besides ? list.moveTo(active) : onLeave()),
    open: openCurrent,
    prompt: promptOfCurrent,
    judge: () => current?.kind === "message" && actions?.judge(current.side, current.index),
    enter: enterCurrent,
    toggleOutline: () => setOutline(!outline),
    last: news.show,
    output: () => judged !== null && list.moveToId(judged, true, true),
  }, pane !== undefined, !("trace_id" in of), keys);
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = root.current;
    element?.addEventListener("focusin", onTouch);
    element?.addEventListener("pointerdown", onTouch);
    return () => {
      element?.removeEventListener("focusin", onTouch);
      element?.removeEventListener("pointerdown", onTouch);
    };
  }, [onTouch]);
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
      <div ref={root} className={clsx(styles.column, entered !== null && styles.beside)}>
        {entered === null ? (
          <div className={styles.bar}>
            <span className={styles.count}>
              {turnShown === null ? null : (
                <>
                  <b>
                    turn {formatCount(turnShown + 1)} of {formatCount(conversation.turns.length)}
                  </b>{" "}
                  <KeysOf command="item.previous_turn" /> <KeysOf command="item.next_turn" />{" · "}
                </>
              )}
              {plural(messages, "message")}
              {turnShown === null && conversation.turns.length > 1 ? `, ${plural(conversation.turns.length, "turn")}` : ""}
              {conversation.side_threads.length > 0 ? `, ${plural(conversation.side_threads.length, "sub-agent")}` : ""}
            </span>
            {hiddenRuns === null ? null : (
              <Button aria-pressed={hidden} title="Show or hide what is not part of the conversation" onClick={() => onHidden(!hidden)}>
                {hiddenRuns}
                <KeysOf command="messages.hidden" />
              </Button>
            )}
            <span className={styles.tools}>
              {judged === null || conversation.turns.length < 2 ? null : (
                <Button data-command="item.output" onClick={() => list.moveToId(judged, true, true)}>
                  Judged output
                  <KeysOf command="item.output" />
                </Button>
              )}
              <Button onClick={find.open}>
                Find
                <KeysOf command={pane ? "item.find" : "messages.find"} />
              </Button>
              {outlined ? (
                <Button aria-pressed={outline} onClick={() => setOutline(!outline)}>
                  Outline
                  <KeysOf command="messages.outline" />
                </Button>
              ) : null}
              {pane ? null : (
                <>
                  <Menu
                    trigger={
                      <Button>
                        Copy or save as
                        <ChevronDown size={12} aria-hidden />
                      </Button>
                    }
                  >
                    <MenuItem onSelect={() => void copyAll(of, hidden, "markdown")}>Copy as Markdown</MenuItem>
                    <MenuItem onSelect={() => void copyAll(of, hidden, "json")}>Copy as JSON</MenuItem>
                    <MenuLine />
                    <MenuItem onSelect={() => void save(of, hidden, "markdown")}>Save as Markdown</MenuItem>
                    <MenuItem onSelect={() => void save(of, hidden, "json")}>Save as JSON</MenuItem>
                  </Menu>
                  <Button onClick={() => void save(of, hidden, "markdown")}>
                    Save transcript
                    <KeysOf command="messages.save" />
                  </Button>
                </>
              )}
            </span>
          </div>
        ) : (
          <SideHead side={entered} onFind={find.open} onLeave={onLeave} />
        )}
        {find.shown ? <FindBar find={find} label="Find in the conversation" placeholder="Find in messages, thoughts, arguments and results" /> : null}
        <div className={styles.middle}>
          <div className={styles.reader}>
            <div ref={scroller} className={clsx(rowStyles.scroller, styles.scroller)} data-conversation>
              {/* The articles of a feed take the focus one by one, and their keys act on the feed (ARIA authoring practices, feed). */}
              {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
              <div className={styles.list} role="feed" aria-label={entered === null ? "Messages" : `Sub-agent ${conversation.side_threads[entered]?.label ?? ""}`} aria-busy={false} style={{ height: virtualizer.getTotalSize() }} onKeyDown={onKeyDown} onClick={onClick}>
                {virtualizer.getVirtualItems().map(({ index, start }) => {
                  const entry = entries[index];
                  if (!entry) return null;
                  return (
                    <article
                      key={entry.id}
                      ref={virtualizer.measureElement}
                      data-index={index}
                      data-entry={index}
                      data-entry-id={entry.id}
                      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
                      tabIndex={index === active ? 0 : -1}
                      aria-posinset={index + 1}
                      aria-setsize={entries.length}
                      aria-label={labelOf(conversation, entry)}
                      aria-current={index === active || undefined}
                      className={clsx(styles.entry, index === active && styles.active)}
                      data-called-by={entry.kind === "side" ? (nesting.levels[index]?.at(-1)?.owner ?? undefined) : undefined}
                      style={{ transform: `translateY(${start}px)`, ...roomOf(nesting.levels[index] ?? []).style }}
                    >
                      <Edges levels={nesting.levels[index] ?? []} />
                      <EntryView entry={entry} goesOn={nesting.goOn.has(entry.id)} />
                    </article>
                  );
                })}
              </div>
            </div>
            {news.count > 0 ? (
              <button type="button" className={styles.news} onClick={news.show}>
                <ArrowDown size={13} aria-hidden />
                {formatCount(news.count)} new
              </button>
            ) : null}
          </div>
          {outlined && outline ? <Outline conversation={conversation} turn={inHandTurn} onTurn={(turn) => list.moveToId(`turn ${turn}`, true, true)} /> : null}
        </div>
        <span className={styles.spoken} role="status">
          {news.count > 0 ? `${plural(news.count, "new message")} below` : ""}
        </span>
      </div>
    </ReadingContext>
  );
}

/** As much of an entry may stand above the edge before the next one counts as the first that is seen. */
const TURN_HEAD = 24;

/** What is judged of a conversation: its last answer. */
function answerOf({ messages }: Conversation): string | null {
  const at = messages.findLastIndex(({ role, hidden }) => role === "ai" && hidden === null);
  return at < 0 ? null : messageId(null, at);
}

function turnOf(conversation: Conversation, entry: Entry | undefined): number {
  if (entry === undefined) return 0;
  if (entry.kind === "turn" || entry.kind === "error") return entry.turn;
  if (entry.kind === "earlier") return 0;
  return (entry.kind === "side" ? conversation.side_threads[entry.side]?.turn : threadOf(conversation, entry.side)[entry.index]?.turn) ?? 0;
}

const NO_FEEDBACK: Reading["feedback"] = new Map();

function labelOf(conversation: Conversation, entry: Entry): string {
  if (entry.kind === "turn") return `Turn ${entry.turn + 1} ${conversation.turns[entry.turn]?.name ?? ""}`;
  if (entry.kind === "earlier") return `${plural(entry.messages, "message")} from before`;
  if (entry.kind === "error") return `Error of turn ${entry.turn + 1}`;
  if (entry.kind === "side") return `Sub-agent ${conversation.side_threads[entry.side]?.label ?? ""}`;
  const message = threadOf(conversation, entry.side)[entry.index];
  return message ? `${ROLE_NAMES[message.role]} message` : "Message";
}
