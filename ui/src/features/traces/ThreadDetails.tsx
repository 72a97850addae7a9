/** A thread in figures, and its turns one by one. */
import { getRouteApi, Link } from "@tanstack/react-router";
import { clsx } from "clsx";
import { useCallback, useMemo, type ReactNode } from "react";
import { useCommands, type Command } from "../../commands/registry";
import { StatusChip } from "../../components/Chip";
import { ErrorState, Skeleton } from "../../components/States";
import rowStyles from "../../components/ui/rows.module.css";
import { useVirtualGrid } from "../../components/table/useVirtualGrid";
import type { KeyStats, ThreadStats, ThreadTurn } from "../../contract/contract";
import { useThreadStats } from "../../data/conversation";
import { useUi } from "../../data/ui";
import { className } from "../../lib/cost";
import { scoreText } from "../../lib/feedback";
import { DASH, exactDuration, formatCost, formatPartCost, formatCostInColumn, formatCount, formatDuration, formatPercent, formatTime, isoTime, plural } from "../../lib/format";
import type { TableSearch } from "../../routes/search";
import { useScreenStatus } from "../frame/useScreenStatus";
import { useAddToQueue } from "../queues/useAddToQueue";
import { SaidChips } from "../tables/SaidChips";
import styles from "./thread.module.css";
import { ThreadHeader } from "./ThreadHeader";

const route = getRouteApi("/");

interface ThreadDetailsProps {
  readonly search: TableSearch;
  readonly thread: string;
}

export function ThreadDetails({ search, thread }: ThreadDetailsProps) {
  const navigate = route.useNavigate();
  const { project } = search;
  const stats = useThreadStats(thread, project);
  const open = useUi((state) => state.open);
  const total = stats.data?.turns.length ?? null;
  useScreenStatus(total === null ? "" : plural(total, "turn"));
  const change = useCallback((changes: Partial<TableSearch>) => void navigate({ search: (before) => ({ ...before, ...changes }), replace: true }), [navigate]);
  const commands = useMemo((): Command[] => [{ id: "thread.judge", title: "Judge the thread…", group: "Table", shortcut: "Mod+Shift+J", run: () => open({ name: "feedback", target: { type: "thread", thread } }) }], [open, thread]);
  useCommands(commands);
  useAddToQueue(() => (project === undefined ? null : { source: { type: "threads", threads: [{ project, thread }] }, label: `The thread “${thread}”` }));
  return (
    <div className={rowStyles.page}>
      <ThreadHeader thread={thread} search={search} onChange={change} />
      {stats.error ? (
        <ErrorState title="The thread could not be read" error={stats.error} onRetry={() => void stats.refetch()} />
      ) : stats.data ? (
        <Details stats={stats.data} name={`thread details ${thread} ${project ?? ""}`} />
      ) : (
        <div className={styles.loading} aria-busy>
          <Skeleton width="60%" />
          <Skeleton width="40%" />
        </div>
      )}
    </div>
  );
}

function Details({ stats, name }: { readonly stats: ThreadStats; readonly name: string }) {
  return (
    <div className={styles.details}>
      <Turns turns={stats.turns} name={name} />
      <aside className={styles.panel} aria-label="Statistics">
        <Figures stats={stats} />
        <Uses title="Models" none="No model was named.">
          {stats.models.map(({ model, provider, calls, errors, tokens, cost }) => (
            <li key={model}>
              <b title={provider ?? undefined}>{model}</b>
              <span>
                <Facts errors={errors} facts={[plural(calls, "call"), `${formatCount(tokens)} tokens`, cost === null ? (tokens > 0 ? "cost unknown" : null) : formatCost(cost)]} />
              </span>
            </li>
          ))}
        </Uses>
        <Uses title="Tools" none="No tool ran.">
          {stats.tools.map(({ tool, runs, errors, latency_p50: latency }) => (
            <li key={tool}>
              <b>{tool}</b>
              <span>
                <Facts errors={errors} facts={[plural(runs, "run"), latency === null ? null : `p50 ${formatDuration(latency)}`]} />
              </span>
            </li>
          ))}
        </Uses>
        <Uses title="Prompt versions" none="No version was named.">
          {stats.prompts.map(({ version, runs }) => (
            <li key={version}>
              <b>{version}</b>
              <span>{plural(runs, "run")}</span>
            </li>
          ))}
        </Uses>
        <Uses title="Feedback about the thread" none="Nobody has judged the thread itself.">
          {stats.feedback.map((key) => (
            <li key={key.key}>
              <b>{key.key}</b>
              <span>{saidAll(key)}</span>
            </li>
          ))}
        </Uses>
      </aside>
    </div>
  );
}

function Figures({ stats }: { readonly stats: ThreadStats }) {
  const { turns, usage, by_class: classes, cost, runs_without_key: without } = stats;
  const first = turns[0]?.row;
  const last = turns.at(-1)?.row;
  const unpriced = turns.reduce((sum, { row }) => sum + row.unpriced_runs, 0);
  return (
    <dl className={styles.figures}>
      <Figure name="Turns">{formatCount(turns.length)}</Figure>
      <Figure name="Runs">{formatCount(stats.runs)}</Figure>
      <Figure name="First turn" title={isoTime(first?.start ?? null)}>
        {formatTime(first?.start ?? null)}
      </Figure>
      <Figure name="Last turn" title={isoTime(last?.start ?? null)}>
        {formatTime(last?.start ?? null)}
      </Figure>
      <Figure name="Latency p50">{time(stats.latency_p50)}</Figure>
      <Figure name="Latency p95">{time(stats.latency_p95)}</Figure>
      <Figure name="Latency p99">{time(stats.latency_p99)}</Figure>
      <Figure name="Active time" title={exactDuration(stats.active)}>
        {formatDuration(stats.active)}
      </Figure>
      <Figure name="Tokens">
        {formatCount(usage.total)}
        <small>{[`${formatCount(usage.input)} in`, `${formatCount(usage.output)} out`, usage.cache_read && usage.input ? `${formatPercent(usage.cache_read / usage.input)} cached` : null].filter(Boolean).join(", ")}</small>
      </Figure>
      <Figure name="Cost" title={cost === null ? undefined : `$${cost}`}>
        {formatPartCost(cost, unpriced)}
        <small>{classes.map(({ class: name, cost: part }) => `${className(name)} ${formatCost(part)}`).join(", ")}</small>
      </Figure>
      {without > 0 ? (
        <p className={styles.quiet} role="note">
          {without === 1 ? "1 run does" : `${formatCount(without)} runs do`} not carry the key of the thread; their turns do, so they are counted.
        </p>
      ) : null}
    </dl>
  );
}

function time(nanos: number | null): string {
  return nanos === null ? DASH : formatDuration(nanos);
}

function Figure({ name, title, children }: { readonly name: string; readonly title?: string | undefined; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd title={title}>{children}</dd>
    </div>
  );
}

function Uses({ title, none, children }: { readonly title: string; readonly none: string; readonly children: readonly ReactNode[] }) {
  return (
    <section className={styles.uses}>
      <h2>{title}</h2>
      {children.length === 0 ? <p className={styles.quiet}>{none}</p> : <ul>{children}</ul>}
    </section>
  );
}

/** The first fact, the errors if there are any, and the rest. */
function Facts({ errors, facts }: { readonly errors: number; readonly facts: readonly (string | null)[] }) {
  const [first, ...rest] = facts.filter((fact) => fact !== null);
  return (
    <>
      {first}
      {errors > 0 ? (
        <>
          {" · "}
          <b className={styles.bad}>{plural(errors, "error")}</b>
        </>
      ) : null}
      {rest.map((fact) => ` · ${fact}`)}
    </>
  );
}

/** `mean 0.8, 3 times`, `Pass 2, Fail 1`. */
function saidAll({ count, mean, values }: KeyStats): string {
  if (mean !== null) return count === 1 ? scoreText(mean) : `mean ${scoreText(mean)}, ${formatCount(count)} times`;
  const told = values.slice(0, 3).map(({ value, count: times }) => (times === 1 && values.length === 1 ? value : `${value} ${formatCount(times)}`));
  return told.length === 0 ? plural(count, "comment") : told.join(", ");
}

const COLUMNS = ["Turn", "Name", "Start", "Latency", "Tokens", "Cost", "Errors", "Feedback"] as const;

/** The turns as a grid that is worked by keyboard. */
function Turns({ turns, name }: { readonly turns: readonly ThreadTurn[]; readonly name: string }) {
  const navigate = route.useNavigate();
  const open = (index: number): void => {
    const turn = turns[index];
    if (turn) void navigate({ to: "/trace/$traceId", params: { traceId: turn.row.trace_id }, search: {} });
  };
  const { scroller, grid, virtualizer, active, moveTo, moveBy, onKeyDown, margin } = useVirtualGrid({ list: name, total: turns.length, onRange: () => undefined, onOpen: open });
  const commands = useMemo(
    (): Command[] => [
      { id: "table.next", title: "Next row", group: "Table", shortcut: "J", repeats: true, run: () => moveBy(1) },
      { id: "table.previous", title: "Previous row", group: "Table", shortcut: "K", repeats: true, run: () => moveBy(-1) },
      { id: "table.open", title: "Open the turn", group: "Table", shortcut: "Enter", local: true, run: () => undefined },
    ],
    [moveBy],
  );
  useCommands(commands);
  return (
    <div ref={scroller} className={clsx(rowStyles.scroller, styles.turns)}>
      <div
        ref={grid}
        className={rowStyles.list}
        role="grid"
        tabIndex={0}
        aria-label="Turns"
        aria-rowcount={turns.length + 1}
        aria-colcount={COLUMNS.length}
        aria-activedescendant={`turn-${active}`}
        onKeyDown={onKeyDown}
        onClick={(event) => {
          const row = event.target instanceof Element && !event.target.closest("a") ? event.target.closest<HTMLElement>("[data-row]") : null;
          if (row) moveTo(Number(row.dataset.row));
        }}
      >
        <div role="row" aria-rowindex={1} className={clsx(rowStyles.head, styles.columns)}>
          {COLUMNS.map((column, place) => (
            <span key={column} role="columnheader" aria-colindex={place + 1}>
              {column}
            </span>
          ))}
        </div>
        <div className={rowStyles.list} role="rowgroup" style={{ height: virtualizer.getTotalSize() }}>
          {virtualizer.getVirtualItems().map(({ index, start }) => {
            const turn = turns[index];
            if (!turn) return null;
            const { row, feedback } = turn;
            return (
              <div
                key={row.trace_id}
                role="row"
                id={`turn-${index}`}
                data-row={index}
                aria-rowindex={index + 2}
                aria-selected={index === active}
                className={clsx(rowStyles.row, styles.columns)}
                style={{ transform: `translateY(${start - margin}px)` }}
              >
                <span role="gridcell" aria-colindex={1} className="num">
                  {formatCount(index + 1)}
                </span>
                <span role="gridcell" aria-colindex={2} className={styles.name}>
                  <Link to="/trace/$traceId" params={{ traceId: row.trace_id }} tabIndex={-1} title={row.input_preview ?? row.name}>
                    {row.name}
                  </Link>
                  {row.status === "success" ? null : <StatusChip status={row.status} />}
                </span>
                <span role="gridcell" aria-colindex={3} className="num" title={isoTime(row.start)}>
                  {formatTime(row.start)}
                </span>
                <span role="gridcell" aria-colindex={4} className="num">
                  {time(row.latency)}
                </span>
                <span role="gridcell" aria-colindex={5} className="num">
                  {formatCount(row.usage.total)}
                </span>
                <span role="gridcell" aria-colindex={6} className="num">
                  {formatCostInColumn(row.cost, row.unpriced_runs)}
                </span>
                <span role="gridcell" aria-colindex={7} className={clsx("num", row.errors > 0 ? rowStyles.bad : rowStyles.unknown)}>
                  {formatCount(row.errors)}
                </span>
                <span role="gridcell" aria-colindex={8} className={styles.said}>
                  {feedback.length === 0 ? null : <SaidChips said={feedback} />}
                </span>
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}
