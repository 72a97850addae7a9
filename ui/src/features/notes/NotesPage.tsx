/** Open coding: all notes in one list, put into categories that become the choices of a key (`g` gives a category). */
import { Link, getRouteApi } from "@tanstack/react-router";
import { clsx } from "clsx";
import { Pencil, X } from "lucide-react";
import { useCallback, useMemo, useRef, useState, type MouseEvent } from "react";
import { useCommands, type Command } from "../../commands/registry";
import { EmptyState, ErrorState, Skeleton } from "../../components/States";
import { FilterInput } from "../../components/table/FilterInput";
import tableStyles from "../../components/table/table.module.css";
import { useVirtualGrid, useVisibleRange } from "../../components/table/useVirtualGrid";
import { Button, IconButton } from "../../components/ui/Button";
import { KeysOf } from "../../components/ui/Keys";
import rowStyles from "../../components/ui/rows.module.css";
import ui from "../../components/ui/ui.module.css";
import { useLatest } from "../../components/useLatest";
import { useNow } from "../../components/useNow";
import type { NoteFilter, NotePivotBy, NoteRow } from "../../contract/contract";
import { useNotes } from "../../data/notes";
import { useProjects } from "../../data/queries";
import { useQueues } from "../../data/review";
import { useUi } from "../../data/ui";
import { onOneLine } from "../../lib/example";
import { DASH, formatCount, formatTime, formatTimeShort, isoTime, plural } from "../../lib/format";
import type { NotesSearch } from "../../routes/search";
import datasetStyles from "../datasets/datasets.module.css";
import { useScreenStatus } from "../frame/useScreenStatus";
import styles from "./notes.module.css";
import { categoriesText, PIVOTS, PivotView, Saturation } from "./PivotView";

const route = getRouteApi("/notes");

/** The key that categories are kept under unless another one is named. */
export const CATEGORY_KEY = "failure";
const SHAPE_OF_LOADING = 12;

export function NotesPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { q, project, queue, category, key = CATEGORY_KEY, by } = search;
  const open = useUi((state) => state.open);
  const [range, setRange] = useVisibleRange();
  const filter: NoteFilter = category === undefined ? { type: "any" } : category === "none" ? { type: "none" } : { type: "of", category: category.slice(1) };
  const notes = useNotes({ project: project ?? null, queue_id: queue ?? null, text: q ?? null, category_key: key, filter }, range.first, range.last);
  const { total, categories } = notes;
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [whole, setWhole] = useState(true);
  const input = useRef<HTMLInputElement>(null);
  const projects = useProjects().data;
  const queues = useQueues().data;
  const coded = categories.reduce((sum, one) => sum + (one.category === null ? 0 : one.notes), 0);
  const all = categories.reduce((sum, { notes: count }) => sum + count, 0);
  useScreenStatus(total === null ? "" : [plural(total, "note"), categoriesText(categories.filter((one) => one.category !== null).length)].join("\n"));
  const change = useCallback((changes: { readonly [Name in keyof NotesSearch]?: NotesSearch[Name] | undefined }) => void navigate({ search: (before) => ({ ...before, ...changes }), replace: true }), [navigate]);
  const { scroller, grid, virtualizer, active, moveTo, moveBy, onKeyDown, margin } = useVirtualGrid({
    list: `notes ${JSON.stringify(search)}`,
    total: total ?? SHAPE_OF_LOADING,
    onRange: setRange,
    onOpen: () => setWhole((shown) => !shown),
  });
  const current = notes.rowAt(active) ?? null;
  const toggle = (id: string | undefined): void => {
    if (id === undefined) return;
    setChosen((before) => {
      const next = new Set(before);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  };
  const categorise = (): void => {
    const ids = chosen.size > 0 ? [...chosen] : current ? [current.id] : [];
    if (ids.length > 0) open({ name: "category", ids, categoryKey: key, known: categories.flatMap((one) => one.category ?? []), onGiven: () => setChosen(new Set()) });
  };
  // What is counted is not in hand.
  const inHand = by === undefined;
  const latest = useLatest({ toggle: () => inHand && toggle(current?.id), categorise: () => inHand && categorise(), none: () => setChosen(new Set()) });
  const commands = useMemo(
    (): Command[] => [
      { id: "table.filter", title: "Search notes", group: "Table", shortcut: "/", run: () => input.current?.focus() },
      { id: "table.next", title: "Next row", group: "Table", shortcut: "J", repeats: true, run: () => moveBy(1) },
      { id: "table.previous", title: "Previous row", group: "Table", shortcut: "K", repeats: true, run: () => moveBy(-1) },
      { id: "table.open", title: "Show or hide the whole note", group: "Table", shortcut: "Enter", local: true, run: () => undefined },
      { id: "notes.choose", title: "Choose the note in hand, or no longer", group: "Table", shortcut: "X", run: () => latest.current.toggle() },
      { id: "notes.none", title: "Choose none", group: "Table", shortcut: "Escape", run: () => latest.current.none() },
      { id: "notes.category", title: "Give a category…", group: "Table", shortcut: "G", run: () => latest.current.categorise() },
    ],
    [latest, moveBy],
  );
  useCommands(commands);
  const onClick = (event: MouseEvent): void => {
    const target = event.target instanceof Element ? event.target : null;
    const row = target?.closest<HTMLElement>("[data-row]");
    if (!row || target?.closest("a")) return;
    const index = Number(row.dataset["row"]);
    moveTo(index);
    if (target?.closest("[data-choose]")) toggle(notes.rowAt(index)?.id);
  };
  const now = useNow();
  const narrowed = q !== undefined || project !== undefined || queue !== undefined || category !== undefined;
  return (
    <div className={rowStyles.page}>
      <div className={clsx(tableStyles.bar, styles.bar)}>
        <h1 className={tableStyles.title}>Notes</h1>
        <FilterInput inputRef={input} value={q ?? ""} label="Search notes" placeholder="Search what was written" onChange={(text) => change({ q: text === "" ? undefined : text })} onLeave={() => grid.current?.focus()} />
        <select className={clsx(ui.field, datasetStyles.select)} aria-label="Project" value={project ?? ""} onChange={(event) => change({ project: event.target.value === "" ? undefined : event.target.value })}>
          <option value="">Any project</option>
          {projects?.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </select>
        <select className={clsx(ui.field, datasetStyles.select)} aria-label="Queue" value={queue ?? ""} onChange={(event) => change({ queue: event.target.value === "" ? undefined : event.target.value })}>
          <option value="">Any queue</option>
          {queues?.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
        <select className={clsx(ui.field, datasetStyles.select)} aria-label="List or count" value={by ?? ""} onChange={(event) => change({ by: event.target.value === "" ? undefined : (event.target.value as NotePivotBy) })}>
          <option value="">As a list</option>
          {PIVOTS.map(([name, text]) => (
            <option key={name} value={name}>
              Counted by {text}
            </option>
          ))}
        </select>
        <KeyField key={key} value={key} onChange={(next) => change({ key: next === CATEGORY_KEY ? undefined : next, category: undefined })} />
        <span className={tableStyles.count}>{total === null ? "" : plural(total, "note")}</span>
        <Button tone="primary" data-command="notes.category" disabled={by !== undefined || !current} onClick={categorise}>
          Give a category…
          <KeysOf command="notes.category" />
        </Button>
      </div>
      <div className={styles.page}>
        <nav className={styles.groups} aria-label="Categories">
          <h2>{key}</h2>
          <ul>
            <li>
              <button type="button" className={styles.group} aria-pressed={category === undefined} onClick={() => change({ category: undefined })}>
                <span>All notes</span>
                <span className={styles.count}>{total === null ? "" : formatCount(all)}</span>
              </button>
            </li>
            {categories.map(({ category: one, notes: count }) => (
              <li key={one ?? ""}>
                <button type="button" className={styles.group} aria-pressed={category === (one === null ? "none" : `=${one}`)} title={one ?? undefined} onClick={() => change({ category: one === null ? "none" : `=${one}` })}>
                  <span>{one ?? "Without a category"}</span>
                  <span className={styles.count}>{formatCount(count)}</span>
                </button>
                {one === null ? null : (
                  <IconButton label={`Rename ${one}, or merge it into another`} onClick={() => open({ name: "rename-category", categoryKey: key, from: one, known: categories.flatMap((other) => other.category ?? []) })}>
                    <Pencil size={12} />
                  </IconButton>
                )}
              </li>
            ))}
          </ul>
        </nav>
        <div className={styles.main}>
          <Saturation list={{ project: project ?? null, queue_id: queue ?? null, text: q ?? null, category_key: key }} coded={coded} />
          {chosen.size > 0 ? (
            <div className={datasetStyles.selection} role="region" aria-label="What is chosen">
              <span>
                <b>{formatCount(chosen.size)}</b> chosen
              </span>
              <Button onClick={categorise}>Give a category…</Button>
              <IconButton label="Choose none" onClick={() => setChosen(new Set())}>
                <X size={14} />
              </IconButton>
            </div>
          ) : null}
          {notes.error && total === null ? (
            <ErrorState title="The notes could not be listed" error={notes.error} onRetry={notes.retry} />
          ) : total === 0 ? (
            <EmptyState title={narrowed ? "No note matches" : "No notes"} action={narrowed ? <Button onClick={() => void navigate({ search: {} })}>Show all notes</Button> : null}>
              {narrowed ? null : "Comments and reviewer notes on runs, traces and threads are read together here, and put into categories."}
            </EmptyState>
          ) : by !== undefined ? (
            <PivotView list={{ project: project ?? null, queue_id: queue ?? null, text: q ?? null, category_key: key, by }} categories={categories} onCategory={(one) => change({ category: one === null ? "none" : `=${one}`, by: undefined })} />
          ) : (
            <div ref={scroller} className={clsx(rowStyles.scroller, tableStyles.fit)}>
              <div ref={grid} className={clsx(rowStyles.list, styles.grid)} role="grid" tabIndex={0} aria-label="Notes" aria-multiselectable aria-busy={total === null} aria-rowcount={total === null ? -1 : total + 1} aria-activedescendant={total === null ? undefined : `note-${active}`} onKeyDown={onKeyDown} onClick={onClick}>
                <div role="row" aria-rowindex={1} className={clsx(rowStyles.head, tableStyles.columns, styles.columns)}>
                  <span role="columnheader">
                    <span className="visually-hidden">Chosen</span>
                  </span>
                  <span role="columnheader">Note</span>
                  <span role="columnheader">Category</span>
                  <span role="columnheader" className={styles.run}>
                    About
                  </span>
                  <span role="columnheader" className={styles.who}>
                    By
                  </span>
                  <span role="columnheader" className="num">
                    When
                  </span>
                </div>
                <div className={rowStyles.list} role="rowgroup" style={{ height: virtualizer.getTotalSize() }}>
                  {virtualizer.getVirtualItems().map(({ index, start }) => {
                    const note = notes.rowAt(index) ?? null;
                    return <NoteLine key={index} note={note} index={index} top={start - margin} active={index === active && total !== null} chosen={note !== null && chosen.has(note.id)} now={now} />;
                  })}
                </div>
              </div>
            </div>
          )}
          {by === undefined && whole && current ? <Whole note={current} /> : null}
        </div>
      </div>
    </div>
  );
}

/** Another key is taken when the field is left or Enter pressed: each key has its own categories. */
function KeyField({ value, onChange }: { readonly value: string; readonly onChange: (key: string) => void }) {
  const [text, setText] = useState(value);
  const keep = (): void => {
    const key = text.trim();
    if (key === "") setText(value);
    else if (key !== value) onChange(key);
  };
  return (
    <label className={styles.keyLabel} title="Categories are kept as feedback under this key">
      Category key
      <input className={clsx(ui.field, styles.keyField)} type="text" value={text} onChange={(event) => setText(event.target.value)} onBlur={keep} onKeyDown={(event) => event.key === "Enter" && keep()} />
    </label>
  );
}

interface NoteLineProps {
  /** `null` while it is on its way. */
  readonly note: NoteRow | null;
  readonly index: number;
  readonly top: number;
  readonly active: boolean;
  readonly chosen: boolean;
  readonly now: number;
}

function NoteLine({ note, index, top, active, chosen, now }: NoteLineProps) {
  const at = { transform: `translateY(${top}px)` };
  const classes = clsx(rowStyles.row, tableStyles.columns, styles.columns);
  if (!note) {
    return (
      <div role="row" aria-rowindex={index + 2} className={classes} style={at}>
        <span aria-hidden />
        <span role="gridcell">
          <Skeleton width="60%" />
        </span>
      </div>
    );
  }
  return (
    <div role="row" id={`note-${index}`} data-row={index} aria-rowindex={index + 2} aria-selected={active} className={classes} style={at}>
      <span role="gridcell" className={tableStyles.choose} data-choose>
        {/* The grid has the focus; X chooses. */}
        <input type="checkbox" tabIndex={-1} readOnly checked={chosen} aria-label={`Choose note ${index + 1}`} />
      </span>
      <span role="gridcell" title={note.text}>
        {onOneLine(note.text)}
      </span>
      <span role="gridcell" className={note.category === null ? rowStyles.unknown : undefined} title={note.category ?? undefined}>
        {note.category ?? DASH}
      </span>
      <span role="gridcell" className={styles.run}>
        <About note={note} />
      </span>
      <span role="gridcell" className={clsx(rowStyles.quiet, styles.who)} title={note.reviewer ?? undefined}>
        {note.reviewer ?? DASH}
      </span>
      <span role="gridcell" className="num" title={isoTime(note.created)}>
        {formatTimeShort(note.created, now)}
      </span>
    </div>
  );
}

function About({ note }: { readonly note: NoteRow }) {
  const { trace_id: traceId, run_id: runId, run_name: name, thread } = note;
  if (traceId !== null) {
    return (
      <Link to="/trace/$traceId" params={{ traceId }} search={runId === null ? {} : { run: runId, tab: "feedback" }} tabIndex={-1} title="Show what it is about">
        {name ?? (runId === null ? "the trace" : "the run")}
      </Link>
    );
  }
  if (thread === null) return <span className={rowStyles.quiet}>{DASH}</span>;
  return (
    <Link to="/" search={{ thread }} tabIndex={-1} title="Show the thread">
      {thread}
    </Link>
  );
}

function Whole({ note }: { readonly note: NoteRow }) {
  return (
    <section className={styles.whole} aria-label="The note in hand">
      <div className={styles.wholeHead}>
        <b>{note.key}</b>
        <span>
          by {note.reviewer ?? "nobody named"}, <time title={isoTime(note.created)}>{formatTime(note.created)}</time>
        </span>
        <About note={note} />
      </div>
      <p>{note.text}</p>
    </section>
  );
}
