/** Threads that are guessed among the newest traces without a thread key: a view, of which nothing is kept. */
import { useNavigate } from "@tanstack/react-router";
import { clsx } from "clsx";
import { useCallback, useMemo, useRef, useState, type MouseEvent, type ReactNode } from "react";
import { useCommands, type Command } from "../../commands/registry";
import { Chip } from "../../components/Chip";
import { EmptyState, ErrorState, Skeleton } from "../../components/States";
import table from "../../components/table/table.module.css";
import { useVirtualGrid, useVisibleRange } from "../../components/table/useVirtualGrid";
import { Button } from "../../components/ui/Button";
import rowStyles from "../../components/ui/rows.module.css";
import ui from "../../components/ui/ui.module.css";
import { useLatest } from "../../components/useLatest";
import { useNow } from "../../components/useNow";
import type { GuessedThread } from "../../contract/contract";
import { useGuessedThreads } from "../../data/guess";
import { isNothing } from "../../lib/json";
import { DASH, formatCostInColumn, formatCount, formatTimeShort, isoTime, plural } from "../../lib/format";
import { evidenceText, evidenceTitle } from "../../lib/guess";
import { RpcError } from "../../platform";
import { GAPS, type TableSearch } from "../../routes/search";
import { useScreenStatus } from "../frame/useScreenStatus";
import { useAddToQueue } from "../queues/useAddToQueue";
import { SearchBar } from "../tables/SearchBar";
import { filterOf } from "../tables/TablePage";
import { TimeMenu } from "../tables/TimeMenu";
import { Facet } from "../tables/Facet";
import styles from "./threads.module.css";

const SHAPE_OF_LOADING = 8;
const NONE: readonly GuessedThread[] = [];
const GAP_NAMES: Readonly<Record<number, string>> = { 5: "5 min", 15: "15 min", 60: "1 h", 240: "4 h", 1440: "1 day" };

interface GuessPageProps {
  readonly search: TableSearch;
  /** The switch that leads back. */
  readonly beside: ReactNode;
}

export function GuessPage({ search, beside }: GuessPageProps) {
  const navigate = useNavigate();
  const { project, source, status, q, when, gap } = search;
  const now = useNow();
  // A range in words is of the moment at which it was chosen.
  const [asked, setAsked] = useState({ when, now });
  if (asked.when !== when) setAsked({ when, now });
  const filter = useMemo(() => filterOf("traces", { project, source, status, q, when }, asked.now), [project, source, status, q, when, asked.now]);
  const guessed = useGuessedThreads(filter, gap);
  const threads = guessed.data?.threads ?? NONE;
  const total = guessed.data === undefined ? null : threads.length;
  const [, setRange] = useVisibleRange();
  const input = useRef<HTMLInputElement>(null);
  const latestSearch = useLatest(search);
  const change = useCallback((changes: Partial<TableSearch>) => void navigate({ to: "/threads", search: { ...latestSearch.current, ...changes }, replace: true }), [navigate, latestSearch]);
  const enter = (row: number): void => {
    const thread = threads[row];
    if (thread) void navigate({ to: "/", search: { project: thread.project, traces: thread.trace_ids.join(".") } });
  };
  const { scroller, grid, virtualizer, active, moveTo, moveBy, onKeyDown, margin } = useVirtualGrid({
    list: `guessed threads ${JSON.stringify([filter, gap])}`,
    total: total ?? SHAPE_OF_LOADING,
    onRange: setRange,
    onOpen: enter,
  });
  const inHand = threads[active];
  useAddToQueue(() => (inHand === undefined ? null : { source: { type: "traces", trace_ids: inHand.trace_ids }, label: `${plural(inHand.turns, "trace")} of a guessed thread` }));
  const { refetch } = guessed;
  const commands = useMemo(
    (): Command[] => [
      { id: "table.filter", title: "Filter", group: "Table", shortcut: "/", run: () => input.current?.focus() },
      { id: "table.next", title: "Next row", group: "Table", shortcut: "J", repeats: true, run: () => moveBy(1) },
      { id: "table.previous", title: "Previous row", group: "Table", shortcut: "K", repeats: true, run: () => moveBy(-1) },
      { id: "table.open", title: "Open the row", group: "Table", shortcut: "Enter", local: true, run: () => undefined },
      { id: "threads.again", title: "Guess again", group: "Table", run: () => void refetch() },
    ],
    [moveBy, refetch],
  );
  useCommands(commands);
  const onClick = (event: MouseEvent): void => {
    const row = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-row]") : null;
    if (!row) return;
    moveTo(Number(row.dataset["row"]));
    enter(Number(row.dataset["row"]));
  };
  const counted = total === null ? "" : plural(total, "guessed thread");
  useScreenStatus(counted);
  // The search bar tells what cannot be read.
  const isUnreadable = guessed.error instanceof RpcError && guessed.error.code === "invalid_input";
  const narrowed = project !== undefined || source !== undefined || status !== undefined || (q ?? "") !== "" || when !== undefined;
  return (
    <div className={rowStyles.page}>
      <div className={table.bar}>
        <h1 className={table.title}>Threads</h1>
        {beside}
        <SearchBar inputRef={input} value={q ?? ""} filter={filter} label="Filter traces" placeholder="status:error refund" onChange={(text) => change({ q: text === "" ? undefined : text })} onLeave={() => grid.current?.focus()} />
        <TimeMenu when={when} onChange={(next) => change({ when: next })} />
        <select className={ui.field} aria-label="Gap between traces of one user" value={gap ?? 30} onChange={(event) => change({ gap: GAPS.find((one) => one === Number(event.target.value)) })}>
          {[...GAPS, 30].toSorted((one, other) => one - other).map((minutes) => (
            <option key={minutes} value={minutes}>
              {`Same user within ${GAP_NAMES[minutes] ?? "30 min"}`}
            </option>
          ))}
        </select>
        {project === undefined ? null : <Facet kind="project" value={project} onRemove={() => change({ project: undefined })} />}
        {status === undefined ? null : <Facet kind="status" value={status} onRemove={() => change({ status: undefined })} />}
        {source === undefined ? null : <Facet kind="source" value={String(source)} onRemove={() => change({ source: undefined })} />}
        <span className={table.count}>{counted}</span>
      </div>
      <p className={styles.among} role="status">
        {guessed.data === undefined || guessed.isPlaceholderData ? (
          "Looking at the newest traces without a thread key…"
        ) : (
          <>
            Guessed among {guessed.data.more ? "the newest " : ""}
            {plural(guessed.data.looked, "trace")} without a thread key. A view only: nothing is stored.
            {guessed.data.unread > 0 ? ` The messages of ${formatCount(guessed.data.unread)} were not read: there was too much.` : ""}
          </>
        )}
        <Button onClick={() => void refetch()} disabled={guessed.isFetching}>
          Guess again
        </Button>
      </p>
      {guessed.error && !isUnreadable ? (
        <ErrorState title="Threads could not be guessed" error={guessed.error} onRetry={() => void refetch()} />
      ) : total === 0 ? (
        <EmptyState title="No traces seem to belong together" action={narrowed ? <Button onClick={() => void navigate({ to: "/threads", search: { guess: true } })}>Guess among all traces</Button> : null}>
          Looked for replayed history, for attributes that name a conversation, and for the same user within {GAP_NAMES[gap ?? 0] ?? "30 min"}.
        </EmptyState>
      ) : (
        <div ref={scroller} className={clsx(rowStyles.scroller, table.fit)}>
          <div
            ref={grid}
            className={clsx(rowStyles.list, styles.grid)}
            role="grid"
            tabIndex={0}
            aria-label="Guessed threads"
            aria-busy={total === null || guessed.isPlaceholderData}
            aria-rowcount={total === null ? -1 : total + 1}
            aria-activedescendant={total === null ? undefined : `guess-${active}`}
            onKeyDown={onKeyDown}
            onClick={onClick}
          >
            <div role="row" aria-rowindex={1} className={clsx(rowStyles.head, table.columns, styles.columns)}>
              <span role="columnheader">First input</span>
              <span role="columnheader">Evidence</span>
              <span role="columnheader" className={styles.extra}>
                Last output
              </span>
              <span role="columnheader" className="num">
                Turns
              </span>
              <span role="columnheader" className={clsx("num", styles.extra)}>
                Tokens
              </span>
              <span role="columnheader" className={clsx("num", styles.extra)}>
                Cost
              </span>
              <span role="columnheader" className="num">
                Last activity
              </span>
            </div>
            <div className={rowStyles.list} role="rowgroup" style={{ height: virtualizer.getTotalSize() }}>
              {virtualizer.getVirtualItems().map(({ index, start }) => (
                <GuessLine key={index} thread={threads[index] ?? null} index={index} top={start - margin} active={index === active && total !== null} gap={guessed.data?.gap_minutes ?? 30} now={now} />
              ))}
            </div>
          </div>
        </div>
      )}
    </div>
  );
}

interface GuessLineProps {
  /** `null` while it is on its way. */
  readonly thread: GuessedThread | null;
  readonly index: number;
  readonly top: number;
  readonly active: boolean;
  readonly gap: number;
  readonly now: number;
}

function GuessLine({ thread, index, top, active, gap, now }: GuessLineProps) {
  const at = { transform: `translateY(${top}px)` };
  const classes = clsx(rowStyles.row, table.columns, styles.columns);
  if (!thread) {
    return (
      <div role="row" aria-rowindex={index + 2} className={classes} style={at}>
        <span role="gridcell">
          <Skeleton width="60%" />
        </span>
      </div>
    );
  }
  const { first_input, last_output, evidence, turns, errors, usage, cost, unpriced_runs, last_activity } = thread;
  return (
    <div role="row" id={`guess-${index}`} data-row={index} aria-rowindex={index + 2} aria-selected={active} className={classes} style={at}>
      <span role="gridcell" className={clsx(table.name, styles.first)} title={first_input ?? undefined}>
        <Chip>guess</Chip>
        <span className={clsx(table.nameText, first_input === null && rowStyles.unknown)}>{first_input ?? "nothing went in"}</span>
      </span>
      <span role="gridcell" className={rowStyles.quiet} title={evidenceTitle(evidence, gap)}>
        {evidenceText(evidence, gap)}
      </span>
      <span role="gridcell" className={clsx(styles.extra, !isNothing(last_output) ? rowStyles.quiet : errors > 0 ? rowStyles.bad : rowStyles.unknown)} title={last_output ?? undefined}>
        {!isNothing(last_output) ? last_output : errors > 0 ? "No output" : DASH}
      </span>
      <span role="gridcell" className={clsx("num", errors > 0 && rowStyles.bad)} title={errors > 0 ? `${formatCount(errors)} of ${plural(turns, "turn")} failed` : undefined}>
        {formatCount(turns)}
      </span>
      <span role="gridcell" className={clsx("num", styles.extra, usage.total === null && rowStyles.unknown)}>
        {formatCount(usage.total)}
      </span>
      <span role="gridcell" className={clsx("num", styles.extra, cost === null && rowStyles.unknown)}>
        {formatCostInColumn(cost, unpriced_runs)}
      </span>
      <span role="gridcell" className="num" title={isoTime(last_activity)}>
        {formatTimeShort(last_activity, now)}
      </span>
    </div>
  );
}
