/** The text of the run that a search found, for whoever draws it. */
import { createContext, use, useMemo, type ReactNode } from "react";
import { useTraceNav } from "../trace/nav";

export interface FoundIn {
  /** JSON pointer within its part. */
  readonly pointer: string;
  /** What to mark there. */
  readonly marks: readonly string[];
  /** One of the places that finding in the run walks to. */
  readonly place?: PlaceIn;
}

/** Which of several occurrences is meant. */
export interface PlaceIn {
  /** What is looked for, in lower case. */
  readonly wanted: string;
  /** Which child each step of the pointer is. */
  readonly steps: readonly number[];
  readonly inKey: boolean;
  /** Characters before it in its key or value. */
  readonly offset: number;
}

export interface Found extends FoundIn {
  readonly part: string;
}

const Context = createContext<Found | null>(null);

interface FoundProviderProps {
  readonly run: string;
  /** What finding in the run has walked to; it comes before what a search found. */
  readonly here: Found | null;
  readonly children: ReactNode;
}

export function FoundProvider({ run, here, children }: FoundProviderProps) {
  const { run: chosen, at, find } = useTraceNav();
  const found = useMemo((): Found | null => {
    if (at === undefined || chosen !== run) return null;
    const slash = at.indexOf("/");
    const part = slash < 0 ? at : at.slice(0, slash);
    return { part, pointer: slash < 0 ? "" : at.slice(slash), marks: find?.split("\n") ?? [] };
  }, [at, find, chosen, run]);
  return <Context value={here ?? found}>{children}</Context>;
}

/** What was found in this part of the run, if it was this one. */
export function useFoundIn(part: string): FoundIn | null {
  const found = use(Context);
  return found?.part === part ? found : null;
}
