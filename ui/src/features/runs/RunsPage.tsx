/** Runs across all traces, found by the syntax of the search bar: fields, comparisons, words in payloads. */
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { clsx } from "clsx";
import { X } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, type MouseEvent } from "react";
import { useCommands, type Command } from "../../commands/registry";
import { EmptyState, ErrorState } from "../../components/States";
import { FilterInput } from "../../components/table/FilterInput";
import styles from "../../components/table/table.module.css";
import { useVirtualGrid, useVisibleRange } from "../../components/table/useVirtualGrid";
import { Button, IconButton } from "../../components/ui/Button";
import rowStyles from "../../components/ui/rows.module.css";
import { useNow } from "../../components/useNow";
import { useFoundRuns } from "../../data/queries";
import { formatCount, formatTime, plural } from "../../lib/format";
import { RpcError } from "../../platform";
import { useScreenStatus } from "../frame/useScreenStatus";
import { FoundRunRow } from "./FoundRunRow";
import own from "./runs.module.css";

const route = getRouteApi("/runs");

const COLUMNS = ["Run", "Detail", "Start", "Latency", "Tokens", "Cost"] as const;
const FIGURES_FROM = 2;
const SHAPE_OF_LOADING = 24;
/** Rows before the end of what is loaded at which the next window is asked for. */
const AHEAD = 40;

export function RunsPage() {
  const { q = "", project } = route.useSearch();
  const navigate = useNavigate();
  const [range, setRange] = useVisibleRange();
  const found = useFoundRuns(q, project);
  const rows = useMemo(() => found.data?.pages.flatMap((page) => page.rows) ?? [], [found.data]);
  const last = found.data?.pages.at(-1);
  const invalid = found.error instanceof RpcError && found.error.code === "invalid_input" ? found.error : null;
  const total = found.data ? rows.length : SHAPE_OF_LOADING;
  const input = useRef<HTMLInputElement>(null);
  useScreenStatus(found.data ? `${plural(rows.length, "run")}${last?.next ? " so far" : ""}` : "");

  const { fetchNextPage, hasNextPage, isFetchingNextPage } = found;
  // A window that found nothing is not followed by itself: looking through a large library is for the person to go on with.
  const wantsMore = hasNextPage && !isFetchingNextPage && (last?.rows.length ?? 0) > 0 && range.last + AHEAD >= rows.length;
  useEffect(() => {
    if (wantsMore) void fetchNextPage();
  }, [wantsMore, fetchNextPage]);

  const open = (index: number): void => {
    const row = rows[index];
    if (row) void navigate({ to: "/trace/$traceId", params: { traceId: row.trace_id }, search: { run: row.run_id } });
  };
  const { scroller, grid, virtualizer, active, moveTo, moveBy, onKeyDown, margin } = useVirtualGrid({ list: `runs ${project ?? ""} ${q}`, total, onRange: setRange, onOpen: open });
  const change = useCallback(
    (changes: { readonly q?: string | undefined; readonly project?: string | undefined }) => void navigate({ to: "/runs", search: (before) => ({ ...before, ...changes }), replace: true }),
    [navigate],
  );
  const commands = useMemo(
    (): Command[] => [
      { id: "table.filter", title: "Search runs", group: "Table", shortcut: "/", run: () => input.current?.focus() },
      { id: "table.next", title: "Next row", group: "Table", shortcut: "J", repeats: true, run: () => moveBy(1) },
      { id: "table.previous", title: "Previous row", group: "Table", shortcut: "K", repeats: true, run: () => moveBy(-1) },
      { id: "table.open", title: "Open the run in its trace", group: "Table", shortcut: "Enter", local: true, run: () => undefined },
      { id: "runs.cost", title: "What these runs cost", group: "Table", run: () => void navigate({ to: "/cost", search: { ...(q === "" ? {} : { q }), ...(project === undefined ? {} : { project }) } }) },
    ],
    [moveBy, navigate, q, project],
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
        <h1 className={styles.title}>Runs</h1>
        <FilterInput
          inputRef={input}
          value={q}
          label="Search runs"
          placeholder="run_type:llm latency:>5 -status:error refund"
          invalid={invalid !== null}
          onChange={(text) => change({ q: text === "" ? undefined : text })}
          onLeave={() => grid.current?.focus()}
        />
        {project === undefined ? null : (
          <span className={styles.facet} title={`project ${project}`}>
            <b>project</b>
            &nbsp;
            <span>{project}</span>
            <IconButton label={`Remove the filter project ${project}`} onClick={() => change({ project: undefined })}>
              <X size={12} />
            </IconButton>
          </span>
        )}
        <span className={styles.count}>{found.data ? `${formatCount(rows.length)}${last?.next ? "+" : ""} ${rows.length === 1 ? "run" : "runs"}` : ""}</span>
      </div>
      {invalid ? (
        <p className={own.problem} role="alert">
          The search cannot be read {invalid.detail}: {invalid.message}.
        </p>
      ) : null}
      {found.error && !invalid ? <ErrorState title="The runs could not be searched" error={found.error} onRetry={() => void found.refetch()} /> : null}
      {found.data && rows.length === 0 && !last?.next ? (
        <EmptyState title={q === "" ? "No runs" : "No run matches"}>{q === "" ? null : "Nothing in the library has all of what the search asks for."}</EmptyState>
      ) : found.error && !found.data ? null : (
        <div ref={scroller} className={clsx(rowStyles.scroller, styles.fit)}>
          <div
            ref={grid}
            className={clsx(rowStyles.list, styles.grid)}
            role="grid"
            tabIndex={0}
            aria-label="Runs"
            aria-rowcount={found.data && !last?.next ? total + 1 : -1}
            aria-colcount={COLUMNS.length}
            aria-activedescendant={rows.length > 0 ? `found-${active}` : undefined}
            aria-busy={!found.data}
            onKeyDown={onKeyDown}
            onClick={onClick}
          >
            <div role="row" aria-rowindex={1} className={clsx(rowStyles.head, styles.columns, own.found)}>
              {COLUMNS.map((label, index) => (
                <span key={label} role="columnheader" aria-colindex={index + 1} className={clsx(index >= FIGURES_FROM && "num", index === 1 && own.detail)}>
                  {label}
                </span>
              ))}
            </div>
            <div className={rowStyles.list} role="rowgroup" style={{ height: virtualizer.getTotalSize() }}>
              {virtualizer.getVirtualItems().map(({ index, start }) => {
                const row = rows[index];
                return <FoundRunRow key={index} index={index} top={start - margin} active={index === active && found.data !== undefined} run={row ?? null} now={now} />;
              })}
            </div>
          </div>
          {last?.next && last.rows.length === 0 ? (
            <p className={own.further} role="status">
              Looked back to {formatTime(last.reached)}.
              <Button disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
                {isFetchingNextPage ? "Searching…" : "Search further back"}
              </Button>
            </p>
          ) : null}
        </div>
      )}
    </div>
  );
}
