/** What is chosen in a trace: kept in the address on its own screen, and by the review screen inside a queue. */
import { createContext, use } from "react";
import type { RunTab, TraceSearch } from "../../routes/search";

export interface TraceNav {
  readonly run: string | undefined;
  readonly tab: RunTab | undefined;
  readonly show: TraceSearch["show"];
  /** The run that is used as root, where it is not the trace's. */
  readonly root?: string | undefined;
  /** The text that a search found: part and JSON pointer; and what to mark there. */
  readonly at?: string | undefined;
  readonly find?: string | undefined;
  /** Which tabs are offered; all where nothing is said. */
  readonly tabs?: readonly RunTab[];
  readonly change: (changes: Partial<TraceSearch>, replace: boolean) => void;
}

export const TraceNavContext = createContext<TraceNav | null>(null);

export function useTraceNav(): TraceNav {
  const nav = use(TraceNavContext);
  if (!nav) throw new Error("There is no trace around this.");
  return nav;
}
