/** The table of traces with what narrows it. The address carries all of it. */
import { getRouteApi } from "@tanstack/react-router";
import { useCallback, useMemo, useRef } from "react";
import { useCommands, type Command } from "../../commands/registry";
import { EmptyState, ErrorState } from "../../components/States";
import { useVisibleRange } from "../../components/table/useVirtualGrid";
import rowStyles from "../../components/ui/rows.module.css";
import styles from "../../components/table/table.module.css";
import { Button } from "../../components/ui/Button";
import { useInfo, useTraceList, type TraceList } from "../../data/queries";
import { useUi } from "../../data/ui";
import type { TracesSearch } from "../../routes/search";
import { useScreenStatus } from "../frame/useScreenStatus";
import { plural } from "../../lib/format";
import { useAddToQueue } from "../queues/useAddToQueue";
import { FirstStart } from "./FirstStart";
import { ThreadDetails } from "./ThreadDetails";
import { ThreadMessages } from "./ThreadMessages";
import { TraceBar } from "./TraceBar";
import { TraceTable, type GridHandle } from "./TraceTable";

const route = getRouteApi("/");

export function TracesPage() {
  const search = route.useSearch();
  if (search.thread !== undefined && search.view === "messages") return <ThreadMessages search={search} thread={search.thread} />;
  if (search.thread !== undefined && search.view === "details") return <ThreadDetails search={search} thread={search.thread} />;
  return <TraceListPage search={search} />;
}

function TraceListPage({ search }: { readonly search: TracesSearch }) {
  const navigate = route.useNavigate();
  const [range, setRange] = useVisibleRange();
  const list = useMemo(() => listOf(search), [search]);
  const traces = useTraceList(list, range.first, range.last);
  const info = useInfo().data;
  const input = useRef<HTMLInputElement>(null);
  const grid = useRef<GridHandle>(null);
  const open = useUi((state) => state.open);
  const { project, thread } = search;
  useScreenStatus(traces.total === null ? "" : plural(traces.total, "trace"));

  const change = useCallback(
    (changes: Partial<TracesSearch>) => void navigate({ search: (before) => ({ ...before, ...changes }), replace: true }),
    [navigate],
  );
  const commands = useMemo(
    (): Command[] => [
      { id: "table.filter", title: "Filter", group: "Table", shortcut: "/", run: () => input.current?.focus() },
      { id: "table.next", title: "Next row", group: "Table", shortcut: ["J"], repeats: true, run: () => grid.current?.moveBy(1) },
      { id: "table.previous", title: "Previous row", group: "Table", shortcut: ["K"], repeats: true, run: () => grid.current?.moveBy(-1) },
      { id: "table.open", title: "Open the row", group: "Table", shortcut: "Enter", local: true, run: () => grid.current?.open() },
      ...(thread === undefined ? [] : [{ id: "thread.judge", title: "Judge the thread…", group: "Table", shortcut: "Mod+Shift+F", run: () => open({ name: "feedback", target: { type: "thread", thread } }) } satisfies Command]),
      ...(project === undefined ? [] : [{ id: "project.judge", title: "Judge the project…", group: "Table", run: () => open({ name: "feedback", target: { type: "project", project } }) } satisfies Command]),
    ],
    [open, project, thread],
  );
  useCommands(commands);
  useAddToQueue(
    () => {
      const row = grid.current?.current();
      return row ? { source: { type: "traces", trace_ids: [row.trace_id] }, label: `The trace “${row.name}”` } : null;
    },
    () => ({ source: { type: "filter", filter: list.filter ?? {} }, label: traces.total === null ? "All traces that match" : `${plural(traces.total, "trace")} that match` }),
  );

  const filtered = Object.keys(list.filter ?? {}).length > 0;
  const firstStart = traces.total === 0 && !filtered && info?.traces === 0;
  return (
    <div className={rowStyles.page}>
      {firstStart ? null : <TraceBar search={search} total={traces.total} inputRef={input} onChange={change} onLeave={() => grid.current?.focus()} />}
      {traces.error && traces.total !== null ? (
        <p className={styles.stale} role="alert">
          Some rows could not be read: {traces.error.message} <Button onClick={traces.retry}>Try again</Button>
        </p>
      ) : null}
      {traces.error && traces.total === null ? (
        <ErrorState title="The traces could not be listed" error={traces.error} onRetry={traces.retry} />
      ) : firstStart ? (
        <FirstStart />
      ) : traces.total === 0 ? (
        <EmptyState title={filtered ? "No trace matches" : "No traces"} action={filtered ? <Button onClick={() => void navigate({ search: {} })}>Show all traces</Button> : null}>
          {filtered ? "Nothing in the library has all of what the filter asks for." : null}
        </EmptyState>
      ) : (
        <TraceTable
          traces={traces}
          listKey={JSON.stringify(list)}
          sort={search.sort ?? "start"}
          ascending={search.asc ?? false}
          onSort={change}
          onRange={setRange}
          handle={grid}
        />
      )}
    </div>
  );
}

/** Only given fields: the core takes every field as a condition. */
function listOf({ project, source, thread, status, q, sort, asc }: TracesSearch): TraceList {
  return {
    filter: {
      ...(project === undefined ? {} : { project }),
      ...(source === undefined ? {} : { source_id: source }),
      ...(thread === undefined ? {} : { thread }),
      ...(status === undefined ? {} : { status }),
      ...(q === undefined ? {} : { text: q }),
    },
    sort: sort ?? "start",
    ascending: asc ?? false,
  };
}
