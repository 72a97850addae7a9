/** Conversations; opening one shows its turns as the table of traces. */
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { clsx } from "clsx";
import { useMemo, type MouseEvent } from "react";
import { useCommands, type Command } from "../../commands/registry";
import { EmptyState, ErrorState } from "../../components/States";
import rowStyles from "../../components/ui/rows.module.css";
import styles from "../../components/table/table.module.css";
import { SortHeader } from "../../components/table/SortHeader";
import { useVirtualGrid, useVisibleRange, type VisibleRange } from "../../components/table/useVirtualGrid";
import { useNow } from "../../components/useNow";
import { useAllThreads, useThreadList, type WindowedList } from "../../data/queries";
import type { ThreadRow } from "../../contract/contract";
import { formatCount, plural } from "../../lib/format";
import { OWN_ORDER, SORTABLE_THREADS, sortThreads, type SortThreads } from "../../lib/threads";
import { useScreenStatus } from "../frame/useScreenStatus";
import { useAddToQueue } from "../queues/useAddToQueue";
import { ThreadRowView } from "./ThreadRowView";

const route = getRouteApi("/threads");
interface Column {
  readonly label: string;
  readonly title?: string;
  readonly sort: SortThreads | null;
  /** Columns that leave where there is little room. */
  readonly leaves?: "input" | "output" | "runs" | "times" | "said";
}

const COLUMNS: readonly Column[] = [
  { label: "Thread", sort: "thread" },
  { label: "First input", sort: null, leaves: "input" },
  { label: "Last output", sort: null, leaves: "output" },
  { label: "Turns", sort: "turns" },
  { label: "Runs", sort: "runs", leaves: "runs" },
  { label: "p50", sort: null, leaves: "times", title: "Half of the turns took at most this long" },
  { label: "p99", sort: null, leaves: "times", title: "99 of 100 turns took at most this long" },
  { label: "Errors", sort: "errors" },
  { label: "Tokens", sort: "tokens" },
  { label: "Cost", sort: "cost" },
  { label: "Feedback", sort: null, leaves: "said" },
  { label: "Last activity", sort: "activity" },
];
const FIGURES_FROM = 3;
const SHAPE_OF_LOADING = 24;

export function ThreadsPage() {
  const { project, sort = OWN_ORDER, asc: ascending = false } = route.useSearch();
  const navigate = useNavigate();
  const [range, setRange] = useVisibleRange();
  const threads = useSortedThreads(project, sort, ascending, range);
  useScreenStatus(threads.total === null ? "" : plural(threads.total, "thread"));
  const total = threads.total ?? SHAPE_OF_LOADING;
  const sortBy = (column: SortThreads): void => {
    // A second press turns the order round; names begin with A, everything else with the largest.
    const next = column === sort ? !ascending : column === "thread";
    void navigate({ to: "/threads", search: (before) => ({ ...before, sort: column === OWN_ORDER ? undefined : column, asc: next || undefined }), replace: true });
  };
  const open = (index: number): void => {
    const row = threads.rowAt(index);
    if (row) void navigate({ to: "/", search: { project: row.project, thread: row.thread } });
  };
  const { scroller, grid, virtualizer, active, moveTo, moveBy, onKeyDown, margin } = useVirtualGrid({ list: `threads ${sort} ${String(ascending)} ${project ?? ""}`, total, onRange: setRange, onOpen: open });
  const commands = useMemo(
    (): Command[] => [
      { id: "table.next", title: "Next row", group: "Table", shortcut: "J", repeats: true, run: () => moveBy(1) },
      { id: "table.previous", title: "Previous row", group: "Table", shortcut: "K", repeats: true, run: () => moveBy(-1) },
      { id: "table.open", title: "Show the turns of the thread", group: "Table", shortcut: "Enter", local: true, run: () => undefined },
    ],
    [moveBy],
  );
  useCommands(commands);
  useAddToQueue(() => {
    const row = threads.rowAt(active);
    return row ? { source: { type: "threads", threads: [{ project: row.project, thread: row.thread }] }, label: `The thread “${row.thread}”` } : null;
  });
  const onClick = (event: MouseEvent): void => {
    const row = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-row]") : null;
    if (!row) return;
    moveTo(Number(row.dataset.row));
    open(Number(row.dataset.row));
  };
  const now = useNow();
  return (
    <div className={rowStyles.page}>
      <div className={styles.bar}>
        <h1 className={styles.title}>Threads</h1>
        {project ? <span className={rowStyles.quiet}>in {project}</span> : null}
        <span className={styles.count}>{threads.total === null ? "" : plural(threads.total, "thread")}</span>
      </div>
      {threads.error && threads.total === null ? <ErrorState title="The threads could not be listed" error={threads.error} onRetry={threads.retry} /> : null}
      {threads.total === 0 ? (
        <EmptyState title="No threads">A thread groups the traces that carry the same session, thread or conversation id.</EmptyState>
      ) : (
        <div ref={scroller} className={clsx(rowStyles.scroller, styles.fit)}>
          <div
            ref={grid}
            className={clsx(rowStyles.list, styles.grid)}
            role="grid"
            tabIndex={0}
            aria-label="Threads"
            aria-rowcount={threads.total === null ? -1 : total + 1}
            aria-colcount={COLUMNS.length}
            aria-activedescendant={threads.total === null ? undefined : `thread-${active}`}
            aria-busy={threads.total === null}
            onKeyDown={onKeyDown}
            onClick={onClick}
          >
            <div role="row" aria-rowindex={1} className={clsx(rowStyles.head, styles.columns, styles.threads)}>
              {COLUMNS.map(({ label, title, sort: column, leaves }, index) =>
                column === null ? (
                  <span key={label} role="columnheader" aria-colindex={index + 1} title={title} className={clsx(leaves && styles[leaves], index >= FIGURES_FROM && "num")}>
                    {label}
                  </span>
                ) : (
                  <SortHeader
                    key={label}
                    label={label}
                    right={index >= FIGURES_FROM}
                    place={index + 1}
                    className={leaves && styles[leaves]}
                    ascending={column === sort ? ascending : null}
                    disabledReason={threads.sortable ? undefined : `More than ${formatCount(SORTABLE_THREADS)} threads are listed by their last activity only`}
                    onSort={() => sortBy(column)}
                  />
                ),
              )}
            </div>
            <div className={rowStyles.list} role="rowgroup" style={{ height: virtualizer.getTotalSize() }}>
              {virtualizer.getVirtualItems().map(({ index, start }) => {
                const row = threads.rowAt(index);
                return (
                  <ThreadRowView
                    key={index}
                    index={index}
                    top={start - margin}
                    active={index === active && threads.total !== null}
                    loaded={row !== undefined}
                    thread={row?.thread ?? ""}
                    input={row?.first_input ?? null}
                    output={row?.last_output ?? null}
                    turns={row?.turns ?? 0}
                    runs={row?.runs ?? 0}
                    p50={row?.latency_p50 ?? null}
                    p99={row?.latency_p99 ?? null}
                    feedback={row?.feedback ?? 0}
                    errors={row?.errors ?? 0}
                    tokens={row?.usage.total ?? null}
                    cost={row?.cost ?? null}
                    activity={row?.last_activity ?? null}
                    now={now}
                  />
                );
              })}
            </div>
          </div>
        </div>
      )}
    </div>
  );
}

/** The list in the order asked for: windows of the core's own order, or the whole list sorted here. */
function useSortedThreads(project: string | undefined, sort: SortThreads, ascending: boolean, range: VisibleRange): WindowedList<ThreadRow> & { readonly sortable: boolean } {
  const list = project === undefined ? {} : { project };
  const windows = useThreadList(list, range.first, range.last);
  const sortable = (windows.total ?? 0) <= SORTABLE_THREADS;
  const own = (sort === OWN_ORDER && !ascending) || !sortable;
  const all = useAllThreads(list, !own && windows.total !== null).data;
  const sorted = useMemo(() => (all ? sortThreads(all, sort, ascending) : []), [all, sort, ascending]);
  return own ? { ...windows, sortable } : { ...windows, sortable, rowAt: (index) => sorted[index] };
}
