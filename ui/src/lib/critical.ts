/**
 * The critical path of a trace: the chain of runs that decides when it ends. From the end backwards, the child that
 * ends last before the time in hand decides; what no child covers is the run's own.
 */
import type { RunType, TraceColumns } from "../contract/contract";

type Columns = Pick<TraceColumns, "parent" | "descendants" | "start_offset" | "duration" | "run_type">;

export interface CriticalPath {
  /** 1 for runs of the path, by row. */
  readonly rows: Uint8Array;
  /** Nanoseconds of the path by the type of the run that took them. */
  readonly share: ReadonlyMap<RunType, number>;
  readonly total: number;
}

/** Of the run in this row and everything below it. */
export function criticalPath(columns: Columns, root: number): CriticalPath {
  const rows = new Uint8Array(columns.parent.length);
  const share = new Map<RunType, number>();
  const last = root + (columns.descendants[root] ?? 0);
  const startOf = (row: number): number | null => columns.start_offset[row] ?? null;
  const endOf = (row: number): number | null => {
    const start = startOf(row);
    const duration = columns.duration[row] ?? null;
    return start === null || duration === null ? null : start + duration;
  };
  const children = new Map<number, number[]>();
  for (let row = root + 1; row <= last; row += 1) {
    const above = columns.parent[row] ?? -1;
    if (above < 0 || endOf(row) === null) continue;
    const siblings = children.get(above);
    if (siblings) siblings.push(row);
    else children.set(above, [row]);
  }
  const open: { readonly row: number; readonly until: number }[] = [];
  const rootEnd = endOf(root);
  if (rootEnd !== null) open.push({ row: root, until: rootEnd });
  let total = 0;
  for (let step = open.pop(); step !== undefined; step = open.pop()) {
    const { row, until } = step;
    rows[row] = 1;
    const start = startOf(row) ?? until;
    let at = until;
    let own = 0;
    const below = (children.get(row) ?? []).toSorted((one, other) => (endOf(other) ?? 0) - (endOf(one) ?? 0));
    for (const child of below) {
      const end = Math.min(endOf(child) ?? 0, until);
      const begin = startOf(child) ?? end;
      // Runs beside the one that decided take no time of the path.
      if (end > at || begin >= at || end <= start) continue;
      own += at - end;
      open.push({ row: child, until: end });
      at = Math.max(begin, start);
      if (at <= start) break;
    }
    own += Math.max(at - start, 0);
    const type = columns.run_type[row] ?? "chain";
    share.set(type, (share.get(type) ?? 0) + own);
    total += own;
  }
  return { rows, share, total };
}
