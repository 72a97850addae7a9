/** Everything about the selected run. */
import { Search } from "lucide-react";
import { Tabs } from "radix-ui";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, type ReactNode } from "react";
import { hits, useCommands, type Command } from "../../commands/registry";
import { Chip, StatusChip } from "../../components/Chip";
import { CopyButton } from "../../components/CopyButton";
import { ErrorState, Skeleton } from "../../components/States";
import { TypeIcon } from "../../components/TypeIcon";
import { Button, IconButton } from "../../components/ui/Button";
import { KeysOf } from "../../components/ui/Keys";
import type { RunPanel as Run } from "../../contract/contract";
import { useFeedback } from "../../data/feedback";
import { useItemScope } from "../../data/item";
import { useRun } from "../../data/queries";
import { useUi } from "../../data/ui";
import { formatCount } from "../../lib/format";
import { typesText } from "../../lib/keys";
import { RUN_TABS, type RunTab } from "../../routes/search";
import { Feedback } from "../feedback/Feedback";
import { FindBar } from "../trace/FindBar";
import { useTraceNav } from "../trace/nav";
import { AttachmentsTab } from "./AttachmentsTab";
import { EventsTab } from "./EventsTab";
import { FoundProvider } from "./found";
import { IoTab } from "./IoTab";
import { MetadataTab } from "./MetadataTab";
import { RawTab } from "./RawTab";
import { RunErrorCard } from "./RunErrorCard";
import { RunStats, type WholeRun } from "./RunStats";
import { useRunFind } from "./useRunFind";
import styles from "./run.module.css";

interface RunPanelProps {
  readonly traceId: string;
  readonly runId: string;
  /** Place among the rows of the tree, from 1. */
  readonly position: number;
  readonly shown: number;
  /** What it has with everything below it, as its row in the tree tells; nothing where that is not known. */
  readonly whole?: WholeRun | null;
}

export function RunPanel({ traceId, runId, position, shown, whole = null }: RunPanelProps) {
  const run = useRun(traceId, runId);
  const panel = useRef<HTMLElement>(null);
  const open = useUi((state) => state.open);
  // What a queue hides must not be shown on the way to a dataset; the review screen has its own way there.
  const reviewing = useItemScope() !== null;
  useTabKeys(panel);
  const { tab = "io" } = useTraceNav();
  const find = useRunFind(run.data, tab, panel);
  // In a queue, finding is of the item.
  const findable = find.offered && !reviewing;
  useFindKeys(panel, findable ? find.open : null);
  return (
    <section className={styles.panel} aria-label="Run" data-run-panel tabIndex={-1} ref={panel}>
      {run.data ? (
        <>
          <header className={styles.head}>
            <TypeIcon type={run.data.run_type} />
            <h2 className={styles.name} title={run.data.name}>
              {run.data.name}
            </h2>
            <span className={styles.position}>
              {position > 0 ? `Run ${formatCount(position)} of ${formatCount(shown)}` : ""}
              <KeysOf command="trace.next" />
              <KeysOf command="trace.previous" />
            </span>
          </header>
          <div className={styles.headTools}>
            {run.data.status === "success" ? null : <StatusChip status={run.data.status} />}
            {run.data.model ? <Chip title={run.data.model}>{run.data.model}</Chip> : null}
            <CopyButton label="Copy the run id" text={() => runId} />
            {reviewing ? null : (
              <IconButton label="Find in the run" disabled={!findable} onClick={find.open}>
                <Search size={13} />
              </IconButton>
            )}
            {reviewing ? null : (
              <Button data-command="dataset.add" title="Add the run to a dataset" onClick={() => open({ name: "add-to-dataset", datasetId: null, source: { type: "runs", runs: [{ trace_id: traceId, run_id: runId }] }, label: `The run “${run.data.name}”` })}>
                Dataset
                <KeysOf command="dataset.add" />
              </Button>
            )}
          </div>
          <RunStats run={run.data} whole={whole} />
          <FoundProvider run={run.data.run_id} here={find.shown ? find.here : null}>
            <RunTabs run={run.data} findBar={find.shown && !reviewing ? <FindBar find={find} label="Find in the run" placeholder="Find in keys and values" /> : null} />
          </FoundProvider>
        </>
      ) : run.error ? (
        <ErrorState title="The run could not be read" error={run.error} onRetry={() => void run.refetch()} />
      ) : (
        <div className={styles.head} aria-busy>
          <Skeleton width="50%" />
        </div>
      )}
    </section>
  );
}

const TAB_NAMES: Readonly<Record<RunTab, string>> = {
  io: "Input & output",
  feedback: "Feedback",
  metadata: "Metadata",
  events: "Events",
  attachments: "Attachments",
  raw: "Raw",
};

function useChangeTab() {
  const { change } = useTraceNav();
  return useCallback((next: RunTab): void => change({ tab: next === "io" ? undefined : next }, true), [change]);
}

/** Digits choose a tab while the focus is in the panel; elsewhere they are keys of the tree. */
function useTabKeys(panel: { readonly current: HTMLElement | null }): void {
  const changeTab = useChangeTab();
  // In a queue, digits answer the question in hand.
  const reviewing = useItemScope() !== null;
  useEffect(() => {
    const element = panel.current;
    if (!element || reviewing) return;
    const onKeyDown = (event: KeyboardEvent): void => {
      const tab = RUN_TABS[Number(event.key) - 1];
      const typing = typesText(event.target instanceof HTMLElement ? event.target : null);
      if (tab === undefined || typing || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      changeTab(tab);
    };
    element.addEventListener("keydown", onKeyDown);
    return () => element.removeEventListener("keydown", onKeyDown);
  }, [panel, changeTab, reviewing]);
}

const FIND: Command = { id: "run.find", title: "Find in the run, while its panel has the focus", group: "Trace", shortcut: "Mod+F", local: true, run: () => undefined };

/** The keys for finding mean the run while the focus is in its panel; elsewhere they mean the trace. */
function useFindKeys(panel: { readonly current: HTMLElement | null }, open: (() => void) | null): void {
  const latest = useRef(open);
  useLayoutEffect(() => {
    latest.current = open;
  });
  const offered = open !== null;
  useCommands(useMemo(() => (offered ? [FIND] : []), [offered]));
  useEffect(() => {
    const element = panel.current;
    if (!element || !offered) return undefined;
    const onKeyDown = (event: KeyboardEvent): void => {
      if (!hits(FIND, event)) return;
      event.preventDefault();
      latest.current?.();
    };
    element.addEventListener("keydown", onKeyDown);
    return () => element.removeEventListener("keydown", onKeyDown);
  }, [panel, offered]);
}

/** Opens the input of a call beside the call before; nothing for other runs, and not where runs are judged in a queue. */
function usePromptOf({ trace_id: traceId, run_id: runId, run_type: type }: Run): (() => void) | null {
  const open = useUi((state) => state.open);
  const reviewing = useItemScope() !== null;
  return useMemo(() => {
    if (type !== "llm" || reviewing) return null;
    return () => open({ name: "prompt", prompt: { of: { trace_id: traceId }, hidden: false, traceId, runId } });
  }, [open, reviewing, type, traceId, runId]);
}

function RunTabs({ run, findBar }: { readonly run: Run; readonly findBar: ReactNode }) {
  const { tab, tabs = RUN_TABS, change: go } = useTraceNav();
  const changeTab = useChangeTab();
  // Where runs are judged in a queue the tab is not offered, and nothing of what others said is read.
  const offered = tabs.includes("feedback");
  const { trace_id: traceId, run_id: runId } = run;
  const feedback = useFeedback({ type: "run", trace_id: traceId, run_id: runId }, offered);
  const open = useUi((state) => state.open);
  const showPrompt = usePromptOf(run);
  const latest = useRef(go);
  useLayoutEffect(() => {
    latest.current = go;
  });
  const commands = useMemo((): Command[] => {
    if (!offered) return [];
    const saw: Command[] = showPrompt ? [{ id: "run.prompt", title: "What the model saw", group: "Trace", shortcut: "Alt+W", run: showPrompt }] : [];
    const judge = (): void => {
      latest.current({ tab: "feedback" }, true);
      // The tab is drawn with the next frames, whichever of the two keeps what is chosen.
      requestAnimationFrame(() => requestAnimationFrame(() => document.querySelector<HTMLElement>("[data-feedback-key]")?.focus()));
    };
    return [
      ...saw,
      { id: "run.judge", title: "Judge the run", group: "Trace", shortcut: "Shift+F", run: judge },
      { id: "trace.judge", title: "Judge the trace…", group: "Trace", shortcut: "Mod+Shift+J", run: () => open({ name: "feedback", target: { type: "trace", trace_id: traceId } }) },
    ];
  }, [offered, open, traceId, showPrompt]);
  useCommands(commands);
  const counts: Partial<Record<RunTab, number>> = { events: run.events.length, attachments: run.attachments.length, feedback: feedback.data?.rows.filter(({ retracted }) => retracted === null).length };
  const bodies: Readonly<Record<RunTab, ReactNode>> = {
    io: (
      <>
        {showPrompt ? (
          <p className={styles.saw}>
            <Button onClick={showPrompt}>
              What the model saw
              <KeysOf command="run.prompt" />
            </Button>
          </p>
        ) : null}
        <IoTab run={run} />
      </>
    ),
    feedback: <Feedback target={{ type: "run", trace_id: run.trace_id, run_id: run.run_id }} label="Feedback" />,
    metadata: <MetadataTab run={run} />,
    events: <EventsTab events={run.events} />,
    attachments: <AttachmentsTab traceId={run.trace_id} runId={run.run_id} attachments={run.attachments} />,
    raw: <RawTab run={run} />,
  };
  const current = tab ?? "io";
  return (
    <Tabs.Root value={current} onValueChange={(next) => changeTab(next as RunTab)} asChild>
      <div style={{ display: "contents" }}>
        <Tabs.List className={styles.tabs}>
          {tabs.map((name) => (
            <Tabs.Trigger key={name} value={name} className={styles.tab}>
              {TAB_NAMES[name]} {counts[name] ? <i>{counts[name]}</i> : null}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        {findBar}
        <Tabs.Content key={run.run_id} value={current} className={styles.body} data-run-body>
          {run.error ? <RunErrorCard message={run.error.message} kind={run.error.kind} stacktrace={run.error.stacktrace} /> : null}
          {bodies[current]}
        </Tabs.Content>
      </div>
    </Tabs.Root>
  );
}
