/**
 * The order of the thread list. The core lists threads by their last activity only; every other order is made here,
 * over the whole list.
 */
import type { ThreadRow } from "../contract/contract";

export const SORTS_OF_THREADS = ["activity", "thread", "turns", "runs", "errors", "tokens", "cost"] as const;
export type SortThreads = (typeof SORTS_OF_THREADS)[number];

/** The core's own order, which needs no more than the rows in sight. */
export const OWN_ORDER: SortThreads = "activity";

/** More threads than these are not fetched whole just to be sorted. */
export const SORTABLE_THREADS = 10_000;

const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** Sorted copy. What is unknown comes last in both directions; ties keep the order they came in. */
export function sortThreads(rows: readonly ThreadRow[], sort: SortThreads, ascending: boolean): ThreadRow[] {
  const turn = ascending ? 1 : -1;
  if (sort === "thread") return rows.toSorted((a, b) => turn * collator.compare(a.thread, b.thread));
  if (sort === "activity") return byKey(rows, turn, ({ last_activity }) => (last_activity === null ? null : BigInt(last_activity)));
  const key = {
    turns: (row: ThreadRow) => row.turns,
    runs: (row: ThreadRow) => row.runs,
    errors: (row: ThreadRow) => row.errors,
    tokens: (row: ThreadRow) => row.usage.total,
    cost: (row: ThreadRow) => (row.cost === null ? null : Number(row.cost)),
  }[sort];
  return byKey(rows, turn, key);
}

function byKey<Key extends number | bigint>(rows: readonly ThreadRow[], turn: number, key: (row: ThreadRow) => Key | null): ThreadRow[] {
  return rows
    .map((row) => ({ row, key: key(row) }))
    .toSorted((a, b) => {
      if (a.key === null || b.key === null) return Number(a.key === null) - Number(b.key === null);
      return a.key === b.key ? 0 : a.key < b.key ? -turn : turn;
    })
    .map(({ row }) => row);
}
