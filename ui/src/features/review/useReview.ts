/**
 * A queue in hand: which item is on the screen, which come next, and the steps that are taken.
 *
 * A step shows at once and is durable a moment later; when the library refuses it, the item comes back with its answers.
 */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { AnswerIssue, AssignmentState, Decision, DraftResult, Lease, OpenedQueue, QueueCounts, QueueOrder, Refusal, ReviewHistory, ReviewItem, StepResult, UndoResult } from "../../contract/contract";
import { keys } from "../../data/keys";
import { SESSION } from "../../data/session";
import { timestampMillis } from "../../lib/format";
import { answersLine, rubricOf, toWire } from "../../lib/review/answers";
import { neighbour, orderOf, upcoming, withAgain, withRow, withState, type ReviewOrder } from "../../lib/review/order";
import { Gate } from "../../lib/review/pace";
import type { Problem, Sheet } from "../../lib/review/sheet";
import { platform } from "../../platform";
import { useAnnounce } from "./announce";
import { StepQueue } from "./steps";

export type Saving = { readonly state: "idle" } | { readonly state: "saving" } | { readonly state: "saved" } | { readonly state: "failed"; readonly message: string };

/** An item that a step could not take away, with what had been answered. */
export interface Returned {
  readonly sheet: Sheet;
  readonly message: string;
  readonly problems: readonly Problem[];
}

/** What the line above the review says: the step that was taken, with its way back, or why a key did nothing. */
export interface Said {
  readonly text: string;
  /** The command that stands beside it. */
  readonly offer: "review.undo" | "review.redo" | "review.take_over" | null;
  readonly warned: boolean;
}

/** A step to take back that somebody else's change stands against. */
export type UndoQuestion = Extract<UndoResult, { type: "changed" }> & { readonly redo: boolean };

const STEP_NAMES: Readonly<Record<Decision, string>> = { skip: "Skipped", discard: "Discarded", requeue: "Put off to the end", reopen: "Opened again" };
const STATES: Readonly<Record<Decision, AssignmentState>> = { skip: "skipped", discard: "discarded", requeue: "draft", reopen: "draft" };

const IDLE: Saving = { state: "idle" };

/** What is said by the queue that opens next: a step of it was taken back from another one. */
const carried: { said: Said | null } = { said: null };

export function useReview(opened: OpenedQueue, loaded: QueueOrder, first: string | null) {
  const { queue } = opened;
  const client = useQueryClient();
  const announce = useAnnounce();
  const rubric = useMemo(() => rubricOf(queue), [queue]);
  const [steps] = useState(() => new StepQueue());
  const [gate] = useState(() => new Gate());
  const [returned] = useState(() => new Map<string, Returned>());
  const [order, setOrderState] = useState<ReviewOrder>(() => orderOf(loaded));
  // Steps come quicker than renders.
  const orderNow = useRef(order);
  const setOrder = useCallback((change: (before: ReviewOrder) => ReviewOrder) => {
    orderNow.current = change(orderNow.current);
    setOrderState(orderNow.current);
  }, []);
  const [counts, setCounts] = useState<QueueCounts>(loaded.counts);
  const [history, setHistory] = useState<ReviewHistory>(opened.history);
  const [saving, setSaving] = useState<Saving>({ state: "idle" });
  const [place, setPlace] = useState({ itemId: first ?? opened.item_id, revision: 0 });
  const placeNow = useRef(place.itemId);
  const [question, setQuestion] = useState<UndoQuestion | null>(null);
  const { row } = queue;
  const [said, setSaid] = useState<Said | null>(carried.said);
  useEffect(() => {
    carried.said = null;
  }, []);
  const say = useCallback(
    (text: string, offer: Said["offer"] = null): void => {
      setSaid({ text, offer, warned: false });
      announce(text, "polite");
    },
    [announce],
  );
  const warn = useCallback(
    (text: string, offer: Said["offer"] = null): void => {
      setSaid({ text, offer, warned: true });
      announce(text, "assertive");
    },
    [announce],
  );

  // Another window or reviewer changed the queue: its order is the truth, with what is still under way on top.
  const base = useRef(loaded);
  useEffect(() => {
    if (base.current === loaded || steps.waiting > 0) return;
    base.current = loaded;
    setOrder(() => orderOf(loaded));
    setCounts(loaded.counts);
  }, [loaded, steps, setOrder]);

  const go = useCallback(
    (itemId: string | null): void => {
      gate.close();
      placeNow.current = itemId;
      // A step can be taken back from the next item as well; everything else was about this one.
      setSaid((before) => (before?.offer === "review.undo" || before?.offer === "review.redo" ? before : null));
      // As is what could not be saved of it.
      setSaving((before) => (before.state === "failed" ? IDLE : before));
      setPlace((before) => ({ itemId, revision: before.revision + 1 }));
    },
    [gate],
  );
  /** Somebody else has the item now: it is locked here at once, with what was typed as it is. */
  const lose = useCallback(
    (itemId: string, refusal: Refusal): void => {
      if (refusal.type !== "leased") return;
      const { lease } = refusal;
      client.setQueryData<ReviewItem>(keys.reviewItem(itemId), (known) => known && { ...known, lease });
    },
    [client],
  );
  const giveBack = useCallback(
    (itemId: string, back: Returned): void => {
      returned.set(itemId, back);
      setOrder((before) => withState(before, itemId, "draft"));
      announce(back.message, "assertive");
      go(itemId);
      setSaving({ state: "failed", message: back.message });
    },
    [returned, setOrder, announce, go],
  );
  const settle = useCallback(
    (result: StepResult, itemId: string, sheet: Sheet, words: string): void => {
      switch (result.type) {
        case "done":
          setCounts(result.counts);
          setHistory(result.history);
          setSaving({ state: "saved" });
          client.removeQueries({ queryKey: keys.reviewItem(itemId) });
          if (result.again.length > 0) {
            setOrder((before) => withAgain(before, result.again, placeNow.current));
            // What seemed to be the end was none.
            if (placeNow.current === null) go(upcoming(orderNow.current, itemId, 1)[0] ?? null);
          }
          say(words, "review.undo");
          break;
        case "invalid":
          giveBack(itemId, { sheet, message: result.issues[0]?.message ?? "Some answers cannot be.", problems: result.issues.map(problemOf) });
          break;
        case "refused":
          if (result.refusal.type === "rubric_changed") void client.invalidateQueries({ queryKey: keys.openedQueue(row.id) });
          lose(itemId, result.refusal);
          giveBack(itemId, { sheet, message: refusalText(result.refusal), problems: [] });
          break;
      }
    },
    [client, say, giveBack, lose, go, setOrder, row.id],
  );
  const take = useCallback(
    (itemId: string, sheet: Sheet, state: AssignmentState, stay: boolean, requeued: boolean, words: string, call: () => Promise<StepResult>): void => {
      const [next = null] = upcoming(orderNow.current, itemId, 1);
      setOrder((before) => withState(before, itemId, state, requeued));
      setSaving({ state: "saving" });
      if (stay) gate.close();
      // The last item that was put off stays: it is its own next.
      go(stay || (requeued && next === null) ? itemId : next);
      const failed = (error: unknown): void => giveBack(itemId, { sheet, message: `Not saved: ${error instanceof Error ? error.message : "the library did not answer"}`, problems: [] });
      void steps.add(call).then((result) => settle(result, itemId, sheet, words), failed);
    },
    [steps, gate, go, giveBack, settle, setOrder],
  );
  const submit = useCallback(
    (itemId: string, sheet: Sheet, activeMs: number, stay: boolean): void => {
      const step = crypto.randomUUID();
      const answers = toWire(rubric, sheet);
      take(itemId, sheet, "submitted", stay, false, answers.length === 0 ? "Submitted" : `Submitted: ${answersLine(answers)}`, () =>
        platform().call("submit_item", { item_id: itemId, session: SESSION, answers, rubric_version: queue.rubric_version, active_ms: activeMs, step }),
      );
    },
    [rubric, queue.rubric_version, take],
  );
  const decide = useCallback(
    (itemId: string, decision: Decision, sheet: Sheet, activeMs: number, reason: string | null): void => {
      const step = crypto.randomUUID();
      const answers = toWire(rubric, sheet);
      take(itemId, sheet, STATES[decision], decision === "reopen", decision === "requeue", reason === null ? STEP_NAMES[decision] : `${STEP_NAMES[decision]}: ${reason}`, () =>
        platform().call("decide_item", { item_id: itemId, session: SESSION, decision, reason, answers, rubric_version: queue.rubric_version, active_ms: activeMs, step }),
      );
    },
    [rubric, queue.rubric_version, take],
  );
  const saveDraft = useCallback(
    async (itemId: string, sheet: Sheet, activeMs: number, leave: boolean): Promise<DraftResult | null> => {
      if (!leave) setSaving({ state: "saving" });
      try {
        const result = await steps.add(() =>
          platform().call("save_draft", {
            item_id: itemId,
            session: SESSION,
            answers: toWire(rubric, sheet),
            cursor: JSON.stringify({ current: sheet.current }),
            rubric_version: queue.rubric_version,
            active_ms: activeMs,
            leave,
          }),
        );
        if (result.type === "refused") {
          lose(itemId, result.refusal);
          // Left, it is told of when the item is on the screen again.
          if (!leave) setSaving({ state: "failed", message: refusalText(result.refusal) });
        } else if (!leave) setSaving({ state: "saved" });
        return result;
      } catch (error) {
        setSaving({ state: "failed", message: `Not saved: ${error instanceof Error ? error.message : "the library did not answer"}` });
        return null;
      }
    },
    [rubric, queue.rubric_version, steps, lose],
  );
  /** An answer to a decided item was changed: it is open again, with what it had. */
  const reopen = useCallback(
    (itemId: string, sheet: Sheet): void => {
      setOrder((before) => withState(before, itemId, "draft"));
      const step = crypto.randomUUID();
      const call = () => platform().call("decide_item", { item_id: itemId, session: SESSION, decision: "reopen", answers: toWire(rubric, sheet), rubric_version: queue.rubric_version, step });
      void steps.add(call).then(
        (result) => {
          if (result.type === "done") {
            setCounts(result.counts);
            setHistory(result.history);
          } else if (result.type === "refused") {
            lose(itemId, result.refusal);
            setSaving({ state: "failed", message: refusalText(result.refusal) });
          }
        },
        (error: unknown) => setSaving({ state: "failed", message: `Not opened: ${error instanceof Error ? error.message : "the library did not answer"}` }),
      );
    },
    [rubric, queue.rubric_version, steps, setOrder, lose],
  );
  const walkHistory = useCallback(
    async (redo: boolean, force = false): Promise<{ readonly otherQueue: string; readonly item: string | null } | null> => {
      setQuestion(null);
      try {
        const result = await steps.add(() => platform().call(redo ? "redo_review" : "undo_review", { session: SESSION, force }));
        switch (result.type) {
          case "nothing":
            say(redo ? "There is nothing to do again." : "There is nothing to undo.");
            return null;
          case "changed":
            setQuestion({ ...result, redo });
            return null;
          case "refused":
            warn(refusalText(result.refusal));
            return null;
          case "done": {
            const words = `${redo ? "Done again" : "Undone"}: ${stepWords(result)}`;
            say(words, redo ? "review.undo" : "review.redo");
            if (result.queue_id !== row.id) {
              carried.said = { text: words, offer: redo ? "review.undo" : "review.redo", warned: false };
              return { otherQueue: result.queue_id, item: result.item?.row.id ?? null };
            }
            setHistory(result.history);
            setCounts(result.counts);
            for (const id of result.item_ids) client.removeQueries({ queryKey: keys.reviewItem(id) });
            // Items that come again may come or go with a step: the library knows.
            const known = result.item !== null && orderNow.current.again.size === 0 ? withRow(orderNow.current, result.item.row) : null;
            if (known) setOrder(() => known);
            else {
              // Many items, or one that moved: the whole order is asked for.
              const fresh = await client.fetchQuery({ queryKey: keys.queueOrder(row.id), queryFn: () => platform().call("get_queue_order", { queue_id: row.id, session: SESSION }), staleTime: 0 });
              base.current = fresh;
              setOrder(() => orderOf(fresh));
            }
            if (result.item) {
              returned.delete(result.item.row.id);
              client.setQueryData<ReviewItem>(keys.reviewItem(result.item.row.id), result.item);
              // What was done again is done: on to what is left, as after the step itself.
              const again = redo && result.item.row.state !== "draft" && result.item.row.state !== "reserved";
              go(again ? (upcoming(orderNow.current, result.item.row.id, 1)[0] ?? null) : result.item.row.id);
            }
            return null;
          }
        }
      } catch (error) {
        warn(error instanceof Error ? error.message : "The step could not be taken back.");
        return null;
      }
    },
    [steps, client, row.id, say, warn, returned, setOrder, go],
  );

  const move = useCallback(
    (step: 1 | -1): void => {
      if (place.itemId === null) return;
      const to = neighbour(orderNow.current, place.itemId, step);
      if (to !== null) go(to);
    },
    [place.itemId, go],
  );
  return { queue, rubric, order, counts, history, saving, said, say, warn, gate, steps, returned, go, move, submit, decide, reopen, saveDraft, walkHistory, question, dropQuestion: () => setQuestion(null), ...place };
}

export type Review = ReturnType<typeof useReview>;

function problemOf({ key, rule, message }: AnswerIssue): Problem {
  return { key, rule: message, part: rule.startsWith("comment") ? "comment" : "value" };
}

/** What a step was, with every answer where it gave some: the library names the first only. */
function stepWords({ summary, item }: Extract<UndoResult, { type: "done" }>): string {
  const answers = item ? (item.draft?.answers ?? item.mine.map(({ answer }) => answer)) : [];
  return summary.startsWith("Submit") && answers.length > 0 ? `Submit: ${answersLine(answers)}` : summary;
}

/** Why an item cannot be answered while another seat has it. */
export function heldText(lease: Lease): string | null {
  if (lease.type === "other") return `${lease.reviewer} has this item open${until(lease.until)}: it can be read, not answered.`;
  if (lease.type === "other_window") return "Another window has this item open: it can be read, not answered.";
  return null;
}

function until(timestamp: string): string {
  const millis = timestampMillis(timestamp);
  return millis === null ? "" : ` until ${new Date(millis).toTimeString().slice(0, 5)}`;
}

/** Why a step was not taken, and that nothing is lost. */
export function refusalText(refusal: Refusal): string {
  switch (refusal.type) {
    case "leased":
      return refusal.lease.type === "other" ? `${refusal.lease.reviewer} has this item open. Your answers are kept.` : "Another window has this item open. Your answers are kept.";
    case "rubric_changed":
      return "The rubric changed. Your answers are kept; look at them once more and submit again.";
    case "removed":
      return "This item was taken out of the queue. Your answers are kept.";
    case "full":
      return "Enough others have reviewed this item meanwhile. Your answers are kept.";
    case "reason_missing":
      return "Discarding needs a reason in this queue.";
    case "wrong_state":
      return "This item no longer stands where that is possible.";
  }
}
