/** The arrangement of each table, kept on this machine. */
import { create } from "zustand";
import type { TableScope } from "../../contract/contract";
import { readArrangement, type Arrangement } from "../../lib/columns";
import { defaultArrangement } from "./columns";

interface Arrangements {
  readonly of: Readonly<Record<TableScope, Arrangement>>;
  readonly arrange: (scope: TableScope, change: Partial<Arrangement>) => void;
}

function kept(scope: TableScope): Arrangement {
  const fallback = defaultArrangement(scope);
  try {
    return readArrangement(JSON.parse(localStorage.getItem(name(scope)) ?? "null"), fallback);
  } catch {
    return fallback;
  }
}

function name(scope: TableScope): string {
  return `tracemark.table.${scope}`;
}

export const useArrangements = create<Arrangements>((set) => ({
  of: { traces: kept("traces"), runs: kept("runs"), threads: kept("threads") },
  arrange: (scope, change) =>
    set(({ of }) => {
      const next = { ...of[scope], ...change };
      try {
        localStorage.setItem(name(scope), JSON.stringify(next));
      } catch {
        // A full or forbidden storage only means that the arrangement lasts as long as the window.
      }
      return { of: { ...of, [scope]: next } };
    }),
}));
