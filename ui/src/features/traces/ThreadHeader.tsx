/** What stands above a thread in each of its views: where it belongs, its key, its totals, and the way between the views. */
import { Link } from "@tanstack/react-router";
import { clsx } from "clsx";
import type { ReactNode } from "react";
import { CopyButton } from "../../components/CopyButton";
import { MiddleCut } from "../../components/MiddleCut";
import type { ThreadStats } from "../../contract/contract";
import { useThreadStats } from "../../data/conversation";
import { costOf } from "../../lib/cost";
import { DASH, exactDuration, formatCount, formatDuration, formatPartCost, plural } from "../../lib/format";
import type { TableSearch } from "../../routes/search";
import { ViewSwitch } from "../conversation/ViewSwitch";
import header from "../trace/trace.module.css";
import styles from "./thread.module.css";

const VIEWS = [
  ["messages", "Messages"],
  ["turns", "Turns"],
  ["details", "Details"],
] as const;
const VIEWS_OF_GUESS = VIEWS.filter(([view]) => view !== "details");
const KEYS = { messages: "M", turns: "T", details: "D" } as const;

interface ThreadHeaderProps {
  readonly thread: string;
  readonly search: TableSearch;
  readonly onChange: (changes: Partial<TableSearch>) => void;
}

export function ThreadHeader({ thread, search, onChange }: ThreadHeaderProps) {
  const { project, view = "turns" } = search;
  const stats = useThreadStats(thread, project).data;
  return (
    <header className={header.header}>
      <nav className={header.crumbs} aria-label="Where the thread belongs">
        {project === undefined ? null : (
          <>
            <Link to="/" search={{ project }}>
              {project}
            </Link>
            <span className={header.slash}>/</span>
          </>
        )}
        <Link to="/threads" search={project === undefined ? {} : { project }}>
          Threads
        </Link>
      </nav>
      <div className={header.titleLine}>
        <h1 className={clsx(header.title, styles.key)} title={thread} aria-label={thread}>
          <MiddleCut text={thread} />
        </h1>
        <CopyButton label="Copy the key of the thread" text={() => thread} />
        <div className={clsx(header.toolbar, styles.views)}>
          <ViewSwitch label="View of the thread" options={VIEWS} keys={KEYS} value={view} onChange={(next) => onChange({ view: next === "turns" ? undefined : next })} />
        </div>
      </div>
      <Totals stats={stats} cost={project === undefined ? undefined : costOf({ of: "thread", project, thread })} />
    </header>
  );
}

/** The same above a guessed thread, of which no figures are kept. */
export function GuessHeader({ search, onChange }: Omit<ThreadHeaderProps, "thread">) {
  const { traces = "", view = "turns" } = search;
  return (
    <header className={header.header}>
      <nav className={header.crumbs} aria-label="Where the thread belongs">
        <Link to="/threads" search={{ guess: true }}>
          Guessed threads
        </Link>
      </nav>
      <div className={header.titleLine}>
        <h1 className={header.title}>Guessed thread</h1>
        <div className={clsx(header.toolbar, styles.views)}>
          <ViewSwitch label="View of the thread" options={VIEWS_OF_GUESS} keys={KEYS} value={view} onChange={(next) => onChange({ view: next === "turns" ? undefined : next })} />
        </div>
      </div>
      <div className={header.facts}>
        <span>
          <b>{formatCount(traces.split(".").length)}</b> turns without a thread key of their own
        </span>
      </div>
    </header>
  );
}

/** The room of the figures is there before they are. */
function Totals({ stats, cost }: { readonly stats: ThreadStats | undefined; readonly cost: string | undefined }) {
  const failed = stats?.turns.filter(({ row }) => row.status === "error").length ?? 0;
  const unpriced = stats?.turns.reduce((sum, { row }) => sum + row.unpriced_runs, 0) ?? 0;
  const told = (value: (known: ThreadStats) => string): ReactNode => <b>{stats ? value(stats) : DASH}</b>;
  return (
    <div className={header.facts} aria-busy={!stats || undefined}>
      <span>
        {told(({ turns }) => formatCount(turns.length))} {stats?.turns.length === 1 ? "turn" : "turns"}
      </span>
      <span title={stats ? `${exactDuration(stats.active)} of all turns together; p50 ${formatDuration(stats.latency_p50)}, p99 ${formatDuration(stats.latency_p99)}` : undefined}>
        {told(({ active }) => formatDuration(active))} latency
      </span>
      <span title={stats ? `${formatCount(stats.usage.input)} in, ${formatCount(stats.usage.output)} out` : undefined}>{told(({ usage }) => formatCount(usage.total))} tokens</span>
      <span title={unpriced > 0 ? `${plural(unpriced, "run")} whose cost is not known` : undefined} data-cost={stats && stats.cost !== null ? cost : undefined}>
        {told(({ cost: sum }) => formatPartCost(sum, unpriced))} cost
      </span>
      <span className={failed > 0 ? header.bad : undefined}>
        {told(() => formatCount(failed))} {failed === 1 ? "failed turn" : "failed turns"}
      </span>
    </div>
  );
}
