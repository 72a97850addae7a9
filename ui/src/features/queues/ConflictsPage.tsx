/** Where reviewers disagree: all answers side by side, a letter to take one, or an answer of one's own by its digits. */
import { getRouteApi } from "@tanstack/react-router";
import { clsx } from "clsx";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { Group, Panel, Separator } from "react-resizable-panels";
import { toast } from "sonner";
import { useQueryClient } from "@tanstack/react-query";
import { useCommands, type Command } from "../../commands/registry";
import { EmptyState, ErrorState } from "../../components/States";
import { Button } from "../../components/ui/Button";
import { KeysOf, useKeyText } from "../../components/ui/Keys";
import rowStyles from "../../components/ui/rows.module.css";
import tableStyles from "../../components/table/table.module.css";
import { useLatest } from "../../components/useLatest";
import { useMediaQuery } from "../../components/useMediaQuery";
import type { Answer, GivenAnswer, ItemAnswers, QueueCounts, QueueDetail } from "../../contract/contract";
import { keys } from "../../data/keys";
import { useItemAnswers, useItemList, useQueue } from "../../data/review";
import { SESSION } from "../../data/session";
import { formatTime, plural } from "../../lib/format";
import { answersLine, NOTE, rubricOf, shortAnswer, toWire } from "../../lib/review/answers";
import { lettersOf } from "../../lib/review/letters";
import { optionsOf } from "../../lib/review/rubric";
import { EMPTY_SHEET, reduceSheet, type Sheet, type SheetAction } from "../../lib/review/sheet";
import { platform } from "../../platform";
import { ItemView } from "../review/ItemView";
import { useHeldBack } from "../review/LargeItem";
import reviewStyles from "../review/review.module.css";
import { KeyCard } from "../review/rubric/KeyCard";
import { viewsOf, type ItemView as View } from "../review/target";
import { refusalText } from "../review/useReview";
import { QueueTabs } from "./QueueTabs";
import { useUndoStep } from "./useUndoStep";
import styles from "./queues.module.css";

const route = getRouteApi("/queues/$queueId/conflicts");
const STACKED = "(max-width: 1000px)";

export function ConflictsPage() {
  const { queueId } = route.useParams();
  const queue = useQueue(queueId);
  const [at, setAt] = useState(0);
  const list = useMemo(() => ({ queue_id: queueId, filter: "in_conflict" as const }), [queueId]);
  const items = useItemList(list, at, at + 1);
  const row = items.rowAt(Math.min(at, Math.max((items.total ?? 1) - 1, 0)));
  const answers = useItemAnswers(queueId, row?.id ?? null);
  const error = queue.error ?? items.error ?? answers.error;
  const total = items.total ?? 0;
  const commands = useMemo(
    (): Command[] => [
      { id: "conflict.next", title: "Next conflict", group: "Review", shortcut: "ArrowRight", run: () => setAt((before) => Math.min(before + 1, Math.max(total - 1, 0))) },
      { id: "conflict.previous", title: "Previous conflict", group: "Review", shortcut: "ArrowLeft", run: () => setAt((before) => Math.max(before - 1, 0)) },
    ],
    [total],
  );
  useCommands(commands);
  // Of a conflict that is half decided, nothing is saved: there the last key is taken back, not a step before it.
  const openAgainRef = useRef<() => boolean>(() => false);
  const undo = useUndoStep(UNDO, queueId, useCallback(() => openAgainRef.current(), []));
  const [decided, setDecided] = useState<string | null>(null);
  const onDecided = useCallback((words: string) => setDecided(words), []);
  return (
    <div className={rowStyles.page}>
      <div className={clsx(tableStyles.bar, styles.tabBar)}>
        <h1 className={tableStyles.title}>{queue.data?.row.name ?? "Queue"}</h1>
        <QueueTabs queueId={queueId} name={queue.data?.row.name ?? "the queue"} current="conflicts" />
        <span className={tableStyles.count}>{items.total === null ? "" : items.total === 0 ? "no conflicts" : `${Math.min(at, total - 1) + 1} of ${plural(total, "conflict")}`}</span>
        {total > 1 ? (
          <span className={styles.legendOption}>
            <KeysOf command="conflict.previous" />
            <KeysOf command="conflict.next" />
          </span>
        ) : null}
      </div>
      {error ? (
        <ErrorState title="The conflicts could not be read" error={error} onRetry={() => void Promise.all([queue.refetch(), answers.refetch()]).then(items.retry)} />
      ) : items.total === 0 ? (
        decided === null ? (
          <EmptyState title="No open conflicts">{agreementText(queue.data?.row.counts)}</EmptyState>
        ) : (
          <EmptyState title="All conflicts decided">
            Last: {decided}. <KeysOf command={UNDO} /> takes it back.
          </EmptyState>
        )
      ) : answers.data && queue.data ? (
        <Conflict key={answers.data.item.row.id} queue={queue.data} answers={answers.data} undo={undo} openAgainRef={openAgainRef} onDecided={onDecided} />
      ) : null}
    </div>
  );
}

/** Agreement is only said of items that have enough reviews. */
function agreementText(counts: QueueCounts | undefined): string {
  if (counts === undefined) return "";
  if (counts.completed > 0) return "Where enough have reviewed an item, they agree or the conflict is decided.";
  return counts.needs_others > 0 ? `No item has enough reviews yet; ${plural(counts.needs_others, "item")} of yours wait for another reviewer.` : "No item has enough reviews yet.";
}

const UNDO = "conflict.undo";

/** Answers to one key, one of which can be adopted. */
interface Row {
  readonly key: string;
  readonly given: readonly GivenAnswer[];
}

interface ConflictProps {
  readonly queue: QueueDetail;
  readonly answers: ItemAnswers;
  readonly undo: () => void;
  /** Holds what opens the key again that was decided last; `false` where none is. */
  readonly openAgainRef: { current: () => boolean };
  readonly onDecided: (words: string) => void;
}

function Conflict({ queue, answers, undo, openAgainRef, onDecided }: ConflictProps) {
  const { item, conflicts } = answers;
  const client = useQueryClient();
  const stacked = useMediaQuery(STACKED);
  const rubric = useMemo(() => rubricOf(queue), [queue]);
  const rows = useMemo((): Row[] => conflicts.map((key) => ({ key, given: answers.answers.filter((given) => given.answer.key === key && !given.adjudicator) })), [conflicts, answers.answers]);
  const [decided, setDecided] = useState<Readonly<Record<string, Answer>>>({});
  const [at, setAt] = useState(0);
  const [own, setOwn] = useState<Sheet>(EMPTY_SHEET);
  const [writingKey, setWritingKey] = useState<string | null>(null);
  const undoKey = useKeyText(UNDO);
  const letters = useMemo(() => lettersOf(rows.flatMap(({ given }) => given.map(byWhom))), [rows]);
  const [view, setView] = useState<View>(viewsOf(item.row.target)[0] ?? "messages");
  const { heldBack, load } = useHeldBack(item);
  const busy = useRef(false);
  const current = rows[at];
  const ownKey = rubric.find(({ key }) => key === current?.key);
  const writing = ownKey !== undefined && writingKey === ownKey.key;
  const decide = useCallback(
    async (all: Readonly<Record<string, Answer>>): Promise<void> => {
      if (busy.current) return;
      busy.current = true;
      try {
        const result = await platform().call("adjudicate_item", { item_id: item.row.id, session: SESSION, answers: Object.values(all), step: crypto.randomUUID() });
        if (result.type === "done") {
          const words = answersLine(Object.values(all));
          onDecided(words);
          toast(`Decided 1 conflict: ${words}`, { id: "review step", duration: 6000, action: { label: undoKey === null ? "Undo" : `Undo ${undoKey}`, onClick: undo } });
        } else toast.error(result.type === "invalid" ? (result.issues[0]?.message ?? "This cannot be.") : refusalText(result.refusal));
        await Promise.all([client.invalidateQueries({ queryKey: keys.queue(queue.row.id) }), client.invalidateQueries({ queryKey: ["queues"] })]);
      } catch (error) {
        toast.error(error instanceof Error ? error.message : "Not saved.");
      } finally {
        busy.current = false;
      }
    },
    [client, item.row.id, queue.row.id, undo, undoKey, onDecided],
  );
  const adopt = (key: string, answer: Answer): void => {
    const next = { ...decided, [key]: answer };
    setDecided(next);
    setWritingKey(null);
    const open = rows.findIndex((row) => next[row.key] === undefined);
    if (open < 0) void decide(next);
    else setAt(open);
  };
  const answerSo = (action: SheetAction): void => {
    if (ownKey) setOwn((before) => reduceSheet([ownKey], before, action));
  };
  const adoptOwn = (): void => {
    const [given] = ownKey ? toWire([ownKey], own) : [];
    if (given) adopt(given.key, given);
  };
  const step = (by: 1 | -1): void => {
    setWritingKey(null);
    setAt((before) => Math.min(Math.max(before + by, 0), rows.length - 1));
  };
  useEffect(() => {
    openAgainRef.current = () => {
      const last = Object.keys(decided).at(-1);
      if (last === undefined) return false;
      setDecided(Object.fromEntries(Object.entries(decided).filter(([key]) => key !== last)));
      setWritingKey(null);
      setAt(rows.findIndex(({ key }) => key === last));
      return true;
    };
    return () => {
      openAgainRef.current = () => false;
    };
  }, [openAgainRef, decided, rows]);
  // The own answer is given where it stands: its card has the focus, or its field where it is written.
  useEffect(() => {
    if (writingKey === null) return;
    const card = document.querySelector<HTMLElement>(`[data-own] [data-key]`);
    (card?.querySelector<HTMLElement>("input[data-entry-field], textarea[data-entry-field]") ?? card)?.focus();
  }, [writingKey]);
  const latest = useLatest({ adopt, adoptOwn, answerSo, step, current, ownKey });
  const commands = useMemo(
    (): Command[] => [
      ...(writing
        ? [
            ...["1", "2", "3", "4", "5", "6", "7", "8", "9", "0"].map(
              (digit): Command => ({ id: `review.option ${digit}`, title: `Option ${digit === "0" ? "10" : digit}`, group: "Rubric", shortcut: digit, hidden: true, run: () => latest.current.answerSo({ type: "digit", digit }) }),
            ),
            ...optionsOf(ownKey).flatMap(({ hotkey, label, value }): Command[] =>
              hotkey === null ? [] : [{ id: `conflict.option ${label}`, title: label, group: "Rubric", shortcut: hotkey.toUpperCase(), hidden: true, fixed: true, run: () => latest.current.answerSo({ type: "choose", key: ownKey.key, value }) }],
            ),
            { id: "review.na", title: "Not applicable", group: "Rubric", shortcut: ".", run: () => latest.current.answerSo({ type: "na" }) } satisfies Command,
            { id: "conflict.decide", title: "Decide so", group: "Rubric", shortcut: ["Mod+Enter", "Enter"], run: () => latest.current.adoptOwn() } satisfies Command,
            { id: "conflict.leave", title: "Back to the reviewers' answers", group: "Rubric", shortcut: "Escape", run: () => setWritingKey(null) } satisfies Command,
          ]
        : [
            ...[...letters].map(
              ([who, letter]): Command => ({
                id: `conflict.adopt ${letter}`,
                title: `Take the answer of ${who}`,
                group: "Rubric",
                shortcut: letter,
                run: () => {
                  const { current: row } = latest.current;
                  const given = row?.given.find((one) => byWhom(one) === who);
                  if (row && given) latest.current.adopt(row.key, plainAnswer(given.answer));
                },
              }),
            ),
            { id: "conflict.own", title: "Answer it yourself", group: "Rubric", shortcut: "O", run: () => setWritingKey(latest.current.current?.key ?? null) } satisfies Command,
          ]),
      { id: "conflict.next_key", title: "Next key", group: "Rubric", shortcut: "ArrowDown", repeats: true, run: () => latest.current.step(1) },
      { id: "conflict.previous_key", title: "Previous key", group: "Rubric", shortcut: "ArrowUp", repeats: true, run: () => latest.current.step(-1) },
    ],
    [latest, letters, writing, ownKey],
  );
  useCommands(commands);
  const notes = answers.answers.filter(({ answer }) => answer.key === NOTE);
  return (
    <Group key={String(stacked)} orientation={stacked ? "vertical" : "horizontal"} className={reviewStyles.panes}>
      <Panel id="item" className={reviewStyles.itemPane} defaultSize="60%" minSize="160px">
        <div className={reviewStyles.tabs} role="tablist" aria-label="View of the item">
          {viewsOf(item.row.target).map((one) => (
            <button key={one} type="button" role="tab" aria-selected={one === view} className={reviewStyles.tab} onClick={() => setView(one)}>
              {one[0]?.toUpperCase()}
              {one.slice(1)}
            </button>
          ))}
          <span className={reviewStyles.itemName}>{item.row.name}</span>
        </div>
        <ItemView item={item} view={view} onView={setView} onInHand={nothing} onShown={nothing} heldBack={heldBack} onLoad={load} />
      </Panel>
      <Separator className={stacked ? reviewStyles.dividerFlat : reviewStyles.divider} />
      <Panel id="answers" className={reviewStyles.rubricPane} minSize="280px">
        <div className={styles.conflicts}>
          <p className={styles.what}>
            {rows.length > 1 ? `A key is decided by taking an answer or giving one. With the last of ${plural(rows.length, "key")} the decision is saved` : "Taking an answer, or giving one, decides this conflict at once"}; it is final, stands beside the reviewers' answers, and{" "}
            <KeysOf command={UNDO} /> takes it back.
          </p>
          {rows.map((row, index) => (
            <section key={row.key} className={clsx(styles.card, index === at && styles.currentCard)} aria-label={row.key} aria-current={index === at || undefined}>
              <h2 className={styles.conflictKey}>
                {row.key}
                {decided[row.key] ? <span className={styles.hint}>decided</span> : null}
              </h2>
              <ul>
                {row.given.map((given) => (
                  <li key={given.feedback_id} className={styles.answer}>
                    <Button
                      data-command={index === at ? `conflict.adopt ${letters.get(byWhom(given)) ?? ""}` : undefined}
                      aria-pressed={sameAnswer(decided[row.key], given.answer)}
                      aria-label={`Take ${shortAnswer(given)}, the answer of ${byWhom(given)}`}
                      onClick={() => adopt(row.key, plainAnswer(given.answer))}
                    >
                      {shortAnswer(given)}
                      {index === at ? <KeysOf command={`conflict.adopt ${letters.get(byWhom(given)) ?? ""}`} /> : null}
                    </Button>
                    <span className={styles.who} title={formatTime(given.at)}>
                      {byWhom(given)}
                    </span>
                    {given.answer.comment ? <p className={styles.said}>{given.answer.comment}</p> : null}
                    {(given.answer.evidence ?? []).map(({ text, run }) => (
                      <p key={`${run?.run_id} ${text?.start}`} className={styles.said}>
                        {text ? `“${text.quote}”` : `points at ${run?.run_id.slice(0, 8) ?? "the item"}`}
                      </p>
                    ))}
                  </li>
                ))}
              </ul>
              {index === at && !writing ? (
                <div>
                  <Button data-command="conflict.own" onClick={() => setWritingKey(row.key)}>
                    Answer it yourself
                    <KeysOf command="conflict.own" />
                  </Button>
                </div>
              ) : null}
              {index === at && writing ? (
                <div className={styles.own} data-own>
                  <KeyCard
                    place={ownKey.key}
                    rubricKey={ownKey}
                    answer={own.answers[ownKey.key] ?? null}
                    typed={own.typed[ownKey.key] ?? null}
                    problem={null}
                    current
                    required
                    answers={own.answers}
                    locked={false}
                    prefill={null}
                    knownTags={NO_TAGS}
                    nameOfRun={shortRun}
                    dispatch={answerSo}
                  />
                  <div className={styles.ownSteps}>
                    <Button tone="primary" data-command="conflict.decide" disabled={toWire([ownKey], own).length === 0} onClick={adoptOwn}>
                      Decide so
                      <KeysOf command="conflict.decide" />
                    </Button>
                    <Button data-command="conflict.leave" onClick={() => setWritingKey(null)}>
                      Cancel
                      <KeysOf command="conflict.leave" />
                    </Button>
                  </div>
                </div>
              ) : null}
            </section>
          ))}
          {notes.length > 0 ? (
            <section className={styles.card} aria-label="Notes">
              <h2 className={styles.conflictKey}>Notes</h2>
              {notes.map((given) => (
                <p key={given.feedback_id} className={styles.said}>
                  <b>{given.reviewer ?? given.source}</b> {shortAnswer(given)}
                </p>
              ))}
            </section>
          ) : null}
        </div>
      </Panel>
    </Group>
  );
}

const NO_TAGS: readonly string[] = [];
const nothing = (): void => undefined;
const shortRun = (runId: string): string => runId.slice(0, 8);

/** Whose answer it is, in the words that stand beside it. */
function byWhom({ reviewer, source }: GivenAnswer): string {
  return reviewer ?? source;
}

/** The answer as one's own: what it was taken from is not carried over. */
function plainAnswer({ key, anchor, value, comment, evidence }: Answer): Answer {
  return { key, anchor: anchor ?? null, value: value ?? null, comment: comment ?? null, evidence: evidence ?? [] };
}

function sameAnswer(decided: Answer | undefined, answer: Answer): boolean {
  return decided !== undefined && JSON.stringify(decided) === JSON.stringify(plainAnswer(answer));
}
