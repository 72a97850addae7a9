/** The datasets of the library: how many examples each has, and when it changed last. */
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { clsx } from "clsx";
import { Ellipsis } from "lucide-react";
import { useCallback, useMemo, useRef, type MouseEvent } from "react";
import { useCommands, type Command } from "../../commands/registry";
import { EmptyState, ErrorState, Skeleton } from "../../components/States";
import { FilterInput } from "../../components/table/FilterInput";
import tableStyles from "../../components/table/table.module.css";
import { useVirtualGrid, useVisibleRange } from "../../components/table/useVirtualGrid";
import { Button, IconButton } from "../../components/ui/Button";
import { KeysOf } from "../../components/ui/Keys";
import { Menu, MenuItem, MenuLine } from "../../components/ui/Menu";
import rowStyles from "../../components/ui/rows.module.css";
import ui from "../../components/ui/ui.module.css";
import { useLatest } from "../../components/useLatest";
import { useNow } from "../../components/useNow";
import type { DatasetRow } from "../../contract/contract";
import { useDatasetList } from "../../data/datasets";
import { useUi } from "../../data/ui";
import { useUndo } from "../../data/undo";
import { DASH, formatCount, formatTimeShort, isoTime, plural } from "../../lib/format";
import { useScreenStatus } from "../frame/useScreenStatus";
import styles from "./datasets.module.css";
import { useDatasetRemoval } from "./useDatasetRemoval";

const route = getRouteApi("/datasets");

const SORTS = [
  ["modified", "Last change"],
  ["name", "Name"],
  ["examples", "Examples"],
] as const;

const SHAPE_OF_LOADING = 8;

export function DatasetsPage() {
  const { q = "", sort = "modified" } = route.useSearch();
  const navigate = useNavigate();
  const narrow = route.useNavigate();
  const open = useUi((state) => state.open);
  const [range, setRange] = useVisibleRange();
  const datasets = useDatasetList({ text: q === "" ? null : q, sort }, range.first, range.last);
  const input = useRef<HTMLInputElement>(null);
  const { total } = datasets;
  useUndo();
  useScreenStatus(total === null ? "" : plural(total, "dataset"));
  const change = useCallback((changes: { readonly q?: string | undefined; readonly sort?: (typeof SORTS)[number][0] | undefined }) => void narrow({ search: (before) => ({ ...before, ...changes }), replace: true }), [narrow]);
  const enter = (row: number): void => {
    const dataset = datasets.rowAt(row);
    if (dataset) void navigate({ to: "/datasets/$datasetId", params: { datasetId: dataset.id } });
  };
  const { scroller, grid, virtualizer, active, moveTo, moveBy, onKeyDown, margin } = useVirtualGrid({ list: `datasets ${sort} ${q}`, total: total ?? SHAPE_OF_LOADING, onRange: setRange, onOpen: enter });
  const remove = useDatasetRemoval();
  const latest = useLatest(datasets.rowAt(active));
  const commands = useMemo(
    (): Command[] => [
      { id: "datasets.new", title: "New dataset", group: "Table", shortcut: "N", run: () => open({ name: "dataset", datasetId: null }) },
      { id: "table.filter", title: "Filter", group: "Table", shortcut: "/", run: () => input.current?.focus() },
      { id: "table.next", title: "Next row", group: "Table", shortcut: "J", repeats: true, run: () => moveBy(1) },
      { id: "table.previous", title: "Previous row", group: "Table", shortcut: "K", repeats: true, run: () => moveBy(-1) },
      { id: "table.open", title: "Show the examples", group: "Table", shortcut: "Enter", local: true, run: () => undefined },
      { id: "datasets.edit", title: "Edit the dataset in hand", group: "Table", shortcut: "E", run: () => latest.current && open({ name: "dataset", datasetId: latest.current.id }) },
      { id: "datasets.delete", title: "Delete the dataset in hand", group: "Table", shortcut: "Delete", run: () => latest.current && remove(latest.current) },
    ],
    [open, moveBy, remove, latest],
  );
  useCommands(commands);
  const onClick = (event: MouseEvent): void => {
    const target = event.target instanceof Element ? event.target : null;
    const row = target?.closest<HTMLElement>("[data-row]");
    if (!row || target?.closest("button, a, [role=menu]")) return;
    moveTo(Number(row.dataset["row"]));
    enter(Number(row.dataset["row"]));
  };
  const now = useNow();
  const make = (
    <Button tone="primary" data-command="datasets.new" onClick={() => open({ name: "dataset", datasetId: null })}>
      New dataset
      <KeysOf command="datasets.new" />
    </Button>
  );
  return (
    <div className={rowStyles.page}>
      <div className={tableStyles.bar}>
        <h1 className={tableStyles.title}>Datasets</h1>
        <FilterInput inputRef={input} value={q} label="Filter datasets" placeholder="Filter by name" onChange={(text) => change({ q: text === "" ? undefined : text })} onLeave={() => grid.current?.focus()} />
        <select className={clsx(ui.field, styles.select)} aria-label="Order" value={sort} onChange={(event) => change({ sort: SORTS.find(([name]) => name === event.target.value)?.[0] })}>
          {SORTS.map(([name, label]) => (
            <option key={name} value={name}>
              {label}
            </option>
          ))}
        </select>
        <span className={tableStyles.count}>{total === null ? "" : plural(total, "dataset")}</span>
        {make}
      </div>
      {datasets.error && total === null ? (
        <ErrorState title="The datasets could not be listed" error={datasets.error} onRetry={datasets.retry} />
      ) : total === 0 && q === "" ? (
        <EmptyState title="No datasets" action={make}>
          A dataset holds examples: inputs with the outputs that are expected. Add runs to one with <KeysOf command="dataset.add" /> where they are shown, or import a file of examples.
        </EmptyState>
      ) : total === 0 ? (
        <EmptyState title="No dataset matches" action={<Button onClick={() => change({ q: undefined })}>Show all datasets</Button>} />
      ) : (
        <div ref={scroller} className={clsx(rowStyles.scroller, tableStyles.fit)}>
          <div ref={grid} className={clsx(rowStyles.list, styles.grid)} role="grid" tabIndex={0} aria-label="Datasets" aria-busy={total === null} aria-rowcount={total === null ? -1 : total + 1} aria-activedescendant={total === null ? undefined : `dataset-${active}`} onKeyDown={onKeyDown} onClick={onClick}>
            <div role="row" aria-rowindex={1} className={clsx(rowStyles.head, tableStyles.columns, styles.columns)}>
              <span role="columnheader">Name</span>
              <span role="columnheader" className={styles.extra}>
                What it is for
              </span>
              <span role="columnheader" className="num">
                Examples
              </span>
              <span role="columnheader" className={clsx("num", styles.extra)}>
                Experiments
              </span>
              <span role="columnheader" className="num">
                Last change
              </span>
              <span role="columnheader">
                <span className="visually-hidden">Tools</span>
              </span>
            </div>
            <div className={rowStyles.list} role="rowgroup" style={{ height: virtualizer.getTotalSize() }}>
              {virtualizer.getVirtualItems().map(({ index, start }) => (
                <DatasetLine key={index} dataset={datasets.rowAt(index) ?? null} index={index} top={start - margin} active={index === active && total !== null} now={now} onRemove={remove} />
              ))}
            </div>
          </div>
        </div>
      )}
    </div>
  );
}

interface DatasetLineProps {
  /** `null` while it is on its way. */
  readonly dataset: DatasetRow | null;
  readonly index: number;
  readonly top: number;
  readonly active: boolean;
  readonly now: number;
  readonly onRemove: (dataset: DatasetRow) => void;
}

function DatasetLine({ dataset, index, top, active, now, onRemove }: DatasetLineProps) {
  const open = useUi((state) => state.open);
  const at = { transform: `translateY(${top}px)` };
  const classes = clsx(rowStyles.row, tableStyles.columns, styles.columns);
  if (!dataset) {
    return (
      <div role="row" aria-rowindex={index + 2} className={classes} style={at}>
        <span role="gridcell">
          <Skeleton width="60%" />
        </span>
      </div>
    );
  }
  const { id, name, description, examples, experiments, modified } = dataset;
  return (
    <div role="row" id={`dataset-${index}`} data-row={index} aria-rowindex={index + 2} aria-selected={active} className={classes} style={at}>
      <span role="gridcell" className={tableStyles.name} title={name}>
        <b className={tableStyles.nameText}>{name}</b>
      </span>
      <span role="gridcell" className={clsx(styles.extra, description === null ? rowStyles.unknown : rowStyles.quiet)} title={description ?? undefined}>
        {description ?? DASH}
      </span>
      <span role="gridcell" className="num">
        {formatCount(examples)}
      </span>
      <span role="gridcell" className={clsx("num", styles.extra, experiments === 0 && rowStyles.unknown)}>
        {experiments === 0 ? DASH : formatCount(experiments)}
      </span>
      <span role="gridcell" className="num" title={isoTime(modified)}>
        {formatTimeShort(modified, now)}
      </span>
      <span role="gridcell" className={styles.tools}>
        <Menu
          trigger={
            <IconButton label={`More about ${name}`}>
              <Ellipsis size={14} />
            </IconButton>
          }
        >
          <MenuItem onSelect={() => open({ name: "dataset", datasetId: id })}>Edit…</MenuItem>
          <MenuItem onSelect={() => open({ name: "export", what: { type: "dataset", datasetId: id } })}>Export…</MenuItem>
          <MenuItem onSelect={() => open({ name: "import-examples", datasetId: id })}>Import examples…</MenuItem>
          <MenuLine />
          <MenuItem onSelect={() => onRemove(dataset)}>Delete</MenuItem>
        </Menu>
      </span>
    </div>
  );
}
