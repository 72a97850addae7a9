/** A table of traces, runs or threads with what narrows it. The address carries all of it. */
import { useNavigate } from "@tanstack/react-router";
import { clsx } from "clsx";
import { PanelLeftDashed } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { useCommands, type Command } from "../../commands/registry";
import { STATUS_NAMES } from "../../components/Chip";
import { ErrorState } from "../../components/States";
import table from "../../components/table/table.module.css";
import { useVisibleRange } from "../../components/table/useVirtualGrid";
import { Button, IconButton } from "../../components/ui/Button";
import rowStyles from "../../components/ui/rows.module.css";
import { Segments } from "../../components/ui/Segments";
import ui from "../../components/ui/ui.module.css";
import { useNow } from "../../components/useNow";
import { useLatest } from "../../components/useLatest";
import type { RowName, RunStatus, TableFilter, TableRow, TableScope } from "../../contract/contract";
import { useInfo, useSources } from "../../data/queries";
import { rowNames, useTable, useTableSums, type TableList } from "../../data/tables";
import { useUi } from "../../data/ui";
import { formatCost, formatCount, formatDuration, plural } from "../../lib/format";
import { partsOf, toggleClause, withoutClause } from "../../lib/searchText";
import { pathOf } from "../../lib/views";
import { parseWhen, toNanos } from "../../lib/when";
import { RpcError } from "../../platform";
import { tracesOf, type TableSearch } from "../../routes/search";
import { useScreenStatus } from "../frame/useScreenStatus";
import type { Given } from "../queues/useAddToQueue";
import { BulkBar } from "./BulkBar";
import { sortsBy } from "./columns";
import { ColumnsMenu } from "./ColumnsMenu";
import { EmptyTable } from "./EmptyTable";
import { Facet } from "./Facet";
import { FacetPane } from "./FacetPane";
import { PreviewPane } from "./PreviewPane";
import { SearchBar } from "./SearchBar";
import { arrangedColumns, TableGrid, type GridHandle } from "./TableGrid";
import { TimeMenu } from "./TimeMenu";
import styles from "./tables.module.css";
import { useArrangements } from "./useArrangement";
import { nameOf, useSelection } from "./useSelection";
import { ViewsMenu } from "./ViewsMenu";

interface TablePageProps {
  readonly scope: TableScope;
  readonly search: TableSearch;
  readonly title: string;
  /** Said when the library holds none of these. */
  readonly hint?: string;
  /** Stands beside the title. */
  readonly beside?: ReactNode;
  /** Stands above in place of the title, and says what it is that is narrowed. */
  readonly header?: ReactNode;
  /** The turns of a thread by trace, from 1: the rows are these, the first one first. */
  readonly turns?: ReadonlyMap<string, number> | undefined;
  /** More commands of this table. */
  readonly commands?: readonly Command[];
}

const NOUNS: Readonly<Record<TableScope, string>> = { traces: "trace", runs: "run", threads: "thread" };
const LABELS: Readonly<Record<TableScope, string>> = { traces: "Filter traces", runs: "Search runs", threads: "Filter threads" };
const PLACEHOLDERS: Readonly<Record<TableScope, string>> = {
  traces: "status:error latency:>5 refund",
  runs: "run_type:llm latency:>5 -status:error refund",
  threads: "model:gpt* feedback.quality:<0.5 refund",
};
const SWITCH: readonly (readonly [TableScope, string])[] = [
  ["threads", "Threads"],
  ["traces", "Traces"],
  ["runs", "Runs"],
];
const REACH = 20_000;
const NO_COMMANDS: readonly Command[] = [];

/** The rows that an address asks for. */
export function filterOf(scope: TableScope, { project, source, thread, traces, status, q, when }: TableSearch, now: number): TableFilter {
  const ids = tracesOf({ traces });
  const range = when === undefined ? null : parseWhen(when, now);
  const from = toNanos(range?.from ?? null);
  const to = toNanos(range?.to ?? null);
  const text = [q ?? "", status === undefined ? "" : `status:${status}`].filter((part) => part !== "");
  const joined = text.length > 1 && partsOf(q ?? "").some((part) => /^or$/i.test(part.text)) ? `(${text[0]}) ${text[1]}` : text.join(" ");
  return {
    scope,
    text: joined,
    ...(project === undefined ? {} : { project }),
    ...(source === undefined ? {} : { source_id: source }),
    ...(thread === undefined ? {} : { thread }),
    ...(ids === undefined ? {} : { trace_ids: ids }),
    ...(from === null ? {} : { from }),
    ...(to === null ? {} : { to }),
  };
}

export function TablePage({ scope, search, title, hint, beside, header, turns, commands: own = NO_COMMANDS }: TablePageProps) {
  const navigate = useNavigate();
  const noun = NOUNS[scope];
  const path = pathOf(scope);
  const [range, setRange] = useVisibleRange();
  const { project, source, thread, traces, status, q, when } = search;
  // A range in words is of the moment at which it was chosen, or the list would be another one every minute.
  const now = useNow();
  const [asked, setAsked] = useState({ when, now });
  if (asked.when !== when) setAsked({ when, now });
  const filter = useMemo(() => filterOf(scope, { project, source, thread, traces, status, q, when }, asked.now), [scope, project, source, thread, traces, status, q, when, asked.now]);
  const { shown, density } = useArrangements((state) => state.of[scope]);
  const columns = useMemo(() => arrangedColumns(scope, shown), [scope, shown]);
  const opened = useMemo(() => columns.filter(({ opens }) => opens).map(({ id }) => id), [columns]);
  const sort = search.sort !== undefined && sortsBy(scope, search.sort) ? search.sort : "start";
  // Turns are read as they were said, traces from the latest.
  const forward = (by: string): boolean => header !== undefined && by === "start";
  const ascending = search.asc ?? forward(sort);
  const [reach, setReach] = useState(REACH);
  const [exact, setExact] = useState(false);
  const list = useMemo((): TableList => ({ filter: { ...filter, reach }, sort, ascending, columns: [...opened], exact }), [filter, reach, sort, ascending, opened, exact]);
  const listKey = `${scope} ${JSON.stringify([filter, sort, ascending])}`;
  const rows = useTable(list, range.first, range.last);
  const selection = useSelection(`${scope} ${JSON.stringify(filter)}`);
  const [preview, setPreview] = useState(false);
  const [inHand, setInHand] = useState<TableRow | undefined>(undefined);
  const facets = useUi((state) => state.facets);
  const toggleFacets = useUi((state) => state.toggleFacets);
  const input = useRef<HTMLInputElement>(null);
  const grid = useRef<GridHandle>(null);

  const latestSearch = useLatest(search);
  const change = useCallback(
    (changes: Partial<TableSearch>) => void navigate({ to: path, search: { ...latestSearch.current, ...changes }, replace: true }),
    [navigate, path, latestSearch],
  );
  const onSearch = useCallback((text: string) => change({ q: text === "" ? undefined : text }), [change]);
  const open = (row: TableRow): void => {
    if (scope === "threads") void navigate({ to: "/", search: { project: row.project, thread: row.thread ?? undefined } });
    else if (row.trace_id !== null) void navigate({ to: "/trace/$traceId", params: { traceId: row.trace_id }, search: scope === "runs" && row.run_id !== null ? { run: row.run_id } : {} });
  };
  const names = async (): Promise<readonly RowName[]> => selection.names ?? (await rowNames(list)).rows;
  const extend = async (from: number, to: number): Promise<void> => {
    const [first, last] = from < to ? [from, to] : [to, from];
    const loaded = Array.from({ length: last - first + 1 }, (_, step) => rows.rowAt(first + step));
    if (loaded.every((row) => row !== undefined)) selection.add(loaded.map((row) => nameOf(row)));
    else selection.add((await rowNames(list)).rows.slice(first, last + 1));
  };
  const given = (picked: readonly RowName[]): Given | null => {
    const label = picked.length === 1 && inHand && selection.count === 0 ? `The ${noun} “${inHand.name}”` : plural(picked.length, noun);
    if (picked.length === 0) return null;
    if (scope === "threads") return { source: { type: "threads", threads: picked.map((name) => ({ project: name.project ?? "", thread: name.thread ?? "" })) }, label };
    if (scope === "runs") return { source: { type: "runs", runs: picked.map((name) => ({ trace_id: name.trace_id ?? "", run_id: name.run_id ?? "" })) }, label };
    return { source: { type: "traces", trace_ids: picked.map((name) => name.trace_id ?? "") }, label };
  };
  const openDialog = useUi((state) => state.open);
  const give = (what: Given | null, to: "queue" | "dataset"): void => {
    if (what === null) return;
    openDialog(to === "queue" ? { name: "add-to-queue", queueId: null, what: { type: "given", ...what } } : { name: "add-to-dataset", datasetId: null, ...what });
  };
  const add = async (to: "queue" | "dataset"): Promise<void> => give(given(selection.count > 0 ? await names() : inHand ? [nameOf(inHand)] : []), to);
  const addAll = async (to: "queue" | "dataset"): Promise<void> => give(given((await rowNames(list)).rows), to);
  const act = useLatest({ rows, selection, preview, add, addAll, inHand });
  // Words that there was no time to look for everywhere are looked for again when all of it is in the index.
  const { unread } = rows;
  const isIndexed = useInfo().data?.text_behind === 0;
  useEffect(() => {
    if (unread > 0 && isIndexed) act.current.rows.retry();
  }, [unread, isIndexed, act]);
  const commands = useMemo(
    (): Command[] => [
      { id: "table.filter", title: scope === "runs" ? "Search runs" : "Filter", group: "Table", shortcut: "/", run: () => input.current?.focus() },
      { id: "table.next", title: "Next row", group: "Table", shortcut: "J", repeats: true, run: () => grid.current?.moveBy(1) },
      { id: "table.previous", title: "Previous row", group: "Table", shortcut: "K", repeats: true, run: () => grid.current?.moveBy(-1) },
      { id: "table.open", title: "Open the row", group: "Table", shortcut: "Enter", local: true, run: () => undefined },
      { id: "table.preview", title: "Preview the row", group: "Table", shortcut: "Space", run: () => setPreview((before) => !before) },
      {
        id: "table.select",
        title: "Select the row",
        group: "Table",
        shortcut: "X",
        run: () => {
          const row = grid.current?.current();
          if (row) act.current.selection.toggle(row);
        },
      },
      { id: "table.select_all", title: "Select all that match", group: "Table", shortcut: "Mod+A", typing: "leave", run: () => act.current.selection.selectAll(act.current.rows.total ?? 0) },
      { id: "table.facets", title: "Show or hide facets", group: "Table", shortcut: "F", run: toggleFacets },
      { id: "queue.add", title: "Add to a queue…", group: "Table", shortcut: "Q", run: () => void act.current.add("queue") },
      { id: "queue.add_all", title: "Add all that match to a queue…", group: "Table", shortcut: "Shift+Q", run: () => void act.current.addAll("queue") },
      { id: "dataset.add", title: "Add to a dataset…", group: "Table", shortcut: "Mod+D", run: () => void act.current.add("dataset") },
      { id: "dataset.add_all", title: "Add all that match to a dataset…", group: "Table", shortcut: "Mod+Shift+D", run: () => void act.current.addAll("dataset") },
      {
        id: "table.escape",
        title: "Close the preview, clear the selection",
        group: "Table",
        shortcut: "Escape",
        hidden: true,
        ready: () => act.current.preview || act.current.selection.count > 0,
        run: () => (act.current.preview ? setPreview(false) : act.current.selection.clear()),
      },
      ...own,
    ],
    [scope, act, toggleFacets, own],
  );
  useCommands(commands);

  const sums = useTableSums(selection.names === null ? filter : { ...filter, picked: [...selection.names] }, selection.count > 0).data;
  const counted = rows.total === null ? "" : `${formatCount(rows.total)}${rows.more ? "+" : ""} ${rows.total === 1 && !rows.more ? noun : `${noun}s`}`;
  const selected = selection.count === 0 ? "" : selectionText(selection.count, sums);
  useScreenStatus([counted, selected].filter((text) => text !== "").join("\n"));

  const invalid = rows.error instanceof RpcError && rows.error.code === "invalid_input";
  const filtered = Object.keys(filter).length > 2 || (filter.text ?? "") !== "";
  const drop = (clause: string): void => {
    if (status !== undefined && clause === `status:${status}`) change({ status: undefined });
    else onSearch(withoutClause(q ?? "", clause));
  };
  const text = filter.text ?? "";
  const sourceLabel = useSources().data?.find(({ id }) => id === source)?.label;
  return (
    <div className={rowStyles.page}>
      {header}
      <div className={clsx(table.bar, styles.bar)}>
        {header === undefined ? <h1 className={clsx(table.title, styles.title)}>{title}</h1> : null}
        {beside}
        {thread === undefined && traces === undefined ? (
          <Segments label="Rows" options={SWITCH} value={scope} onChange={(other) => void navigate({ to: pathOf(other), search: { ...search, saved: undefined } })} />
        ) : null}
        <IconButton label={facets ? "Hide facets (F)" : "Show facets (F)"} aria-pressed={facets} onClick={toggleFacets}>
          <PanelLeftDashed size={15} />
        </IconButton>
        <SearchBar inputRef={input} value={q ?? ""} filter={filter} label={LABELS[scope]} placeholder={PLACEHOLDERS[scope]} onChange={onSearch} onLeave={() => grid.current?.focus()} />
        <select className={ui.field} aria-label="Status" value={status ?? ""} onChange={(event) => change({ status: event.target.value === "" ? undefined : (event.target.value as RunStatus) })}>
          <option value="">Any status</option>
          {Object.entries(STATUS_NAMES).map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </select>
        <TimeMenu when={when} onChange={(next) => change({ when: next })} />
        {project === undefined || header !== undefined ? null : <Facet kind="project" value={project} onRemove={() => change({ project: undefined, thread: undefined, view: undefined })} />}
        {thread === undefined || header !== undefined ? null : <Facet kind="thread" value={thread} onRemove={() => change({ thread: undefined, view: undefined })} />}
        {source === undefined ? null : <Facet kind="source" value={sourceLabel ?? String(source)} onRemove={() => change({ source: undefined })} />}
        {rows.notApplied.map(({ start, end }) => (
          <span key={start} className={clsx(table.facet, styles.notApplied)} title={`${text.slice(start, end)} says nothing about ${noun}s`}>
            <b>Not applied</b>&nbsp;
            <span>{text.slice(start, end)}</span>
          </span>
        ))}
        <span className={styles.end}>
          <span className={table.count}>{counted}</span>
          <ViewsMenu scope={scope} search={search} />
          <ColumnsMenu scope={scope} filter={filter} />
        </span>
      </div>
      {rows.error && rows.total !== null && !invalid ? (
        <p className={table.stale} role="alert">
          Some rows could not be read: {rows.error.message} <Button onClick={rows.retry}>Try again</Button>
        </p>
      ) : null}
      <div className={styles.body}>
        {facets ? <FacetPane filter={filter} onToggle={(clause, exclude) => onSearch(toggleClause(q ?? "", clause, exclude))} /> : null}
        <div className={styles.main}>
          {rows.error && !invalid && rows.total === null ? (
            <ErrorState title={`The ${noun}s could not be listed`} error={rows.error} onRetry={rows.retry} />
          ) : rows.error && invalid ? null : rows.total === 0 && !rows.more ? (
            <EmptyTable noun={noun} filter={filter} filtered={filtered} hint={hint ?? null} onDrop={drop} onShowAll={() => void navigate({ to: path, search: {} })} />
          ) : (
            <TableGrid
              key={density}
              scope={scope}
              label={title}
              turns={turns}
              rows={rows}
              listKey={listKey}
              columns={columns}
              opened={opened}
              sort={sort}
              ascending={ascending}
              selection={selection}
              onSort={(next, asc) => change({ sort: next === "start" ? undefined : next, asc: asc === forward(next) ? undefined : asc })}
              onRange={setRange}
              onOpen={open}
              onExtend={(from, to) => void extend(from, to)}
              onActive={setInHand}
              handle={grid}
            />
          )}
          {unread > 0 ? (
            <p className={styles.further} role="status">
              What came in last is still being indexed; not all of it was searched.
              <Button onClick={rows.retry}>Search again</Button>
            </p>
          ) : null}
          {rows.looked === null ? null : (
            <p className={styles.further} role="status">
              Looked at the first {formatCount(rows.looked)} that may match.
              <Button onClick={() => setReach(reach * 5)}>Search further back</Button>
            </p>
          )}
          {rows.more && rows.looked === null ? (
            <p className={styles.further}>
              More than {formatCount(rows.total)} {noun}s. <Button onClick={() => setExact(true)}>Count exactly</Button>
            </p>
          ) : null}
          {selection.count > 0 ? <BulkBar scope={scope} count={selection.count} names={names} onAdd={(to) => void add(to)} onClear={selection.clear} /> : null}
        </div>
        {preview ? <PreviewPane row={inHand} onClose={() => setPreview(false)} /> : null}
      </div>
    </div>
  );
}

function selectionText(count: number, sums: { readonly tokens: number | null; readonly cost: string | null; readonly latency_p50: number | null; readonly latency_p95: number | null } | undefined): string {
  const parts = [`${formatCount(count)} selected`];
  if (sums?.tokens != null) parts.push(`${formatCount(sums.tokens)} tokens`);
  if (sums?.cost != null) parts.push(formatCost(sums.cost));
  if (sums?.latency_p50 != null) parts.push(`p50 ${formatDuration(sums.latency_p50)}`);
  if (sums?.latency_p95 != null) parts.push(`p95 ${formatDuration(sums.latency_p95)}`);
  return parts.join(" · ");
}
