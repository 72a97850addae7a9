/** The state of the tree: what is selected, folded and shown, and everything that follows from it. */
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { TraceColumns } from "../../contract/contract";
import { useFolds } from "../../data/ui";
import { useTraceNav } from "./nav";
import { ancestors, collapseSame, failedRows, treeShape, visibleRows, type Group, type Visibility } from "../../lib/tree";

/** WebKit refuses more than a hundred changes of address in half a minute; a held arrow key makes many more. */
const ADDRESS_PAUSE_MS = 250;

const NO_FOLDS: ReadonlySet<string> = new Set();
const NO_ROWS: ReadonlySet<number> = new Set();
const NO_GROUPS: ReadonlyMap<number, Group> = new Map();

export function useTraceTree(traceId: string, columns: TraceColumns) {
  const { show, root: rootId, change } = useTraceNav();
  const rowById = useMemo(() => new Map(columns.run_id.map((id, row) => [id, row])), [columns]);
  const [selectedId, select] = useSelectedRun();
  const root = (rootId === undefined ? undefined : rowById.get(rootId)) ?? null;
  const within = useMemo(() => (root === null ? null : { first: root, last: root + (columns.descendants[root] ?? 0) }), [root, columns]);
  const chosen = (selectedId === null ? undefined : rowById.get(selectedId)) ?? within?.first ?? 0;
  const selected = within !== null && (chosen < within.first || chosen > within.last) ? within.first : chosen;

  const foldedIds = useFolds((state) => state.folds[traceId]) ?? NO_FOLDS;
  const setFolds = useFolds((state) => state.setFolds);
  const folded = useMemo(() => new Set([...foldedIds].flatMap((id) => rowById.get(id) ?? [])), [foldedIds, rowById]);

  const visibility: Visibility = show ?? "key";
  const failed = useMemo(() => (visibility === "errors" ? failedRows(columns) : null), [columns, visibility]);
  const pinned = (failed ? failed[selected] : columns.key_run[selected]) ? -1 : selected;
  const whole = useMemo(() => treeShape(columns, visibility, pinned, within), [columns, visibility, pinned, within]);
  const [collapses, setCollapses] = useState(false);
  const [opened, setOpened] = useState<ReadonlySet<number>>(NO_ROWS);
  const collapsed = useMemo(() => (collapses ? collapseSame(columns, whole, selected, opened) : null), [collapses, columns, whole, selected, opened]);
  const shape = collapsed?.shape ?? whole;
  const toggleGroup = useCallback(
    (row: number): void =>
      setOpened((before) => {
        const next = new Set(before);
        if (!next.delete(row)) next.add(row);
        return next;
      }),
    [],
  );
  const toggleCollapse = useCallback((): void => {
    setOpened(NO_ROWS);
    setCollapses((before) => !before);
  }, []);
  const visible = useMemo(() => visibleRows(shape, columns.descendants, folded), [shape, columns, folded]);
  const plumbing = useMemo(() => columns.key_run.reduce((count, key) => count + (key ? 0 : 1), 0), [columns]);

  const fold = useCallback(
    (rows: readonly number[], closed: boolean): void =>
      setFolds(traceId, (ids) => {
        for (const row of rows) {
          const id = columns.run_id[row];
          if (id === undefined) continue;
          if (closed) ids.add(id);
          else ids.delete(id);
        }
      }),
    [columns, setFolds, traceId],
  );
  /** Selects a row and unfolds whatever hides it. */
  const reveal = useCallback(
    (row: number): void => {
      const id = columns.run_id[row];
      if (id === undefined) return;
      // A run outside of what is used as root is shown in the whole trace.
      if (within !== null && (row < within.first || row > within.last)) change({ root: undefined, run: id }, false);
      const closed = ancestors(shape, row).filter((above) => folded.has(above));
      if (closed.length > 0) fold(closed, false);
      select(id);
    },
    [columns, shape, folded, fold, select, within, change],
  );
  const setVisibility = useCallback(
    (next: Visibility): void => change({ show: next === "key" ? undefined : next }, true),
    [change],
  );
  /** Uses a run as root, or the trace again; back goes to what was before. */
  const setRoot = useCallback((row: number | null): void => change({ root: row === null || row === 0 ? undefined : columns.run_id[row] }, false), [change, columns]);
  return { groups: collapsed?.groups ?? NO_GROUPS, opened, toggleGroup, toggleCollapse, root, setRoot, selected, select, reveal, fold, folded, shape, visible, visibility, setVisibility, plumbing };
}

/** The selected run lives here and follows into the address after a pause. */
function useSelectedRun() {
  const { run, change } = useTraceNav();
  const [selected, setSelected] = useState<string | null>(run ?? null);
  const written = useRef(run ?? null);
  useEffect(() => {
    // Back, forward or a link chose another run.
    if ((run ?? null) === written.current) return;
    written.current = run ?? null;
    setSelected(run ?? null);
  }, [run]);
  useEffect(() => {
    if (selected === written.current) return;
    const timer = setTimeout(() => {
      written.current = selected;
      change({ run: selected ?? undefined }, true);
    }, ADDRESS_PAUSE_MS);
    return () => clearTimeout(timer);
  }, [selected, change]);
  return [selected, setSelected] as const;
}

export type TraceTree = ReturnType<typeof useTraceTree>;
