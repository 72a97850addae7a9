/** What addresses carry. Everything here survives a reload and can be copied; unknown values are dropped. */
import type { NotePivotBy, RunStatus } from "../contract/contract";
import { canonicalRunId } from "../lib/ids";
import { isDimension } from "../lib/cost";

/** What narrows a table of traces, runs or threads; the same for the three, so that going from one to the other keeps it. */
export interface TableSearch {
  readonly project?: string | undefined;
  readonly source?: number | undefined;
  readonly thread?: string | undefined;
  /** Only these traces, joined by dots: those of a guessed thread. */
  readonly traces?: string | undefined;
  /** Threads that are guessed, instead of those that have a key. */
  readonly guess?: true | undefined;
  /** Minutes between two traces of one user that still make them one guessed thread. */
  readonly gap?: number | undefined;
  readonly status?: RunStatus | undefined;
  /** In the syntax of the search bar. */
  readonly q?: string | undefined;
  /** A range of time in words. */
  readonly when?: string | undefined;
  /** Name of an order in the core. */
  readonly sort?: string | undefined;
  readonly asc?: boolean | undefined;
  /** Id of the saved view that this was. */
  readonly saved?: string | undefined;
  /** What is shown of a thread: its turns when absent. */
  readonly view?: "messages" | "details" | undefined;
}

export interface SendersSearch {
  /** Id of the guide that is open. */
  readonly guide?: string;
  /** What the live view lists: requests when absent. */
  readonly list?: "senders";
  /** Number of the request that is open. */
  readonly request?: number;
}

export interface CostSearch {
  readonly project?: string;
  /** Only the runs that this finds, in the syntax of the search bar. */
  readonly q?: string;
  /** What cost is grouped by; the model when absent. */
  readonly by?: string;
  /** First and last day, as YYYY-MM-DD. */
  readonly from?: string;
  readonly to?: string;
  /** The group whose traces are shown: `=value`, or `none` for runs that name nothing. */
  readonly group?: string;
}

export interface TextsSearch {
  readonly project?: string;
  /** Words, phrases in quotes, beginnings with a star. */
  readonly q?: string;
  /** Also within words. */
  readonly inside?: true;
}

export const RUN_TABS = ["io", "feedback", "metadata", "events", "attachments", "raw"] as const;
export type RunTab = (typeof RUN_TABS)[number];

export interface TraceSearch {
  readonly run?: string;
  readonly tab?: RunTab;
  readonly show?: "all" | "errors";
  /** The run that is used as root. */
  readonly root?: string;
  readonly view?: "messages";
  /** The text to show of the run: its part and the JSON pointer there. */
  readonly at?: string;
  /** What to mark in that text; a line each. */
  readonly find?: string;
}

export const ITEM_VIEWS = ["messages", "turns", "details", "raw"] as const;

export interface ReviewSearch {
  readonly item?: string;
  readonly view?: (typeof ITEM_VIEWS)[number];
}

export const DATASET_SORTS = ["modified", "name", "examples"] as const;

export interface DatasetsSearch {
  readonly q?: string;
  readonly sort?: (typeof DATASET_SORTS)[number];
}

export interface DatasetSearch {
  readonly q?: string;
  readonly split?: string;
  /** Id of the example that is open; `new` for one that is not there yet. */
  readonly example?: string;
}

export interface NotesSearch {
  readonly q?: string;
  readonly project?: string;
  /** Id of a queue. */
  readonly queue?: string;
  /** The key of the categories, where it is not the usual one. */
  readonly key?: string;
  /** `=category`, or `none` for notes without one. */
  readonly category?: string;
  /** Counted by this instead of listed. */
  readonly by?: NotePivotBy;
}

const NOTE_PIVOTS: readonly NotePivotBy[] = ["run_name", "model", "prompt_version", "week"];

type Raw = Readonly<Record<string, unknown>>;

const STATUSES: readonly RunStatus[] = ["pending", "success", "error", "interrupted"];

const VIEWS_OF_THREADS = ["messages", "details"] as const;
const SHOWN = ["all", "errors"] as const;

/** Minutes that may be chosen between two traces of one user; the core's own choice is half an hour. */
export const GAPS = [5, 15, 60, 240, 1440] as const;
/** What the core takes for one conversation. */
const MOST_TRACES = 500;

export function readTableSearch(raw: Raw): TableSearch {
  const source = Number(raw.source);
  const sort = text(raw.sort);
  return defined({
    project: text(raw.project),
    source: raw.source !== undefined && Number.isSafeInteger(source) ? source : undefined,
    thread: text(raw.thread),
    traces: traceList(raw.traces),
    guess: raw.guess === true || raw.guess === "true" ? (true as const) : undefined,
    gap: GAPS.find((gap) => gap === Number(raw.gap)),
    status: oneOf(raw.status, STATUSES),
    q: text(raw.q),
    when: text(raw.when),
    sort: sort !== undefined && /^([a-z_]+|feedback\..+)$/.test(sort) ? sort : undefined,
    asc: raw.asc === true || raw.asc === "true" ? true : raw.asc === false || raw.asc === "false" ? false : undefined,
    view: oneOf(raw.view, VIEWS_OF_THREADS),
    saved: text(raw.saved),
  });
}

export function readCostSearch(raw: Raw): CostSearch {
  const by = text(raw.by);
  const group = text(raw.group);
  return defined({
    project: text(raw.project),
    q: text(raw.q),
    by: by !== undefined && by !== "model" && isDimension(by) ? by : undefined,
    from: day(raw.from),
    to: day(raw.to),
    group: group === "none" || group?.startsWith("=") ? group : undefined,
  });
}

export function readTextsSearch(raw: Raw): TextsSearch {
  return defined({ project: text(raw.project), q: text(raw.q), inside: raw.inside === true || raw.inside === "true" ? (true as const) : undefined });
}

export function readTraceSearch(raw: Raw): TraceSearch {
  const run = text(raw.run);
  const root = text(raw.root);
  return defined({
    run: run && canonicalRunId(run),
    root: root && canonicalRunId(root),
    tab: oneOf(raw.tab, RUN_TABS),
    show: oneOf(raw.show, SHOWN),
    view: messagesOnly(raw.view),
    at: text(raw.at),
    find: text(raw.find),
  });
}

export function readSendersSearch(raw: Raw): SendersSearch {
  const request = Number(raw.request);
  return defined({
    guide: text(raw.guide),
    list: raw.list === "senders" ? "senders" : undefined,
    request: raw.request !== undefined && Number.isSafeInteger(request) && request > 0 ? request : undefined,
  });
}

export function readDatasetsSearch(raw: Raw): DatasetsSearch {
  return defined({ q: text(raw.q), sort: oneOf(raw.sort, DATASET_SORTS) });
}

export function readDatasetSearch(raw: Raw): DatasetSearch {
  return defined({ q: text(raw.q), split: text(raw.split), example: text(raw.example) });
}

export function readNotesSearch(raw: Raw): NotesSearch {
  const category = text(raw.category);
  return defined({
    q: text(raw.q),
    project: text(raw.project),
    queue: text(raw.queue),
    key: text(raw.key),
    category: category === "none" || category?.startsWith("=") ? category : undefined,
    by: oneOf(raw.by, NOTE_PIVOTS),
  });
}

export function readReviewSearch(raw: Raw): ReviewSearch {
  return defined({ item: text(raw.item), view: oneOf(raw.view, ITEM_VIEWS) });
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

function day(value: unknown): string | undefined {
  return typeof value === "string" && /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value)) ? value : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function traceList(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  const ids = value.split(".").filter((id) => /^[0-9a-f-]{32,36}$/.test(id));
  return ids.length === 0 ? undefined : ids.slice(0, MOST_TRACES).join(".");
}

/** The traces that an address names. */
export function tracesOf({ traces }: TableSearch): string[] | undefined {
  return traces?.split(".");
}

function oneOf<Value extends string>(value: unknown, values: readonly Value[]): Value | undefined {
  return values.find((candidate) => candidate === value);
}

/** Leaves out what is undefined, so that equal searches are equal objects. */
function defined<Search extends object>(search: Search): Search {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined)) as Search;
}
