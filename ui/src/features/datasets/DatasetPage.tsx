/** The examples of a dataset: listed, searched, chosen, and one of them open beside the list. */
import { Link, getRouteApi, useNavigate } from "@tanstack/react-router";
import { clsx } from "clsx";
import { Ellipsis, X } from "lucide-react";
import { useCallback, useMemo, useRef, useState, type MouseEvent } from "react";
import { Group, Panel, Separator, useDefaultLayout } from "react-resizable-panels";
import { useCommands, type Command } from "../../commands/registry";
import { EmptyState, ErrorState } from "../../components/States";
import { FilterInput } from "../../components/table/FilterInput";
import tableStyles from "../../components/table/table.module.css";
import { useVirtualGrid, useVisibleRange } from "../../components/table/useVirtualGrid";
import { Button, IconButton } from "../../components/ui/Button";
import { KeysOf } from "../../components/ui/Keys";
import { Menu, MenuItem, MenuLine } from "../../components/ui/Menu";
import rowStyles from "../../components/ui/rows.module.css";
import ui from "../../components/ui/ui.module.css";
import { useLatest } from "../../components/useLatest";
import { useMediaQuery } from "../../components/useMediaQuery";
import { useNow } from "../../components/useNow";
import type { DatasetDetail } from "../../contract/contract";
import { useDataset, useDeleteExamples, useExampleList } from "../../data/datasets";
import { useUi } from "../../data/ui";
import { offerUndo, useUndo } from "../../data/undo";
import { formatCount, plural } from "../../lib/format";
import { platform } from "../../platform";
import type { DatasetSearch } from "../../routes/search";
import { useScreenStatus } from "../frame/useScreenStatus";
import { ExampleLine } from "./ExampleLine";
import { ExamplePanel } from "./ExamplePanel";
import styles from "./datasets.module.css";
import { useDatasetRemoval } from "./useDatasetRemoval";

const route = getRouteApi("/datasets/$datasetId");

/** Below this an example stands under the list. */
const STACKED = "(max-width: 1000px)";
const SHAPE_OF_LOADING = 12;
/** Address of an example that is not there yet. */
const NEW = "new";

export function DatasetPage() {
  const { datasetId } = route.useParams();
  const dataset = useDataset(datasetId);
  useUndo();
  if (dataset.error && !dataset.data) return <ErrorState title="The dataset could not be read" error={dataset.error} onRetry={() => void dataset.refetch()} />;
  return <Examples key={datasetId} datasetId={datasetId} dataset={dataset.data ?? null} />;
}

function Examples({ datasetId, dataset }: { readonly datasetId: string; readonly dataset: DatasetDetail | null }) {
  const { q, split, example: shown } = route.useSearch();
  const navigate = useNavigate();
  const narrow = route.useNavigate();
  const open = useUi((state) => state.open);
  const [range, setRange] = useVisibleRange();
  const examples = useExampleList({ dataset_id: datasetId, split: split ?? null, text: q ?? null }, range.first, range.last);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const stacked = useMediaQuery(STACKED);
  const layout = useDefaultLayout({ id: stacked ? "tracemark.example.stacked" : "tracemark.example", storage: localStorage });
  const input = useRef<HTMLInputElement>(null);
  const { total } = examples;
  const name = dataset?.row.name ?? "Dataset";
  useScreenStatus(total === null ? "" : [plural(total, "example"), chosen.size > 0 ? `${formatCount(chosen.size)} chosen` : ""].filter((text) => text !== "").join("\n"));
  const change = useCallback((changes: { readonly [Name in keyof DatasetSearch]?: DatasetSearch[Name] | undefined }) => void narrow({ search: (before) => ({ ...before, ...changes }), replace: true }), [narrow]);
  const show = (row: number): void => {
    const found = examples.rowAt(row);
    if (found) change({ example: found.id });
  };
  const list = `examples ${datasetId} ${split ?? ""} ${q ?? ""}`;
  const { scroller, grid, virtualizer, active, moveTo, moveBy, onKeyDown, margin } = useVirtualGrid({ list, total: total ?? SHAPE_OF_LOADING, onRange: setRange, onOpen: show });
  const removeDataset = useDatasetRemoval();
  const remove = useDeleteExamples();
  const toggle = (id: string | undefined): void => {
    if (id === undefined) return;
    setChosen((before) => {
      const next = new Set(before);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  };
  const inHand = (): string[] => {
    const row = examples.rowAt(active);
    return chosen.size > 0 ? [...chosen] : row ? [row.id] : [];
  };
  const erase = (): void => {
    const ids = inHand();
    if (ids.length === 0) return;
    remove.mutate(ids, {
      onSuccess: () => {
        setChosen(new Set());
        if (shown !== undefined && ids.includes(shown)) change({ example: undefined });
        offerUndo(`${plural(ids.length, "example")} removed.`, () => platform().call("restore_examples", { ids }));
      },
    });
  };
  const assign = (): void => {
    const ids = inHand();
    if (ids.length > 0) open({ name: "split", datasetId, ids });
  };
  const chooseAll = async (): Promise<void> => setChosen(new Set(await allIds(datasetId, split, q)));
  const latest = useLatest({ toggle: () => toggle(examples.rowAt(active)?.id), erase, assign, chooseAll, none: () => setChosen(new Set()) });
  const commands = useMemo(
    (): Command[] => [
      { id: "example.new", title: "New example", group: "Table", shortcut: "N", run: () => change({ example: NEW }) },
      { id: "table.filter", title: "Search examples", group: "Table", shortcut: "/", run: () => input.current?.focus() },
      { id: "table.next", title: "Next row", group: "Table", shortcut: "J", repeats: true, run: () => moveBy(1) },
      { id: "table.previous", title: "Previous row", group: "Table", shortcut: "K", repeats: true, run: () => moveBy(-1) },
      { id: "table.open", title: "Open the example", group: "Table", shortcut: "Enter", local: true, run: () => undefined },
      { id: "example.choose", title: "Choose the example in hand, or no longer", group: "Table", shortcut: "X", run: () => latest.current.toggle() },
      { id: "example.choose_all", title: "Choose all that match", group: "Table", shortcut: "Mod+A", typing: "leave", run: () => void latest.current.chooseAll() },
      { id: "example.split", title: "Assign splits…", group: "Table", shortcut: "S", run: () => latest.current.assign() },
      { id: "example.remove", title: "Remove what is chosen", group: "Table", shortcut: "Delete", run: () => latest.current.erase() },
      { id: "dataset.export", title: "Export the dataset…", group: "Table", shortcut: "Shift+X", run: () => open({ name: "export", what: { type: "dataset", datasetId } }) },
      { id: "dataset.import", title: "Import examples…", group: "Table", shortcut: "Shift+I", run: () => open({ name: "import-examples", datasetId }) },
      { id: "dataset.edit", title: "Edit the dataset…", group: "Table", shortcut: "Shift+E", run: () => open({ name: "dataset", datasetId }) },
    ],
    [change, moveBy, latest, open, datasetId],
  );
  useCommands(commands);
  const onClick = (event: MouseEvent): void => {
    const target = event.target instanceof Element ? event.target : null;
    const row = target?.closest<HTMLElement>("[data-row]");
    if (!row || target?.closest("a")) return;
    const index = Number(row.dataset["row"]);
    moveTo(index);
    if (target?.closest("[data-choose]")) toggle(examples.rowAt(index)?.id);
    else show(index);
  };
  const close = useCallback((): void => {
    change({ example: undefined });
    requestAnimationFrame(() => grid.current?.focus({ preventScroll: true }));
  }, [change, grid]);
  const now = useNow();
  const narrowed = q !== undefined || split !== undefined;
  const add = (
    <Button tone="primary" data-command="example.new" onClick={() => change({ example: NEW })}>
      New example
      <KeysOf command="example.new" />
    </Button>
  );
  const rows =
    examples.error && total === null ? (
      <ErrorState title="The examples could not be listed" error={examples.error} onRetry={examples.retry} />
    ) : total === 0 ? (
      <EmptyState
        title={narrowed ? "No example matches" : "No examples"}
        action={
          narrowed ? (
            <Button onClick={() => change({ q: undefined, split: undefined })}>Show all examples</Button>
          ) : (
            <>
              {add}
              <Button onClick={() => open({ name: "import-examples", datasetId })}>
                Import…
                <KeysOf command="dataset.import" />
              </Button>
            </>
          )
        }
      >
        {narrowed ? null : "Add runs from where they are shown, write an example, or import a file."}
      </EmptyState>
    ) : (
      <div ref={scroller} className={clsx(rowStyles.scroller, tableStyles.fit)}>
        <div ref={grid} className={clsx(rowStyles.list, styles.grid)} role="grid" tabIndex={0} aria-label="Examples" aria-multiselectable aria-busy={total === null} aria-rowcount={total === null ? -1 : total + 1} aria-activedescendant={total === null ? undefined : `example-${active}`} onKeyDown={onKeyDown} onClick={onClick}>
          <div role="row" aria-rowindex={1} className={clsx(rowStyles.head, tableStyles.columns, styles.examples)}>
            <span role="columnheader">
              <span className="visually-hidden">Chosen</span>
            </span>
            <span role="columnheader">Inputs</span>
            <span role="columnheader" className={styles.outputs}>
              Outputs
            </span>
            <span role="columnheader">Splits</span>
            <span role="columnheader" className={styles.source}>
              Source
            </span>
            <span role="columnheader" className={clsx("num", styles.when)}>
              Last change
            </span>
          </div>
          <div className={rowStyles.list} role="rowgroup" style={{ height: virtualizer.getTotalSize() }}>
            {virtualizer.getVirtualItems().map(({ index, start }) => {
              const row = examples.rowAt(index) ?? null;
              return <ExampleLine key={index} example={row} index={index} top={start - margin} active={index === active && total !== null} chosen={row !== null && chosen.has(row.id)} now={now} />;
            })}
          </div>
        </div>
      </div>
    );
  return (
    <div className={rowStyles.page}>
      <div className={clsx(tableStyles.bar, styles.bar)}>
        <Link to="/datasets" className={styles.back}>
          Datasets
        </Link>
        <span className={rowStyles.quiet}>/</span>
        <h1 className={clsx(tableStyles.title, styles.name)} title={name}>
          {name}
        </h1>
        <FilterInput inputRef={input} value={q ?? ""} label="Search examples" placeholder="Search inputs and outputs" onChange={(text) => change({ q: text === "" ? undefined : text })} onLeave={() => grid.current?.focus()} />
        <select className={clsx(ui.field, styles.select)} aria-label="Split" value={split ?? ""} onChange={(event) => change({ split: event.target.value === "" ? undefined : event.target.value })}>
          <option value="">Every split</option>
          {dataset?.splits.map(({ name: one, examples: count }) => (
            <option key={one} value={one}>
              {one} ({formatCount(count)})
            </option>
          ))}
          {split !== undefined && !dataset?.splits.some(({ name: one }) => one === split) ? <option value={split}>{split} (0)</option> : null}
        </select>
        <span className={tableStyles.count}>{total === null ? "" : plural(total, "example")}</span>
        {add}
        <Menu
          trigger={
            <IconButton label={`More about ${name}`}>
              <Ellipsis size={14} />
            </IconButton>
          }
        >
          <MenuItem onSelect={() => open({ name: "dataset", datasetId })}>
            Edit…
            <KeysOf command="dataset.edit" />
          </MenuItem>
          <MenuItem onSelect={() => open({ name: "export", what: { type: "dataset", datasetId } })}>
            Export…
            <KeysOf command="dataset.export" />
          </MenuItem>
          <MenuItem onSelect={() => open({ name: "import-examples", datasetId })}>
            Import examples…
            <KeysOf command="dataset.import" />
          </MenuItem>
          <MenuLine />
          <MenuItem disabled={dataset === null} onSelect={() => dataset && removeDataset(dataset.row, () => void navigate({ to: "/datasets" }))}>
            Delete
          </MenuItem>
        </Menu>
      </div>
      {dataset?.row.description ? <p className={styles.about}>{dataset.row.description}</p> : null}
      {chosen.size > 0 ? (
        <div className={styles.selection} role="region" aria-label="What is chosen">
          <span>
            <b>{formatCount(chosen.size)}</b> chosen
          </span>
          <Button data-command="example.split" onClick={assign}>
            Assign splits…
            <KeysOf command="example.split" />
          </Button>
          <Button tone="danger" disabled={remove.isPending} data-command="example.remove" onClick={erase}>
            Remove
            <KeysOf command="example.remove" />
          </Button>
          <Button onClick={() => void chooseAll()}>
            Choose all
            <KeysOf command="example.choose_all" />
          </Button>
          <IconButton label="Choose none" onClick={() => setChosen(new Set())}>
            <X size={14} />
          </IconButton>
        </div>
      ) : null}
      {shown === undefined ? (
        rows
      ) : (
        <Group key={String(stacked)} className={styles.panes} orientation={stacked ? "vertical" : "horizontal"} {...layout}>
          <Panel id="examples" className={styles.pane} defaultSize="56%" minSize={stacked ? "120px" : "320px"}>
            {rows}
          </Panel>
          <Separator className={stacked ? styles.dividerFlat : styles.divider} />
          <Panel id="example" className={styles.pane} defaultSize="44%" minSize={stacked ? "200px" : "320px"}>
            <ExamplePanel datasetId={datasetId} exampleId={shown === NEW ? null : shown} onClose={close} />
          </Panel>
        </Group>
      )}
    </div>
  );
}

/** The most rows that one call answers. */
const LARGEST_WINDOW = 500;

async function allIds(datasetId: string, split: string | undefined, q: string | undefined): Promise<string[]> {
  const ids: string[] = [];
  for (;;) {
    const page = await platform().call("list_examples", { dataset_id: datasetId, split: split ?? null, text: q ?? null, offset: ids.length, limit: LARGEST_WINDOW });
    ids.push(...page.rows.map(({ id }) => id));
    if (page.rows.length === 0 || ids.length >= page.total) return ids;
  }
}
