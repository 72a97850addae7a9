/**
 * Which rows of a trace's tree are visible, computed over the struct of arrays as it came.
 *
 * Two linear passes and no objects per row: 100,000 runs take a few milliseconds, so folding needs no cleverness.
 */
import type { TraceColumns } from "../contract/contract";

/** Most relevant runs, all of them, or those that failed with what leads to them. */
export type Visibility = "key" | "all" | "errors";

/** The part that depends on what is shown, but not on folds. All arrays are indexed by row of the trace. */
export interface TreeShape {
  /** 1 when the row is shown by the visibility. */
  readonly shown: Uint8Array;
  /** Nearest shown ancestor, -1 at the top. */
  readonly parent: Int32Array;
  /** Levels below the top, counting shown ancestors only. */
  readonly depth: Int32Array;
  /** Shown children. */
  readonly children: Int32Array;
  /** Place among its siblings, from 1. */
  readonly place: Int32Array;
  /** Shown rows at the top. */
  readonly tops: number;
  /** Rows that the visibility hides. */
  readonly hidden: number;
}

/** The rows to draw, in order. */
export interface VisibleRows {
  /** Rows of the trace. */
  readonly rows: Int32Array;
  /** From row of the trace to index in `rows`, -1 when not visible. */
  readonly index: Int32Array;
}

/** Rows of a run and everything below it. */
export interface Within {
  readonly first: number;
  readonly last: number;
}

type ShapeColumns = Pick<TraceColumns, "parent" | "key_run" | "status">;

/** 1 for runs that failed and every run above them. Parents stand before their children, so one pass from the end will do. */
export function failedRows(columns: Pick<TraceColumns, "parent" | "status">): Uint8Array {
  const failed = new Uint8Array(columns.parent.length);
  for (let row = failed.length - 1; row >= 0; row -= 1) {
    if (columns.status[row] === "error") failed[row] = 1;
    const above = columns.parent[row] ?? -1;
    if (failed[row] && above >= 0) failed[above] = 1;
  }
  return failed;
}

/**
 * Hides what is not asked for; children of hidden runs move to the nearest shown ancestor. `pinned` is shown in any
 * case. With a `within` only these rows are the tree: the first of them is its root.
 */
export function treeShape(columns: ShapeColumns, visibility: Visibility, pinned = -1, within: Within | null = null): TreeShape {
  const count = columns.parent.length;
  const shown = new Uint8Array(count);
  const parent = new Int32Array(count);
  const depth = new Int32Array(count);
  const children = new Int32Array(count);
  const place = new Int32Array(count);
  const failed = visibility === "errors" ? failedRows(columns) : null;
  let tops = 0;
  let hidden = 0;
  parent.fill(-1);
  const first = within?.first ?? 0;
  const last = within?.last ?? count - 1;
  for (let row = first; row <= last; row += 1) {
    const above = within !== null && row === first ? -1 : (columns.parent[row] ?? -1);
    const nearest = above < 0 ? -1 : shown[above] ? above : (parent[above] ?? -1);
    parent[row] = nearest;
    if (visibility !== "all" && row !== pinned && (within === null || row !== first) && !(failed ? failed[row] : columns.key_run[row])) {
      hidden += 1;
      continue;
    }
    shown[row] = 1;
    if (nearest < 0) {
      tops += 1;
      place[row] = tops;
    } else {
      depth[row] = (depth[nearest] ?? 0) + 1;
      children[nearest] = (children[nearest] ?? 0) + 1;
      place[row] = children[nearest] ?? 0;
    }
  }
  return { shown, parent, depth, children, place, tops, hidden };
}

/** Neighbours of one name that stand as one row. */
export interface Group {
  /** Runs, the first included. */
  readonly count: number;
  /** Nanoseconds in all, and of the longest. */
  readonly sum: number;
  readonly longest: number;
}

/** Fewer neighbours of one name stay rows of their own. */
const LEAST_GROUP = 3;

/**
 * Neighbours of the same name and type without shown children become one row, the first of them. Failed runs and
 * `pinned` stay where they are, and so do groups that were opened.
 */
export function collapseSame(columns: ShapeColumns & Pick<TraceColumns, "name" | "run_type" | "duration">, shape: TreeShape, pinned: number, opened: ReadonlySet<number>): { readonly shape: TreeShape; readonly groups: ReadonlyMap<number, Group> } {
  const count = shape.shown.length;
  /** The group that a parent's last child is in; -1 stands for the top. */
  const open = new Map<number, number[]>();
  const groups = new Map<number, Group>();
  const shown = shape.shown.slice();
  let hidden = 0;
  const close = (above: number): void => {
    const rows = open.get(above) ?? [];
    open.delete(above);
    const [first] = rows;
    if (first === undefined || rows.length < LEAST_GROUP) return;
    const durations = rows.map((row) => columns.duration[row] ?? 0);
    groups.set(first, { count: rows.length, sum: durations.reduce((sum, nanos) => sum + nanos, 0), longest: durations.reduce((most, nanos) => Math.max(most, nanos), 0) });
    if (opened.has(first)) return;
    for (const row of rows.slice(1)) {
      if (row === pinned) continue;
      shown[row] = 0;
      hidden += 1;
    }
  };
  for (let row = 0; row < count; row += 1) {
    if (!shape.shown[row]) continue;
    const above = shape.parent[row] ?? -1;
    const last = open.get(above)?.[0];
    const alone = (shape.children[row] ?? 0) === 0 && columns.status[row] !== "error";
    if (last !== undefined && alone && columns.name[last] === columns.name[row] && columns.run_type[last] === columns.run_type[row]) open.get(above)?.push(row);
    else {
      close(above);
      if (alone) open.set(above, [row]);
    }
  }
  // A map may lose keys while it is walked.
  for (const above of open.keys()) close(above);
  if (hidden === 0) return { shape, groups };
  const children = new Int32Array(count);
  const place = new Int32Array(count);
  let tops = 0;
  for (let row = 0; row < count; row += 1) {
    if (!shown[row]) continue;
    const above = shape.parent[row] ?? -1;
    if (above < 0) tops += 1;
    else children[above] = (children[above] ?? 0) + 1;
    place[row] = above < 0 ? tops : (children[above] ?? 0);
  }
  return { shape: { ...shape, shown, children, place, tops }, groups };
}

/** Leaves out what lies below folded rows. */
export function visibleRows(shape: TreeShape, descendants: readonly number[], folded: ReadonlySet<number>): VisibleRows {
  const count = shape.shown.length;
  const rows = new Int32Array(count);
  const index = new Int32Array(count).fill(-1);
  let length = 0;
  for (let row = 0; row < count; row += 1) {
    if (!shape.shown[row]) continue;
    rows[length] = row;
    index[row] = length;
    length += 1;
    if (folded.has(row)) row += descendants[row] ?? 0;
  }
  return { rows: rows.subarray(0, length), index };
}

/** The shown ancestors of a row, nearest first: what must be unfolded to see it. */
export function ancestors(shape: TreeShape, row: number): number[] {
  const found: number[] = [];
  for (let above = shape.parent[row] ?? -1; above >= 0; above = shape.parent[above] ?? -1) found.push(above);
  return found;
}

/** Rows to fold or unfold for `*`: the siblings of a row that have children. */
export function expandableSiblings(shape: TreeShape, row: number): number[] {
  const found: number[] = [];
  const parent = shape.parent[row] ?? -1;
  for (let other = 0; other < shape.shown.length; other += 1) {
    if (shape.shown[other] && shape.parent[other] === parent && (shape.children[other] ?? 0) > 0) found.push(other);
  }
  return found;
}

/** The next or previous shown run with the same parent; -1 at the end. */
export function siblingOf(shape: TreeShape, from: number, step: 1 | -1): number {
  for (let row = from + step; row >= 0 && row < shape.shown.length; row += step) {
    if (shape.shown[row] && shape.parent[row] === shape.parent[from]) return row;
  }
  return -1;
}

/**
 * The shown run without shown children that has the largest value; from that one on, the next smaller one, going round.
 * Runs with children are left out, since what they took is what their children took. -1 when no run has a value.
 */
export function nextLargest(shape: TreeShape, from: number, value: (row: number) => number): number {
  const ranked: number[] = [];
  for (let row = 0; row < shape.shown.length; row += 1) {
    if (shape.shown[row] && (shape.children[row] ?? 0) === 0 && value(row) > 0) ranked.push(row);
  }
  ranked.sort((a, b) => value(b) - value(a) || a - b);
  return ranked[(ranked.indexOf(from) + 1) % ranked.length] ?? -1;
}

/** The next row after `from` that matches, going round; -1 when none does. */
export function nextRow(count: number, from: number, step: 1 | -1, matches: (row: number) => boolean): number {
  for (let tried = 1; tried <= count; tried += 1) {
    const row = (((from + step * tried) % count) + count) % count;
    if (matches(row)) return row;
  }
  return -1;
}

/**
 * The next visible row after `from` whose name begins with the text, going round; -1 when none does. One letter
 * moves on from the row in hand, more letters may stay on it: they are still being typed.
 */
export function nextNamed(columns: Pick<TraceColumns, "strings" | "name">, rows: Int32Array, from: number, text: string): number {
  const prefix = text.toLowerCase();
  const begins = columns.strings.map((string) => string.toLowerCase().startsWith(prefix));
  const first = text.length > 1 ? 0 : 1;
  for (let step = first; step < rows.length + first; step += 1) {
    const row = rows[(from + step) % rows.length] ?? -1;
    if (begins[columns.name[row] ?? -1]) return row;
  }
  return -1;
}

/** Rows whose name, detail, model, error or id holds the text. Texts are looked at once each, not once a row. */
export function findRows(columns: TraceColumns, text: string): Set<number> {
  const needle = text.trim().toLowerCase();
  const found = new Set<number>();
  if (needle === "") return found;
  const hit = columns.strings.map((string) => string.toLowerCase().includes(needle));
  const hits = (index: number | undefined): boolean => index !== undefined && index >= 0 && hit[index] === true;
  for (let row = 0; row < columns.run_id.length; row += 1) {
    if (
      hits(columns.name[row]) ||
      hits(columns.detail[row]) ||
      hits(columns.model[row]) ||
      hits(columns.error[row]) ||
      columns.run_id[row]?.toLowerCase() === needle
    ) {
      found.add(row);
    }
  }
  return found;
}

/** What a run has with everything below it; `null` where nothing is below. */
export function wholeOf(columns: TraceColumns, row: number): { readonly tokens: number | null; readonly cost: string | null } | null {
  if ((columns.descendants[row] ?? 0) === 0) return null;
  return { tokens: columns.total_tokens[row] ?? null, cost: columns.total_cost[row] ?? null };
}
