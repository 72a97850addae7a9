/** One item on the desk: what is judged, the rubric beside it, and every key. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { Group, Panel, Separator, useDefaultLayout } from "react-resizable-panels";
import { flash } from "../../commands/flash";
import { useCommands, type Command } from "../../commands/registry";
import { ErrorState } from "../../components/States";
import { Button } from "../../components/ui/Button";
import { KeysOf } from "../../components/ui/Keys";
import { useLatest } from "../../components/useLatest";
import { useMediaQuery } from "../../components/useMediaQuery";
import type { ReviewItem } from "../../contract/contract";
import { keys } from "../../data/keys";
import { runQuery } from "../../data/queries";
import { SESSION } from "../../data/session";
import { useUi } from "../../data/ui";
import { plural } from "../../lib/format";
import { headLine } from "../../lib/review/instructions";
import { decided, neighbour, placeOf } from "../../lib/review/order";
import { allowsInstantSubmit, isWritten } from "../../lib/review/rubric";
import { problemsOf, requiredLeft } from "../../lib/review/sheet";
import { afterPaint } from "../../lib/paint";
import { platform } from "../../platform";
import { useScreenStatus } from "../frame/useScreenStatus";
import { useAnnounce } from "./announce";
import { ItemView, Loading, type InHand } from "./ItemView";
import { useHeldBack } from "./LargeItem";
import { ReasonDialog } from "./ReasonDialog";
import { cardOf } from "./rubric/RubricForm";
import { acceptSuggestion, HELD, Notice, RubricPane } from "./RubricPane";
import styles from "./review.module.css";
import { TARGET_WORDS, VIEW_NAMES, viewsOf, type ItemView as View } from "./target";
import { usePrefetch, scopeOf } from "./usePrefetch";
import { heldText, type Review } from "./useReview";
import { useReviewCommands } from "./useReviewCommands";
import { useSheet } from "./useSheet";

/** Below this the rubric stands under the item. */
const STACKED = "(max-width: 1000px)";

interface ItemDeskProps {
  readonly review: Review;
  readonly itemId: string;
  /** Another one whenever an item comes on the screen, be it the same item again. */
  readonly place: string;
  readonly view: View | null;
  readonly onView: (view: View) => void;
  /** Said above the rubric: what was recovered, what is new. */
  readonly notice: ReactNode;
  readonly onList: () => void;
  readonly onInstructions: () => void;
  readonly onClose: () => void;
}

export function ItemDesk(props: ItemDeskProps) {
  const { review, itemId } = props;
  const client = useQueryClient();
  const item = useQuery({
    queryKey: keys.reviewItem(itemId),
    queryFn: () => review.steps.add(() => platform().call("open_item", { item_id: itemId, session: SESSION })),
  });
  // What was prefetched is shown at once and opened behind it.
  const peeked = item.data !== undefined && item.data.lease.type === "free" && !item.isFetching;
  useEffect(() => {
    if (!peeked) return;
    return afterPaint(() => {
      void review.steps
        .add(() => platform().call("open_item", { item_id: itemId, session: SESSION }))
        .then((opened) => client.setQueryData<ReviewItem>(keys.reviewItem(itemId), (known) => (known === undefined ? known : opened)))
        // Not opened, the item can still be read; a step will say what is wrong.
        .catch(() => undefined);
    });
  }, [peeked, itemId, review.steps, client]);
  usePrefetch(review.queue.row.id, review.order, itemId);
  if (item.error && !item.data) return <ErrorState title="The item could not be opened" error={item.error} onRetry={() => void item.refetch()} />;
  if (!item.data) return <Loading />;
  return <ItemSheet {...props} item={item.data} />;
}

function ItemSheet({ review, item, place, view: asked, onView, notice, onList, onInstructions, onClose }: ItemDeskProps & { readonly item: ReviewItem }) {
  const { queue, rubric, order, gate, counts } = review;
  const { row } = item;
  const itemId = row.id;
  const back = review.returned.get(itemId) ?? null;
  const locked = item.lease.type === "other" || item.lease.type === "other_window";
  const heldBy = heldText(item.lease);
  const takenAway = item.lease.type === "other_window";
  const announce = useAnnounce();
  // The rubric says it already, with the way on; a key that does nothing points there.
  const refuse = useCallback(() => {
    announce(heldBy ?? "", "assertive");
    document.querySelector(`[data-command="${HELD}"]`)?.scrollIntoView({ block: "nearest" });
    flash(HELD);
  }, [announce, heldBy]);
  const { sheet, now, act, flush, release } = useSheet(review, item, place, locked, refuse);
  const views = viewsOf(row.target);
  const view = asked !== null && views.includes(asked) ? asked : (views[0] ?? "messages");
  // Read by steps; it is drawn only where the rubric asks for a run.
  const inHand = useRef<InHand | null>(null);
  const [inHandRun, setInHandRun] = useState<string | null>(null);
  const picks = rubric.some(({ type }) => type === "run_picker");
  const onInHand = useCallback(
    (held: InHand | null): void => {
      inHand.current = held;
      if (picks) setInHandRun(held?.runId ?? null);
    },
    [picks],
  );
  const [askingAt, setAskingAt] = useState<{ readonly what: "skip" | "discard"; readonly place: string } | null>(null);
  // Asked about one item, it is not asked about the next.
  const asking = askingAt?.place === place ? askingAt.what : null;
  const setAsking = (what: "skip" | "discard" | null): void => setAskingAt(what === null ? null : { what, place });
  const client = useQueryClient();
  const navigate = useNavigate();
  const open = useUi((state) => state.open);
  const stacked = useMediaQuery(STACKED);
  const layout = useDefaultLayout({ id: stacked ? "tracemark.review.below" : "tracemark.review", storage: localStorage });
  const { heldBack, load } = useHeldBack(item);
  const prefill = usePrefill(item, !heldBack && rubric.some(({ type }) => type === "correction"));
  const position = placeOf(order, itemId);
  const instant = queue.settings.instant_submit === true && allowsInstantSubmit(rubric);

  const shown = useCallback(() => gate.painted(itemId), [gate, itemId]);
  // The current key has the focus, so that it is read out and no step starts at the top of the page.
  const current = rubric[sheet.current]?.key ?? null;
  const focusedAt = useRef<string | null>(null);
  useLayoutEffect(() => {
    if (current === null) return;
    const first = focusedAt.current !== place;
    const focus = document.activeElement;
    // A panel in front has the focus until it is closed.
    if (document.querySelector("[role=dialog]") !== null) return;
    const elsewhere = focus instanceof HTMLElement && focus.closest("[data-rubric], [role=dialog]") === null && focus !== document.body;
    if (!first && elsewhere && focus.closest("[data-item]") !== null && focus.matches("input, textarea")) return;
    const card = cardOf(current);
    // A new item is judged, not typed into: the focus leaves the field that it was in.
    if (first || !card?.contains(focus)) card?.focus({ preventScroll: true });
    card?.scrollIntoView({ block: "nearest" });
    focusedAt.current = place;
  }, [current, place]);
  useEffect(() => {
    announce(`Item ${position} of ${counts.total}, ${TARGET_WORDS[row.target.type]}${row.name === null ? "" : ` ${row.name}`}`, "polite");
    // Once an item: what changes later is announced for itself.
    // oxlint-disable-next-line react/exhaustive-deps, react/exhaustive-effect-dependencies
  }, [place]);
  useLease(item, client);
  const left = requiredLeft(rubric, sheet.answers);
  useScreenStatus(
    ["Judge mode", left === 0 ? "" : `${plural(left, "required key")} left`, `${decided(order)} of ${counts.total} decided`, `rubric v${queue.rubric_version}`].filter((text) => text !== "").join("\n"),
  );

  const submit = (stay = false): void => {
    if (locked) return refuse();
    const problems = problemsOf(rubric, now());
    if (problems.length > 0) {
      act({ type: "problems", problems });
      announce(`${problems[0]?.key}: ${problems[0]?.rule}`, "assertive");
      const [first] = problems;
      // The field itself, where there is one to mend.
      requestAnimationFrame(() => {
        const card = first ? cardOf(first.key) : null;
        const field = card?.querySelector<HTMLElement>(first?.part === "comment" ? "[data-comment]" : "input[data-entry-field], textarea[data-entry-field]");
        (field ?? card)?.focus();
      });
      return;
    }
    review.returned.delete(itemId);
    review.submit(itemId, now(), release(), stay || queue.settings.on_submit === "stay");
  };
  const answered = (): void => {
    if (instant && problemsOf(rubric, now()).length === 0) submit();
  };
  const decide = (decision: "skip" | "requeue" | "discard", reason: string | null): void => {
    if (locked) return refuse();
    setAsking(null);
    review.returned.delete(itemId);
    review.decide(itemId, decision, now(), release(), reason);
  };
  const skip = (): void => (!locked && (queue.settings.skip_reasons ?? []).length > 0 ? setAsking("skip") : decide("skip", null));
  const discard = (): void => (!locked && queue.settings.discard_reason_required ? setAsking("discard") : decide("discard", null));
  const walk = (redo: boolean): void => {
    void flush(false);
    void review.walkHistory(redo).then((other) => {
      if (other) void navigate({ to: "/queues/$queueId", params: { queueId: other.otherQueue }, search: other.item === null ? {} : { item: other.item } });
    });
  };
  const toKey = (type: "tags" | "correction" | "assertions"): void => {
    const key = rubric.find((one) => one.type === type)?.key;
    if (key === undefined) return review.say(`This rubric has no key for ${type === "correction" ? "corrections" : type}.`);
    act({ type: "go", key });
    requestAnimationFrame(() => {
      const entry = cardOf(key)?.querySelectorAll<HTMLElement>("[data-entry-field]");
      const last = entry?.item(entry.length - 1);
      if (last?.tagName === "BUTTON") last.click();
      last?.focus();
      if (last?.tagName === "BUTTON") requestAnimationFrame(() => cardOf(key)?.querySelector<HTMLElement>("textarea")?.focus());
    });
  };
  useReviewCommands(
    {
      digit: (digit) => {
        const before = now();
        if (act({ type: "digit", digit }) !== before) answered();
      },
      hotkey: (key, value) => {
        act({ type: "choose", key, value });
        answered();
      },
      moveKey: (step) => void act({ type: "move", step }),
      moveItem: (step) => {
        if (neighbour(order, itemId, step) === null) return announce(step === 1 ? "This is the last item" : "This is the first item", "polite");
        review.move(step);
      },
      first: () => order.ids[0] !== undefined && review.go(order.ids[0]),
      last: () => review.go(order.ids.at(-1) ?? itemId),
      submit: () => submit(),
      submitStay: () => submit(true),
      enter: () => {
        const key = rubric[now().current];
        if (!key) return;
        const last = now().current === rubric.length - 1;
        if (problemsOf(rubric, now()).length === 0 && (last || !isWritten(key))) return submit();
        const card = cardOf(key.key);
        card?.querySelector<HTMLElement>("[data-entry-field], [role=radio][tabindex='0'], [role=checkbox]")?.focus();
      },
      skip,
      requeue: () => decide("requeue", null),
      discard,
      dataset: () => {
        if (scopeOf(item)?.masked) return review.say("This queue hides where items come from; add them from its results.");
        const { target } = row;
        if (target.type !== "run" && target.type !== "trace") return review.say("Only runs and traces become examples.");
        const key = rubric.find(({ type }) => type === "correction")?.key;
        const corrected = key === undefined ? undefined : now().answers[key]?.value;
        open({ name: "add-to-dataset", datasetId: queue.default_dataset, source: { type: "runs", runs: [target.run] }, label: row.name ?? TARGET_WORDS[target.type], ...(typeof corrected === "string" ? { corrected } : {}) });
      },
      undo: () => walk(false),
      redo: () => walk(true),
      save: () => void flush(false),
      comment: () => {
        const key = rubric[now().current];
        // At once: the next key is text already.
        if (key && key.comment_policy !== "off") cardOf(key.key)?.querySelector<HTMLElement>("[data-comment]")?.focus();
      },
      note: () => document.querySelector<HTMLElement>("[data-note]")?.focus(),
      tags: () => toKey("tags"),
      correction: () => toKey("correction"),
      assertion: () => toKey("assertions"),
      firstFailure: () => {
        const picker = rubric.find((key) => key.type === "run_picker");
        if (!picker) return review.say("This rubric does not ask which run failed first.");
        if (!inHand.current) return review.say("Select a run or a message first.");
        act({ type: "set", key: picker.key, value: inHand.current.runId });
      },
      evidence: () => {
        if (!inHand.current) return review.say("Select a message or a run first.");
        act({ type: "evidence", anchor: { run: { trace_id: inHand.current.traceId, run_id: inHand.current.runId }, turn: inHand.current.turn } });
        if (!locked) review.say(`Evidence added to ${rubric[now().current]?.key ?? ""}.`);
      },
      na: () => {
        const before = now();
        if (act({ type: "na" }) === before && !locked) review.say(`${rubric[before.current]?.key ?? "This key"} always applies.`);
      },
      clear: () => void act({ type: "clear" }),
      accept: () => item.suggestions.forEach((given) => acceptSuggestion(given, act)),
      page: (way) => {
        const pane = document.querySelector<HTMLElement>("[data-item] [data-conversation], [data-item] [data-item-scroll]");
        pane?.scrollBy({ top: way * pane.clientHeight * 0.9 });
      },
      view: (next) => views.includes(next) && onView(next),
      list: onList,
      instructions: onInstructions,
      close: () => {
        if (asking) return setAsking(null);
        onClose();
        (current === null ? null : cardOf(current))?.focus();
      },
    },
    rubric,
    () => gate.isOpen(itemId),
  );

  const takeOver = (): void =>
    void platform()
      .call("open_item", { item_id: itemId, session: SESSION, take_over: true })
      .then((opened) => {
        client.setQueryData(keys.reviewItem(itemId), opened);
        review.say("You answer this item here now.");
      })
      .catch((error: unknown) => review.warn(error instanceof Error ? error.message : "The item could not be opened."));
  const latest = useLatest({ submit, skip, requeue: () => decide("requeue", null), discard, takeOver, next: () => review.move(1) });
  // The same with every render, so that the rubric is drawn only when something in it changed.
  const steps = useMemo(
    () => ({
      onSubmit: () => latest.current.submit(),
      onSkip: () => latest.current.skip(),
      onRequeue: () => latest.current.requeue(),
      onDiscard: () => latest.current.discard(),
      onTakeOver: () => latest.current.takeOver(),
      onNext: () => latest.current.next(),
    }),
    [latest],
  );
  useCommands(
    useMemo((): Command[] => (takenAway ? [{ id: "review.take_over", title: "Answer it here", group: "Review", shortcut: "O", run: steps.onTakeOver }] : []), [takenAway, steps]),
  );
  const nameOfRun = useCallback((runId: string) => (inHandRun === runId ? "the selected run" : runId.slice(0, 8)), [inHandRun]);
  const told = headLine(queue.instructions);
  const notices = useMemo(
    () => (
      <>
        {back ? (
          <Notice tone="bad">
            {back.message} <Button onClick={() => saveToFile(queue.row.name, itemId, now())}>Save answers to a file</Button>
          </Notice>
        ) : null}
        {notice}
      </>
    ),
    [back, notice, queue.row.name, itemId, now],
  );
  return (
    <>
      <Group key={String(stacked)} className={styles.panes} orientation={stacked ? "vertical" : "horizontal"} {...layout}>
        <Panel id="item" className={styles.itemPane} defaultSize={stacked ? "60%" : "72%"} minSize={stacked ? "120px" : "320px"} data-item>
          <div className={styles.tabs} role="tablist" aria-label="View of the item">
            {views.map((one) => (
              <button key={one} type="button" role="tab" aria-selected={one === view} className={styles.tab} data-command={`review.${one}`} onClick={() => onView(one)}>
                {row.target.type === "run" && one === "messages" ? "Input and output" : VIEW_NAMES[one]}
                <KeysOf command={`review.${one}`} />
              </button>
            ))}
            <span className={styles.itemName} title={row.name ?? undefined}>
              {row.pinned ? "pinned · " : ""}
              {row.name ?? TARGET_WORDS[row.target.type]}
            </span>
          </div>
          <ItemView key={place} item={item} view={view} onView={onView} onInHand={onInHand} onShown={shown} heldBack={heldBack} onLoad={load} />
        </Panel>
        <Separator className={stacked ? styles.dividerFlat : styles.divider} />
        <Panel id="rubric" className={styles.rubricPane} defaultSize={stacked ? "40%" : "28%"} minSize={stacked ? "160px" : "280px"} maxSize={stacked ? "80%" : "640px"}>
          <RubricPane
            item={item}
            place={place}
            rubric={rubric}
            sheet={sheet}
            dispatch={act}
            locked={locked}
            prefill={prefill}
            knownTags={NO_TAGS}
            nameOfRun={nameOfRun}
            told={told}
            notice={notices}
            submitName={queue.settings.on_submit === "stay" ? "Submit" : "Submit and next"}
            onInstructions={onInstructions}
            {...steps}
          />
        </Panel>
      </Group>
      {asking ? (
        <ReasonDialog
          title={asking === "skip" ? "Why is it skipped?" : "Why does it not belong here?"}
          reasons={queue.settings.skip_reasons ?? []}
          required={asking === "discard"}
          onChoose={(reason) => decide(asking, reason)}
          onClose={() => setAsking(null)}
        />
      ) : null}
    </>
  );
}

const NO_TAGS: Readonly<Record<string, readonly string[]>> = {};

/** The output of the run that is judged, where a correction is asked for. */
function usePrefill(item: ReviewItem, wanted: boolean): string | null {
  const { target } = item.row;
  const run = target.type === "run" || target.type === "trace" ? target.run : null;
  const scope = useMemo(() => scopeOf(item), [item]);
  const panel = useQuery({ ...runQuery(scope, run?.trace_id ?? "", run?.run_id ?? ""), enabled: wanted && run !== null });
  return panel.data?.outputs?.json ?? null;
}

const RENEW_MS = 30_000;

/** The item stays this window's own while somebody is here, who learns soon when it no longer is, or is free again. */
function useLease(item: ReviewItem, client: ReturnType<typeof useQueryClient>): void {
  // What was only peeked at is being opened.
  const opened = item.lease.type !== "free";
  const itemId = item.row.id;
  useEffect(() => {
    if (!opened) return;
    const ask = (): void => {
      if (!document.hasFocus()) return;
      void platform()
        .call("renew_lease", { item_id: itemId, session: SESSION })
        .then((lease) => {
          // Nobody has it any more: it is opened here, as it is now.
          if (lease.type === "free") return client.invalidateQueries({ queryKey: keys.reviewItem(itemId) });
          client.setQueryData<ReviewItem>(keys.reviewItem(itemId), (known) => known && { ...known, lease });
        })
        .catch(() => undefined);
    };
    const timer = setInterval(ask, RENEW_MS);
    window.addEventListener("focus", ask);
    return () => {
      clearInterval(timer);
      window.removeEventListener("focus", ask);
    };
  }, [opened, itemId, client]);
}

/** Where the library cannot be written, the answers can still be kept. */
function saveToFile(queue: string, itemId: string, answers: unknown): void {
  const url = URL.createObjectURL(new Blob([JSON.stringify({ queue, item: itemId, answers }, null, 2)], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = `answers-${itemId.slice(0, 8)}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
