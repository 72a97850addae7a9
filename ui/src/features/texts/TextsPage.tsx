/** Words in everything that runs took in and gave out: where they stand, with the line around them. */
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { clsx } from "clsx";
import { X } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, useState, type MouseEvent } from "react";
import { useCommands, type Command } from "../../commands/registry";
import { EmptyState, ErrorState } from "../../components/States";
import { FilterInput } from "../../components/table/FilterInput";
import styles from "../../components/table/table.module.css";
import { useVirtualGrid, useVisibleRange } from "../../components/table/useVirtualGrid";
import { Button, IconButton } from "../../components/ui/Button";
import rowStyles from "../../components/ui/rows.module.css";
import { useNow } from "../../components/useNow";
import type { FoundText, FoundTexts } from "../../contract/contract";
import { useFoundTexts } from "../../data/queries";
import { formatCount, plural } from "../../lib/format";
import { markedWords } from "../../lib/pieces";
import { useScreenStatus } from "../frame/useScreenStatus";
import { FoundTextRow } from "./FoundTextRow";
import own from "./texts.module.css";

const route = getRouteApi("/search");

const COLUMNS = ["Run", "Field", "Text", "Trace", "Start"] as const;
/** Rows before the end of what is loaded at which the search goes on. */
const AHEAD = 40;
/** Hits that are looked for without being asked. */
const FIRST_HITS = 50;

export function TextsPage() {
  const { q = "", project, inside = false } = route.useSearch();
  const navigate = useNavigate();
  const [range, setRange] = useVisibleRange();
  const found = useFoundTexts(q, project, inside);
  const asks = q.trim() !== "";
  const rows = useMemo(() => found.data?.pages.flatMap((page) => page.rows) ?? [], [found.data]);
  const last = found.data?.pages.at(-1);
  const search = `${inside} ${project ?? ""} ${q}`;
  const [stopped, setStopped] = useState<string | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const isOver = found.data !== undefined && !last?.next;
  useScreenStatus(found.data ? `${plural(rows.length, "hit")}${isOver ? "" : " so far"}` : "");
  useEffect(() => {
    if (q === "") input.current?.focus();
  }, [q]);

  const { fetchNextPage, hasNextPage, isFetchingNextPage } = found;
  const wantsMore = hasNextPage && !isFetchingNextPage && !found.error && stopped !== search && (rows.length < FIRST_HITS || range.last + AHEAD >= rows.length);
  useEffect(() => {
    if (wantsMore) void fetchNextPage();
  }, [wantsMore, fetchNextPage]);

  const open = (index: number): void => {
    const row = rows[index];
    if (row) void navigate({ to: "/trace/$traceId", params: { traceId: row.trace_id }, search: placeOf(row) });
  };
  const { scroller, grid, virtualizer, active, moveTo, moveBy, onKeyDown, margin } = useVirtualGrid({ list: `texts ${search}`, total: rows.length, onRange: setRange, onOpen: open });
  const change = useCallback(
    (changes: { readonly q?: string | undefined; readonly project?: string | undefined; readonly inside?: true | undefined }) =>
      void navigate({ to: "/search", search: (before) => ({ ...before, ...changes }), replace: true }),
    [navigate],
  );
  const commands = useMemo(
    (): Command[] => [
      { id: "table.filter", title: "Search all texts", group: "Table", shortcut: "/", run: () => input.current?.focus() },
      { id: "table.next", title: "Next hit", group: "Table", shortcut: "J", repeats: true, run: () => moveBy(1) },
      { id: "table.previous", title: "Previous hit", group: "Table", shortcut: "K", repeats: true, run: () => moveBy(-1) },
      { id: "table.open", title: "Open the run at the hit", group: "Table", shortcut: "Enter", local: true, run: () => undefined },
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
        <h1 className={styles.title}>Search</h1>
        <FilterInput
          inputRef={input}
          value={q}
          label="Search all texts"
          placeholder={'refund "exact phrase" begin*'}
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
        <label className={own.inside}>
          <input type="checkbox" checked={inside} onChange={(event) => change({ inside: event.target.checked || undefined })} />
          Also inside words
        </label>
        <span className={styles.count}>{found.data ? `${formatCount(rows.length)}${isOver ? "" : "+"} ${rows.length === 1 ? "hit" : "hits"}` : ""}</span>
      </div>
      {found.error ? <ErrorState title="The texts could not be searched" error={found.error} onRetry={() => void (found.data ? fetchNextPage() : found.refetch())} /> : null}
      {!asks ? (
        <EmptyState title="Search all texts">Inputs, outputs, errors, arguments and results of tools. All words must stand in one text; quotes keep a phrase together, a star stands for any ending.</EmptyState>
      ) : isOver && rows.length === 0 ? (
        <EmptyState title="Nothing found" action={inside ? undefined : <Button onClick={() => change({ inside: true })}>Look inside words</Button>}>
          {inside ? "No text in the library has this, not even inside of a word." : "No text in the library has all of these words."}
        </EmptyState>
      ) : (
        <div ref={scroller} className={clsx(rowStyles.scroller, styles.fit)}>
          <div
            ref={grid}
            className={clsx(rowStyles.list, own.grid)}
            role="grid"
            tabIndex={0}
            aria-label="Hits"
            aria-rowcount={isOver ? rows.length + 1 : -1}
            aria-colcount={COLUMNS.length}
            aria-activedescendant={rows.length > 0 ? `text-${active}` : undefined}
            aria-busy={found.isFetching}
            onKeyDown={onKeyDown}
            onClick={onClick}
          >
            <div role="row" aria-rowindex={1} className={clsx(rowStyles.head, styles.columns, own.hit)}>
              {COLUMNS.map((label, index) => (
                <span key={label} role="columnheader" aria-colindex={index + 1} className={clsx(label === "Start" && "num", label === "Field" && own.field, label === "Trace" && own.trace)}>
                  {label}
                </span>
              ))}
            </div>
            <div className={rowStyles.list} role="rowgroup" style={{ height: virtualizer.getTotalSize() }}>
              {virtualizer.getVirtualItems().map(({ index, start }) => {
                const row = rows[index];
                return row ? <FoundTextRow key={index} index={index} top={start - margin} active={index === active} hit={row} now={now} /> : null;
              })}
            </div>
          </div>
          <Further page={last} isFetching={found.isFetching} isStopped={stopped === search} inside={inside} onStop={() => setStopped(search)} onGoOn={() => (setStopped(null), void fetchNextPage())} onInside={() => change({ inside: true })} />
        </div>
      )}
    </div>
  );
}

interface FurtherProps {
  readonly page: FoundTexts | undefined;
  readonly isFetching: boolean;
  readonly isStopped: boolean;
  readonly inside: boolean;
  readonly onStop: () => void;
  readonly onGoOn: () => void;
  readonly onInside: () => void;
}

/** What the search is doing, and how to stop it or go on. */
function Further({ page, isFetching, isStopped, inside, onStop, onGoOn, onInside }: FurtherProps) {
  if (!page) return <p className={own.further} role="status">Searching…</p>;
  if (page.next) {
    const share = page.progress === null ? "" : ` ${Math.floor(page.progress * 100)} %`;
    const doing = page.stage === "inside" ? `Reading everything, for what stands inside of words…${share}` : page.stage === "fresh" ? "Reading what is not indexed yet…" : "Searching…";
    return (
      <p className={own.further} role="status">
        {isStopped ? "Stopped." : isFetching ? doing : "There may be more."}
        {isStopped || !isFetching ? <Button onClick={onGoOn}>Search on</Button> : <Button onClick={onStop}>Stop</Button>}
      </p>
    );
  }
  return inside ? null : (
    <p className={own.further}>
      That is all that has these words. <Button onClick={onInside}>Look inside words too</Button>
    </p>
  );
}

/** Where a hit is shown: the run, the tab, the place in its payload. */
function placeOf(hit: FoundText) {
  const { run_id: run, part, pointer, line, marks } = hit;
  const find = markedWords(line, marks).join("\n");
  const inMetadata = part === "metadata" || part === "tags";
  return { run, at: `${part}${pointer}`, find, ...(inMetadata ? { tab: "metadata" as const } : {}) };
}
