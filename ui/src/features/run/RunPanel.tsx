/** Everything about the selected run. */
import { Tabs } from "radix-ui";
import type { ReactNode } from "react";
import { Chip, StatusChip } from "../../components/Chip";
import { CopyButton } from "../../components/CopyButton";
import { ErrorState, Skeleton } from "../../components/States";
import { TypeIcon } from "../../components/TypeIcon";
import { KeysOf } from "../../components/ui/Keys";
import type { RunPanel as Run } from "../../contract/contract";
import { useRun } from "../../data/queries";
import { formatCount } from "../../lib/format";
import { RUN_TABS, type RunTab } from "../../routes/search";
import { useTraceNav } from "../trace/nav";
import { AttachmentsTab } from "./AttachmentsTab";
import { EventsTab } from "./EventsTab";
import { IoTab } from "./IoTab";
import { MetadataTab } from "./MetadataTab";
import { RawTab } from "./RawTab";
import { RunErrorCard } from "./RunErrorCard";
import { RunStats } from "./RunStats";
import styles from "./run.module.css";

interface RunPanelProps {
  readonly traceId: string;
  readonly runId: string;
  /** Place among the rows of the tree, from 1. */
  readonly position: number;
  readonly shown: number;
}

export function RunPanel({ traceId, runId, position, shown }: RunPanelProps) {
  const run = useRun(traceId, runId);
  return (
    <section className={styles.panel} aria-label="Run" data-run-panel tabIndex={-1}>
      {run.data ? (
        <>
          <header className={styles.head}>
            <TypeIcon type={run.data.run_type} />
            <h2 className={styles.name} title={run.data.name}>
              {run.data.name}
            </h2>
            {run.data.model ? <Chip title={run.data.model}>{run.data.model}</Chip> : null}
            {run.data.status === "success" ? null : <StatusChip status={run.data.status} />}
            <CopyButton label="Copy the run id" text={() => runId} />
            <span className={styles.position}>
              {position > 0 ? `Run ${formatCount(position)} of ${formatCount(shown)}` : ""}
              <KeysOf command="trace.next" />
              <KeysOf command="trace.previous" />
            </span>
          </header>
          <RunStats run={run.data} />
          <RunTabs run={run.data} />
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
  metadata: "Metadata",
  events: "Events",
  attachments: "Attachments",
  raw: "Raw",
};

function RunTabs({ run }: { readonly run: Run }) {
  const { tab, tabs = RUN_TABS, change: go } = useTraceNav();
  const counts: Partial<Record<RunTab, number>> = { events: run.events.length, attachments: run.attachments.length };
  const bodies: Readonly<Record<RunTab, ReactNode>> = {
    io: <IoTab run={run} />,
    metadata: <MetadataTab run={run} />,
    events: <EventsTab events={run.events} />,
    attachments: <AttachmentsTab traceId={run.trace_id} runId={run.run_id} attachments={run.attachments} />,
    raw: <RawTab run={run} />,
  };
  const current = tab ?? "io";
  const change = (next: string): void =>
    go({ tab: next === "io" ? undefined : (next as RunTab) }, true);
  return (
    <Tabs.Root value={current} onValueChange={change} asChild>
      <div style={{ display: "contents" }}>
        <Tabs.List className={styles.tabs}>
          {tabs.map((name) => (
            <Tabs.Trigger key={name} value={name} className={styles.tab}>
              {TAB_NAMES[name]} {counts[name] ? <i>{counts[name]}</i> : null}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        <Tabs.Content key={run.run_id} value={current} className={styles.body}>
          {run.error ? <RunErrorCard message={run.error.message} kind={run.error.kind} stacktrace={run.error.stacktrace} /> : null}
          {bodies[current]}
        </Tabs.Content>
      </div>
    </Tabs.Root>
  );
}
