/** What addresses carry. Everything here survives a reload and can be copied; unknown values are dropped. */
import type { RunStatus, SortTraces } from "../contract/contract";
import { canonicalRunId } from "../lib/ids";
import { SORTS_OF_THREADS, type SortThreads } from "../lib/threads";

export interface TracesSearch {
  readonly project?: string;
  readonly source?: number;
  readonly thread?: string;
  readonly status?: RunStatus;
  readonly q?: string;
  readonly sort?: SortTraces;
  readonly asc?: boolean;
  /** What is shown of a thread: its turns when absent. */
  readonly view?: "messages";
}

export interface ThreadsSearch {
  readonly project?: string;
  readonly sort?: SortThreads;
  readonly asc?: boolean;
}

export const RUN_TABS = ["io", "feedback", "metadata", "events", "attachments", "raw"] as const;
export type RunTab = (typeof RUN_TABS)[number];

export interface TraceSearch {
  readonly run?: string;
  readonly tab?: RunTab;
  readonly show?: "all";
  readonly view?: "messages";
}

type Raw = Readonly<Record<string, unknown>>;

const STATUSES: readonly RunStatus[] = ["pending", "success", "error", "interrupted"];
const SORTS: readonly SortTraces[] = ["start", "name", "latency", "runs", "errors", "tokens", "cost"];

export function readTracesSearch(raw: Raw): TracesSearch {
  const source = Number(raw.source);
  return defined({
    project: text(raw.project),
    source: raw.source !== undefined && Number.isSafeInteger(source) ? source : undefined,
    thread: text(raw.thread),
    status: oneOf(raw.status, STATUSES),
    q: text(raw.q),
    sort: oneOf(raw.sort, SORTS),
    asc: raw.asc === true || raw.asc === "true" ? true : undefined,
    view: messagesOnly(raw.view),
  });
}

export function readThreadsSearch(raw: Raw): ThreadsSearch {
  return defined({
    project: text(raw.project),
    sort: oneOf(raw.sort, SORTS_OF_THREADS),
    asc: raw.asc === true || raw.asc === "true" ? true : undefined,
  });
}

export function readTraceSearch(raw: Raw): TraceSearch {
  const run = text(raw.run);
  return defined({ run: run && canonicalRunId(run), tab: oneOf(raw.tab, RUN_TABS), show: raw.show === "all" ? "all" : undefined, view: messagesOnly(raw.view) });
}

/** Plain `key=value` pairs: ids made of digits stay texts, and addresses stay readable. */
export function parseSearch(search: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(search));
}

export function stringifySearch(search: Raw): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(search)) if (value !== undefined && value !== "") params.set(key, String(value));
  const query = params.toString();
  return query === "" ? "" : `?${query}`;
}

function messagesOnly(value: unknown): "messages" | undefined {
  return value === "messages" ? value : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function oneOf<Value extends string>(value: unknown, values: readonly Value[]): Value | undefined {
  return values.find((candidate) => candidate === value);
}

/** Leaves out what is undefined, so that equal searches are equal objects. */
function defined<Search extends object>(search: Search): Search {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined)) as Search;
}
