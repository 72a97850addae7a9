/** Notes counted: by category and by what their runs have in common, and how long no new category was needed. */
import type { FirstOfCategory, NoteCount, NotePivot } from "../contract/contract";

/** Categories that have a column of their own. */
const MOST_COLUMNS = 10;

export interface PivotTable {
  /** `null` for notes without a category; the last of many stands for all that have no column. */
  readonly columns: readonly (string | null)[];
  /** Categories that share the column after the others; 0 where each has its own. */
  readonly others: number;
  readonly rows: readonly { readonly name: string | null; readonly cells: readonly number[]; readonly total: number }[];
  /** The largest count of a cell. */
  readonly most: number;
}

/** The counts as a table: a row for each group, the largest categories as columns, then the others together, then notes without one. */
export function pivotTable({ groups }: Pick<NotePivot, "groups">, categories: readonly NoteCount[], mostColumns = MOST_COLUMNS): PivotTable {
  const named = categories.flatMap(({ category }) => (category === null ? [] : [category]));
  const own = named.length <= mostColumns ? named : named.slice(0, mostColumns - 1);
  const others = named.length - own.length;
  const without = categories.some(({ category }) => category === null);
  const places = new Map<string | null, number>(own.map((name, index) => [name, index]));
  const width = own.length + (others > 0 ? 1 : 0) + (without ? 1 : 0);
  if (without) places.set(null, width - 1);
  const rows = groups.map(({ name, categories: counts }) => {
    const cells = Array.from({ length: width }, () => 0);
    let total = 0;
    for (const { category, notes } of counts) {
      const at = places.get(category) ?? own.length;
      cells[at] = (cells[at] ?? 0) + notes;
      total += notes;
    }
    return { name, cells, total };
  });
  const most = rows.reduce((largest, { cells }) => Math.max(largest, ...cells), 0);
  return { columns: without ? [...own, null] : own, others, rows, most };
}

/** A line for each group and category, as a table program takes it (RFC 4180); what looks like a formula is made text. */
export function pivotCsv({ groups }: Pick<NotePivot, "groups">, by: string): string {
  const lines = groups.flatMap(({ name, categories }) => categories.map(({ category, notes }) => [name ?? "", category ?? "", String(notes)]));
  return [[by, "category", "notes"], ...lines].map((cells) => `${cells.map(csvCell).join(",")}\r\n`).join("");
}

function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Notes with a category since one needed a new category; `null` before the first. */
export function sinceNew(firsts: readonly FirstOfCategory[], coded: number): number | null {
  const last = firsts.at(-1);
  return last === undefined ? null : Math.max(coded - last.place, 0);
}
