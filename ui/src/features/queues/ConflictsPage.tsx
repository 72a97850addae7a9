/** Where reviewers disagree: all answers side by side, one key to adopt one, or an answer of one's own. */
import { getRouteApi } from "@tanstack/react-router";
import { clsx } from "clsx";
import { useCallback, useMemo, useRef, useState } from "react";
import { Group, Panel, Separator } from "react-resizable-panels";
import { toast } from "sonner";
import { useQueryClient } from "@tanstack/react-query";
import { useCommands, type Command } from "../../commands/registry";
import { EmptyState, ErrorState } from "../../components/States";
import { Button } from "../../components/ui/Button";
import { KeysOf } from "../../components/ui/Keys";
import rowStyles from "../../components/ui/rows.module.css";
import tableStyles from "../../components/table/table.module.css";
import { useLatest } from "../../components/useLatest";
import { useMediaQuery } from "../../components/useMediaQuery";
import type { Answer, GivenAnswer, ItemAnswers, QueueCounts, QueueDetail } from "../../contract/contract";
import { keys } from "../../data/keys";
import { useItemAnswers, useItemList, useQueue } from "../../data/review";
import { SESSION } from "../../data/session";
import { formatTime, plural } from "../../lib/format";
import { NOTE, rubricOf, shortAnswer, toWire } from "../../lib/review/answers";
import { EMPTY_SHEET, reduceSheet, type Sheet } from "../../lib/review/sheet";
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
  const undo = useUndoStep("conflict.undo", queueId);
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
        <EmptyState title="No conflicts">
          {agreementText(queue.data?.row.counts)}
        </EmptyState>
      ) : answers.data && queue.data ? (
        <Conflict key={answers.data.item.row.id} queue={queue.data} answers={answers.data} undo={undo} />
      ) : null}
    </div>
  );
}

/** Agreement is only said of items that have enough reviews. */
function agreementText(counts: QueueCounts | undefined): string {
  if (counts === undefined) return "";
  if (counts.completed > 0) return "Reviewers agree about every item that has enough reviews.";
  return counts.needs_others > 0 ? `No item has enough reviews yet; ${plural(counts.needs_others, "item")} of yours wait for another reviewer.` : "No item has enough reviews yet.";
}

/** Answers to one key, one of which can be adopted. */
interface Row {
  readonly key: string;
  readonly given: readonly GivenAnswer[];
}

function Conflict({ queue, answers, undo }: { readonly queue: QueueDetail; readonly answers: ItemAnswers; readonly undo: () => void }) {
  const { item, conflicts } = answers;
  const client = useQueryClient();
  const stacked = useMediaQuery(STACKED);
  const rubric = useMemo(() => rubricOf(queue), [queue]);
  const rows = useMemo((): Row[] => conflicts.map((key) => ({ key, given: answers.answers.filter((given) => given.answer.key === key && !given.adjudicator) })), [conflicts, answers.answers]);
  const [decided, setDecided] = useState<Readonly<Record<string, Answer>>>({});
  const [at, setAt] = useState(0);
  const [own, setOwn] = useState<Sheet>(EMPTY_SHEET);
  const [writing, setWriting] = useState(false);
  const [view, setView] = useState<View>(viewsOf(item.row.target)[0] ?? "messages");
  const { heldBack, load } = useHeldBack(item);
  const busy = useRef(false);
  const current = rows[at];
  const decide = useCallback(
    async (all: Readonly<Record<string, Answer>>): Promise<void> => {
      if (busy.current) return;
      busy.current = true;
      try {
        const result = await platform().call("adjudicate_item", { item_id: item.row.id, session: SESSION, answers: Object.values(all), step: crypto.randomUUID() });
        if (result.type === "done") toast(result.summary, { id: "review step", duration: 6000, action: { label: "Undo", onClick: undo } });
        else toast.error(result.type === "invalid" ? (result.issues[0]?.message ?? "This cannot be.") : refusalText(result.refusal));
        await Promise.all([client.invalidateQueries({ queryKey: keys.queue(queue.row.id) }), client.invalidateQueries({ queryKey: ["queues"] })]);
      } catch (error) {
        toast.error(error instanceof Error ? error.message : "Not saved.");
      } finally {
        busy.current = false;
      }
    },
    [client, item.row.id, queue.row.id, undo],
  );
  const adopt = (key: string, answer: Answer): void => {
    const next = { ...decided, [key]: answer };
    setDecided(next);
    setWriting(false);
    const open = rows.findIndex((row) => next[row.key] === undefined);
    if (open < 0) void decide(next);
    else setAt(open);
  };
  const latest = useLatest({ adopt, current, rows });
  const commands = useMemo(
    (): Command[] => [
      ...["1", "2", "3", "4", "5", "6", "7", "8", "9"].map(
        (digit): Command => ({
          id: `conflict.adopt ${digit}`,
          title: `Adopt answer ${digit}`,
          group: "Rubric",
          shortcut: digit,
          hidden: true,
          run: () => {
            const { current: row } = latest.current;
            const given = row?.given[Number(digit) - 1];
            if (row && given) latest.current.adopt(row.key, plainAnswer(given.answer));
          },
        }),
      ),
      { id: "conflict.next_key", title: "Next key", group: "Rubric", shortcut: "ArrowDown", repeats: true, run: () => setAt((before) => Math.min(before + 1, latest.current.rows.length - 1)) },
      { id: "conflict.previous_key", title: "Previous key", group: "Rubric", shortcut: "ArrowUp", repeats: true, run: () => setAt((before) => Math.max(before - 1, 0)) },
      { id: "conflict.own", title: "Answer it yourself", group: "Rubric", shortcut: "O", run: () => setWriting(true) },
    ],
    [latest],
  );
  useCommands(commands);
  const ownKey = rubric.find(({ key }) => key === current?.key);
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
          {rows.map((row, index) => (
            <section key={row.key} className={clsx(styles.card, index === at && styles.currentCard)} aria-label={row.key} aria-current={index === at || undefined}>
              <h2 className={styles.conflictKey}>
                {row.key}
                {decided[row.key] ? <span className={styles.hint}>decided</span> : null}
              </h2>
              <ul>
                {row.given.map((given, place) => (
                  <li key={given.feedback_id} className={styles.answer}>
                    <Button data-command={index === at ? `conflict.adopt ${place + 1}` : undefined} aria-pressed={sameAnswer(decided[row.key], given.answer)} onClick={() => adopt(row.key, plainAnswer(given.answer))}>
                      {index === at ? <KeysOf command={`conflict.adopt ${place + 1}`} /> : null}
                      {shortAnswer(given)}
                    </Button>
                    <span className={styles.who} title={formatTime(given.at)}>
                      {given.reviewer ?? given.source}
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
                <Button data-command="conflict.own" onClick={() => setWriting(true)}>
                  Answer it yourself
                  <KeysOf command="conflict.own" />
                </Button>
              ) : null}
              {index === at && writing && ownKey ? (
                <div className={styles.own}>
                  <KeyCard
                    place={ownKey.key}
                    rubricKey={ownKey}
                    answer={own.answers[ownKey.key] ?? null}
                    typed={own.typed[ownKey.key] ?? null}
                    problem={null}
                    current={false}
                    required
                    answers={own.answers}
                    locked={false}
                    prefill={null}
                    knownTags={NO_TAGS}
                    nameOfRun={shortRun}
                    dispatch={(action) => setOwn((before) => reduceSheet(rubric, before, action))}
                  />
                  <Button
                    tone="primary"
                    disabled={toWire([ownKey], own).length === 0}
                    onClick={() => {
                      const [answer] = toWire([ownKey], own);
                      if (answer) adopt(ownKey.key, answer);
                    }}
                  >
                    Decide so
                  </Button>
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

/** The answer as one's own: what it was taken from is not carried over. */
function plainAnswer({ key, anchor, value, comment, evidence }: Answer): Answer {
  return { key, anchor: anchor ?? null, value: value ?? null, comment: comment ?? null, evidence: evidence ?? [] };
}

function sameAnswer(decided: Answer | undefined, answer: Answer): boolean {
  return decided !== undefined && JSON.stringify(decided) === JSON.stringify(plainAnswer(answer));
}
