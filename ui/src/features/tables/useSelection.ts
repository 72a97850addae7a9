/** Which rows are selected: some by name, or all that match. */
import { useCallback, useMemo, useState } from "react";
import type { RowName, TableRow } from "../../contract/contract";

export interface Selection {
  readonly count: number;
  readonly all: boolean;
  readonly has: (row: TableRow | undefined) => boolean;
  /** The names; `null` when all that match are selected. */
  readonly names: readonly RowName[] | null;
  readonly toggle: (row: TableRow) => void;
  readonly add: (rows: readonly RowName[]) => void;
  readonly selectAll: (total: number) => void;
  readonly clear: () => void;
}

export function nameOf({ trace_id, run_id, project, thread }: TableRow): RowName {
  return trace_id === null ? { project, thread } : { trace_id, run_id };
}

function keyOf({ trace_id = null, run_id = null, project = null, thread = null }: RowName): string {
  return trace_id === null ? `${project ?? ""}\u{1f}${thread ?? ""}` : `${trace_id}/${run_id ?? ""}`;
}

interface State {
  /** Another list begins without a selection. */
  readonly list: string;
  readonly picked: ReadonlyMap<string, RowName>;
  /** How many all were. */
  readonly all: number | null;
}

const NONE: ReadonlyMap<string, RowName> = new Map();

export function useSelection(list: string): Selection {
  const [state, setState] = useState<State>({ list, picked: NONE, all: null });
  const current = state.list === list ? state : { list, picked: NONE, all: null };
  const { picked, all } = current;
  const change = useCallback((next: (picked: Map<string, RowName>) => void) => {
    setState((before) => {
      const map = new Map(before.list === list ? before.picked : NONE);
      next(map);
      return { list, picked: map, all: null };
    });
  }, [list]);
  const toggle = useCallback(
    (row: TableRow) =>
      change((map) => {
        const name = nameOf(row);
        if (!map.delete(keyOf(name))) map.set(keyOf(name), name);
      }),
    [change],
  );
  const add = useCallback((rows: readonly RowName[]) => change((map) => rows.forEach((name) => map.set(keyOf(name), name))), [change]);
  const selectAll = useCallback((total: number) => setState({ list, picked: NONE, all: total }), [list]);
  const clear = useCallback(() => setState({ list, picked: NONE, all: null }), [list]);
  return useMemo(
    () => ({
      count: all ?? picked.size,
      all: all !== null,
      has: (row) => row !== undefined && (all !== null || picked.has(keyOf(nameOf(row)))),
      names: all === null ? [...picked.values()] : null,
      toggle,
      add,
      selectAll,
      clear,
    }),
    [picked, all, toggle, add, selectAll, clear],
  );
}
