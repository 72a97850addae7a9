/** The item that is judged, as messages, turns, tree or raw: the screens of the rest of the app, asked through the queue. */
import { memo, useCallback, useEffect, useMemo, useState, type ReactNode } from "react";
import { useQuery } from "@tanstack/react-query";
import { Group, Panel, Separator } from "react-resizable-panels";
import { EmptyState, ErrorState, Skeleton } from "../../components/States";
import type { ItemTarget, ReviewItem, RunRef, Trace } from "../../contract/contract";
import { ItemScopeContext, useItemScope } from "../../data/item";
import { conversationQuery, runQuery, useConversation, useRun, useTrace } from "../../data/queries";
import { afterPaint } from "../../lib/paint";
import { barOf, fitAll } from "../../lib/timeline";
import { ConversationView } from "../conversation/ConversationView";
import { IoTab } from "../run/IoTab";
import { RawTab } from "../run/RawTab";
import { RunErrorCard } from "../run/RunErrorCard";
import { RunPanel } from "../run/RunPanel";
import { TraceNavContext, type TraceNav } from "../trace/nav";
import traceStyles from "../trace/trace.module.css";
import { TreePane } from "../trace/TreePane";
import { useTraceTree } from "../trace/useTraceTree";
import { LargeItem } from "./LargeItem";
import { PairView } from "./PairView";
import styles from "./review.module.css";
import { conversationOf, type ItemView as View } from "./target";
import { TurnsView } from "./TurnsView";
import { scopeOf } from "./usePrefetch";

/** A run that is in hand in the item: where evidence and first failures point. */
export interface InHand {
  readonly traceId: string;
  readonly runId: string;
  readonly turn: number;
}

interface ItemViewProps {
  readonly item: ReviewItem;
  readonly view: View;
  readonly onView: (view: View) => void;
  readonly onInHand: (place: InHand | null) => void;
  /** The item can be read. */
  readonly onShown: () => void;
  /** Too large to be read without being asked for. */
  readonly heldBack: boolean;
  readonly onLoad: () => void;
}

export function ItemView({ item, view, onView, onInHand, onShown, heldBack, onLoad }: ItemViewProps) {
  const { itemId, masked } = scopeOf(item);
  const scope = useMemo(() => ({ itemId, masked }), [itemId, masked]);
  return (
    <ItemScopeContext value={scope}>
      <Shown target={item.row.target} view={view} heldBack={heldBack} onShown={onShown} />
      {item.row.missing ? (
        <EmptyState title="What was to be judged is gone">It left the library with its source. Earlier answers stay; skip the item, or take it out of the queue.</EmptyState>
      ) : heldBack ? (
        <LargeItem item={item} onLoad={onLoad} />
      ) : (
        <Target target={item.row.target} view={view} onView={onView} onInHand={onInHand} />
      )}
    </ItemScopeContext>
  );
}

/** Tells once the item is on the screen: after its payload came, or could not, and was painted. */
function Shown({ target, view, heldBack, onShown }: { readonly target: ItemTarget; readonly view: View; readonly heldBack: boolean; readonly onShown: () => void }) {
  const scope = useItemScope();
  const of = conversationOf(target);
  const run = target.type === "run" ? target.run : target.type === "pair" ? target.a : null;
  const conversation = useQuery({ ...conversationQuery(scope, of ?? { trace_id: "" }, false), enabled: !heldBack && of !== null && view === "messages" });
  const payload = useQuery({ ...runQuery(scope, run?.trace_id ?? "", run?.run_id ?? ""), enabled: !heldBack && run !== null });
  const ready = heldBack || (run !== null ? !payload.isPending : view !== "messages" || !conversation.isPending);
  useEffect(() => {
    if (!ready) return;
    return afterPaint(onShown);
  }, [ready, onShown]);
  return null;
}

interface TargetProps {
  readonly target: ItemTarget;
  readonly view: View;
  readonly onView: (view: View) => void;
  readonly onInHand: (place: InHand | null) => void;
}

/** Drawn once an item: what else is learned of it, its lease or its state, is none of its payload. */
const Target = memo(function Target({ target, view, onView, onInHand }: TargetProps) {
  const [run, setRun] = useState<RunRef | null>(null);
  const pane = useMemo(() => ({ onInHand }), [onInHand]);
  const showRun = useCallback(
    (traceId: string, runId: string) => {
      setRun({ trace_id: traceId, run_id: runId });
      onView("details");
    },
    [onView],
  );
  if (target.type === "pair") return <PairView a={target.a} b={target.b} raw={view === "raw"} />;
  const of = conversationOf(target);
  if (of === null && target.type === "run") {
    const { trace_id: traceId, run_id: runId } = target.run;
    if (view === "details") return <Details traceId={traceId} first={runId} onInHand={onInHand} />;
    return <OneRun traceId={traceId} runId={runId} raw={view === "raw"} judged onInHand={onInHand} />;
  }
  if (of === null) return null;
  if (view === "messages") return <ConversationView of={of} run={null} onShowRun={showRun} pane={pane} />;
  if (view === "turns") return <TurnsView of={of} onShowRun={showRun} />;
  return (
    <LastTrace of={of} chosen={run}>
      {(ref) => (view === "details" ? <Details key={ref.trace_id} traceId={ref.trace_id} first={ref.run_id} onInHand={onInHand} /> : <OneRun traceId={ref.trace_id} runId={ref.run_id} raw onInHand={onInHand} />)}
    </LastTrace>
  );
});

/** The trace to show of a conversation: the one that was chosen in it, else its last turn. */
function LastTrace({ of, chosen, children }: { readonly of: NonNullable<ReturnType<typeof conversationOf>>; readonly chosen: RunRef | null; readonly children: (ref: RunRef) => ReactNode }) {
  const conversation = useConversation(of, false);
  if (chosen) return children(chosen);
  const turn = conversation.data?.turns.at(-1);
  if (turn) return children({ trace_id: turn.trace_id, run_id: turn.root_run_id ?? "" });
  if (conversation.error) return <ErrorState title="The item could not be read" error={conversation.error} onRetry={() => void conversation.refetch()} />;
  return <Loading />;
}

interface OneRunProps {
  readonly traceId: string;
  readonly runId: string;
  readonly raw: boolean;
  /** It is what is judged, and no part of it. */
  readonly judged?: boolean;
  readonly onInHand?: ((place: InHand | null) => void) | undefined;
}

/** What went into a run and what came out, or the records as they came. */
export function OneRun({ traceId, runId, raw, judged = false, onInHand }: OneRunProps) {
  const run = useRun(traceId, runId);
  useEffect(() => onInHand?.({ traceId, runId, turn: 0 }), [onInHand, traceId, runId]);
  if (run.error) return <ErrorState title="The run could not be read" error={run.error} onRetry={() => void run.refetch()} />;
  if (!run.data) return <Loading />;
  return (
    // A pane that scrolls can be reached by keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={styles.scroll} data-item-scroll tabIndex={0} role="region" aria-label={raw ? "Raw" : "Input and output"}>
      <div className={styles.sheetOf}>
        {run.data.error ? <RunErrorCard message={run.data.error.message} kind={run.data.error.kind} stacktrace={run.data.error.stacktrace} /> : null}
        {raw ? <RawTab run={run.data} /> : <IoTab run={run.data} judged={judged} />}
      </div>
    </div>
  );
}

interface DetailsProps {
  readonly traceId: string;
  readonly first: string;
  readonly onInHand: (place: InHand | null) => void;
}

function Details({ traceId, first, onInHand }: DetailsProps) {
  const trace = useTrace(traceId);
  const [place, setPlace] = useState<Pick<TraceNav, "run" | "tab" | "show">>({ run: first === "" ? undefined : first, tab: undefined, show: undefined });
  const masked = useItemScope()?.masked ?? false;
  const nav = useMemo(
    (): TraceNav => ({
      ...place,
      tabs: masked ? (["io", "metadata", "events", "raw"] as const) : (["io", "metadata", "events", "attachments", "raw"] as const),
      change: (changes) => setPlace((before) => ({ ...before, ...changes })),
    }),
    [place, masked],
  );
  if (trace.error) return <ErrorState title="The trace could not be read" error={trace.error} onRetry={() => void trace.refetch()} />;
  if (!trace.data) return <Loading />;
  return (
    <TraceNavContext value={nav}>
      <Tree trace={trace.data} onInHand={onInHand} />
    </TraceNavContext>
  );
}

function Tree({ trace, onInHand }: { readonly trace: Trace; readonly onInHand: (place: InHand | null) => void }) {
  const { row, columns } = trace;
  const tree = useTraceTree(row.trace_id, columns);
  const runId = columns.run_id[tree.selected] ?? "";
  useEffect(() => onInHand(runId === "" ? null : { traceId: row.trace_id, runId, turn: 0 }), [onInHand, row.trace_id, runId]);
  const total = useMemo(() => columns.run_id.reduce((end, _, index) => Math.max(end, (columns.start_offset[index] ?? 0) + (columns.duration[index] ?? 0)), row.latency ?? 0), [columns, row.latency]);
  const view = fitAll(total);
  // Without times there is nothing to draw on an axis; the rows stay.
  const shown = barOf(0, 0, view) === null ? fitAll(1) : view;
  return (
    <Group orientation="vertical" className={traceStyles.panes}>
      <Panel className={traceStyles.pane} defaultSize="45%" minSize="96px">
        <TreePane traceId={row.trace_id} columns={columns} tree={tree} view={shown} total={total} elapsed={null} matches={NO_MATCHES} onZoom={nothing} onPan={nothing} />
      </Panel>
      <Separator className={styles.dividerFlat} />
      <Panel className={traceStyles.side} minSize="96px">
        {runId === "" ? null : <RunPanel traceId={row.trace_id} runId={runId} position={(tree.visible.index[tree.selected] ?? 0) + 1} shown={tree.visible.rows.length} />}
      </Panel>
    </Group>
  );
}

const NO_MATCHES: ReadonlySet<number> = new Set();
const nothing = (): void => undefined;

export function Loading() {
  return (
    <div className={styles.loading} aria-busy>
      {["40%", "75%", "60%"].map((width) => (
        <Skeleton key={width} width={width} />
      ))}
    </div>
  );
}
