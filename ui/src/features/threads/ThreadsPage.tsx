/** Conversations; opening one shows its turns as the table of traces. */
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { clsx } from "clsx";
import { useMemo, type MouseEvent } from "react";
import { useCommands, type Command } from "../../commands/registry";
import { EmptyState, ErrorState } from "../../components/States";
import rowStyles from "../../components/ui/rows.module.css";
import styles from "../../components/table/table.module.css";
import { useVirtualGrid, useVisibleRange } from "../../components/table/useVirtualGrid";
import { useNow } from "../../components/useNow";
import { useThreadList } from "../../data/queries";
import { plural } from "../../lib/format";
import { useScreenStatus } from "../frame/useScreenStatus";
import { ThreadRowView } from "./ThreadRowView";

const route = getRouteApi("/threads");
const COLUMNS = ["Thread", "First input", "Last output", "Turns", "Runs", "Errors", "Tokens", "Cost", "Last activity"];
const FIGURES_FROM = 3;

export function ThreadsPage() {
  const { project } = route.useSearch();
  const navigate = useNavigate();
  const [range, setRange] = useVisibleRange();
  const threads = useThreadList(project === undefined ? {} : { project }, range.first, range.last);
  useScreenStatus(threads.total === null ? "" : plural(threads.total, "thread"));
  const open = (index: number): void => {
    const row = threads.rowAt(index);
    if (row) void navigate({ to: "/", search: { project: row.project, thread: row.thread } });
  };
  const { scroller, grid, virtualizer, active, moveTo, moveBy, onKeyDown, margin } = useVirtualGrid({ list: `threads ${project ?? ""}`, total: threads.total ?? 0, onRange: setRange, onOpen: open });
  const commands = useMemo(
    (): Command[] => [
      { id: "table.next", title: "Next row", group: "Table", shortcut: "J", repeats: true, run: () => moveBy(1) },
      { id: "table.previous", title: "Previous row", group: "Table", shortcut: "K", repeats: true, run: () => moveBy(-1) },
    ],
    [moveBy],
  );
  useCommands(commands);
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
        <div ref={scroller} className={rowStyles.scroller}>
          <div
            ref={grid}
            className={clsx(rowStyles.list, styles.grid)}
            role="grid"
            tabIndex={0}
            aria-label="Threads"
            aria-rowcount={(threads.total ?? 0) + 1}
            aria-activedescendant={`thread-${active}`}
            onKeyDown={onKeyDown}
            onClick={onClick}
          >
            <div role="row" aria-rowindex={1} className={clsx(rowStyles.head, styles.columns, styles.threads)}>
              {COLUMNS.map((label, index) => (
                <span key={label} role="columnheader" className={clsx(index >= FIGURES_FROM && styles.right)}>
                  {label}
                </span>
              ))}
            </div>
            <div className={rowStyles.list} role="rowgroup" style={{ height: virtualizer.getTotalSize() }}>
              {virtualizer.getVirtualItems().map(({ index, start }) => {
                const row = threads.rowAt(index);
                return (
                  <ThreadRowView
                    key={index}
                    index={index}
                    top={start - margin}
                    active={index === active}
                    loaded={row !== undefined}
                    thread={row?.thread ?? ""}
                    input={row?.first_input ?? null}
                    output={row?.last_output ?? null}
                    turns={row?.turns ?? 0}
                    runs={row?.runs ?? 0}
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
