/** Hooks for everything the core can be asked. */
import { keepPreviousData, useInfiniteQuery, useMutation, useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import type { CutText, Job, JsonNode, ListTraces, PayloadInfo, PayloadPart, RedactionRule, Settings, Severity, TraceRow, TranscriptFormat } from "../contract/contract";
import { WINDOW, windowsFor } from "../lib/windows";
import { platform } from "../platform";
import { jobStore } from "./jobs";
import { ask, scoped, useItemScope, type ItemScope } from "./item";
import { keys } from "./keys";

export function useInfo() {
  return useQuery({ queryKey: keys.info(), queryFn: ({ signal }) => platform().call("app_info", {}, signal) });
}

export function useProjects() {
  return useQuery({ queryKey: keys.projects(), queryFn: ({ signal }) => platform().call("list_projects", {}, signal) });
}

export function useSources() {
  return useQuery({ queryKey: keys.sources(), queryFn: ({ signal }) => platform().call("list_sources", {}, signal) });
}

export function useSettings() {
  return useQuery({ queryKey: keys.settings(), queryFn: ({ signal }) => platform().call("get_settings", {}, signal) });
}

/** What waits to be sent on, what goes next first. */
export function useForwardingQueue() {
  return useQuery({ queryKey: keys.forwarding(), queryFn: ({ signal }) => platform().call("list_forwarding", {}, signal) });
}

export function useRetryForwarding() {
  return useMutation({ mutationFn: () => platform().call("retry_forwarding", {}) });
}

export function useClearForwarding() {
  return useMutation({ mutationFn: () => platform().call("clear_forwarding", {}) });
}

export function useRecentFiles() {
  return useQuery({ queryKey: keys.recent(), queryFn: ({ signal }) => platform().call("recent_files", {}, signal) });
}

/** The few traces that a palette offers for what was typed. */
export function useTraceSuggestions(text: string) {
  const list: ListTraces = { filter: { text }, offset: 0, limit: 8 };
  return useQuery({
    queryKey: keys.traces(list),
    queryFn: ({ signal }) => platform().call("list_traces", list, signal),
    enabled: text.length > 1,
    placeholderData: keepPreviousData,
  });
}

/** A long list of which only the windows in sight are fetched. */
export interface WindowedList<Row> {
  /** Rows in all; `null` before the first answer. */
  readonly total: number | null;
  readonly rowAt: (index: number) => Row | undefined;
  readonly error: Error | null;
  readonly retry: () => void;
}

interface Page<Row> {
  readonly rows: Row[];
  readonly total: number;
}

export type TraceList = Omit<ListTraces, "offset" | "limit">;

export function useTraceList(list: TraceList, first: number, last: number): WindowedList<TraceRow> {
  return useWindows(first, last, (offset) => {
    const params: ListTraces = { ...list, offset, limit: WINDOW };
    return { queryKey: keys.traces(params), queryFn: ({ signal }) => platform().call("list_traces", params, signal) };
  });
}

interface WindowQuery<Got> {
  readonly queryKey: readonly unknown[];
  readonly queryFn: (context: { signal: AbortSignal }) => Promise<Got>;
}

/** `page` is one of the windows in sight, for what every window says about the whole list. */
export function useWindows<Row, Got extends Page<Row> = Page<Row>>(first: number, last: number, query: (offset: number) => WindowQuery<Got>): WindowedList<Row> & { readonly page: Got | null } {
  const windows = windowsFor(first, last);
  const results = useQueries({ queries: windows.map((window) => query(window * WINDOW)) });
  const pages = new Map(windows.map((window, index) => [window, results[index]?.data]));
  // The last known total holds the scrollbar in place while another window loads.
  const [known, setKnown] = useState<number | null>(null);
  const total = results.find((result) => result.data)?.data?.total ?? known;
  if (total !== known) setKnown(total);
  return {
    total,
    page: results.find((result) => result.data)?.data ?? null,
    rowAt: (index) => pages.get(Math.floor(index / WINDOW))?.rows[index % WINDOW],
    error: results.find((result) => result.error)?.error ?? null,
    retry: () => results.forEach((result) => void result.refetch()),
  };
}

export function traceQuery(scope: ItemScope | null, traceId: string) {
  return {
    queryKey: scoped(scope, keys.trace(traceId)),
    queryFn: ({ signal }: { signal?: AbortSignal }) => ask(scope, "get_trace", { trace_id: traceId }, signal),
    // Columns of 100,000 runs are not worth comparing cell by cell.
    structuralSharing: false as const,
  };
}

export function useTrace(traceId: string) {
  return useQuery(traceQuery(useItemScope(), traceId));
}

/** Asks for a trace that is about to be opened. */
export function usePrefetchTrace() {
  const client = useQueryClient();
  return useCallback((traceId: string) => void client.prefetchQuery(traceQuery(null, traceId)), [client]);
}

export function useTraceSearch(traceId: string, text: string) {
  return useQuery({
    queryKey: keys.search(traceId, text),
    queryFn: ({ signal }) => platform().call("search_trace", { trace_id: traceId, text }, signal),
    enabled: text.trim().length > 1,
  });
}

export function runQuery(scope: ItemScope | null, traceId: string, runId: string) {
  return {
    queryKey: scoped(scope, keys.run(traceId, runId)),
    queryFn: ({ signal }: { signal?: AbortSignal }) => ask(scope, "get_run", { trace_id: traceId, run_id: runId }, signal),
  };
}

export function useRun(traceId: string, runId: string) {
  return useQuery(runQuery(useItemScope(), traceId, runId));
}

/** Names a payload of a run. */
export interface PayloadRef {
  readonly traceId: string;
  readonly runId: string;
  readonly part: PayloadPart;
}

export const JSON_WINDOW = 200;
const TEXT_WINDOW = 65_536;

/** The node and its children, window by window. */
/** Windows of the children of a node, beginning with the child `from`. */
export function useJsonWindows({ traceId, runId, part }: PayloadRef, pointer: string, from = 0) {
  const scope = useItemScope();
  const query = useInfiniteQuery({
    queryKey: scoped(scope, keys.json(traceId, runId, part, pointer, from)),
    queryFn: ({ signal, pageParam }) =>
      ask(scope, "read_json", { trace_id: traceId, run_id: runId, part, pointer, offset: pageParam, limit: JSON_WINDOW }, signal),
    initialPageParam: from,
    getNextPageParam: (page, pages) => {
      const loaded = from + pages.length * JSON_WINDOW;
      return page.node.children > loaded && page.children.length > 0 ? loaded : undefined;
    },
  });
  const children = useMemo((): JsonNode[] => query.data?.pages.flatMap((page) => page.children) ?? [], [query.data]);
  return { ...query, node: query.data?.pages[0]?.node, children };
}

/** Payloads up to this size are read whole, so that long conversations still show as messages. */
export const WHOLE_UP_TO = 262_144;

/** The text of a payload that was too large to come with its run, and is small enough to be read here. */
export function usePayloadText({ traceId, runId, part }: PayloadRef, payload: PayloadInfo | null) {
  const scope = useItemScope();
  const wanted = payload !== null && payload.json === null && payload.bytes <= WHOLE_UP_TO;
  const query = useQuery({
    queryKey: scoped(scope, keys.whole(traceId, runId, part)),
    queryFn: ({ signal }) =>
      ask(scope, "read_text", { trace_id: traceId, run_id: runId, part, pointer: "", offset: 0, limit: WHOLE_UP_TO }, signal),
    enabled: wanted,
  });
  return { text: payload?.json ?? query.data?.text ?? null, loading: wanted && query.isPending };
}

/** A long string, slice by slice. */
/** Windows of a string, beginning with the character `from`. */
export function useTextWindows({ traceId, runId, part }: PayloadRef, pointer: string, from = 0) {
  const scope = useItemScope();
  return useInfiniteQuery({
    queryKey: scoped(scope, keys.text(traceId, runId, part, pointer, from)),
    queryFn: ({ signal, pageParam }) =>
      ask(scope, "read_text", { trace_id: traceId, run_id: runId, part, pointer, offset: pageParam, limit: TEXT_WINDOW }, signal),
    initialPageParam: from,
    getNextPageParam: (page, pages) => {
      const loaded = from + pages.length * TEXT_WINDOW;
      return page.total > loaded ? loaded : undefined;
    },
  });
}

/** Where a text stands in a payload, whether it was read here or not. */
export function useFoundInPayload({ traceId, runId, part }: PayloadRef, text: string, enabled: boolean) {
  return useQuery({
    queryKey: keys.found(traceId, runId, part, text),
    queryFn: ({ signal }) => platform().call("find_in_payload", { trace_id: traceId, run_id: runId, part, text }, signal),
    enabled,
  });
}

/** Names a conversation: a trace, a thread with all its traces, or the traces of a guessed thread. */
export type ConversationRef = { readonly trace_id: string } | { readonly thread: string; readonly project?: string } | { readonly trace_ids: string[] };

export function conversationQuery(scope: ItemScope | null, of: ConversationRef, hidden: boolean) {
  return {
    queryKey: scoped(scope, keys.conversation(of, hidden)),
    queryFn: ({ signal }: { signal?: AbortSignal }) => ask(scope, "get_conversation", { ...of, show_hidden: hidden }, signal),
    structuralSharing: false as const,
  };
}

export function useConversation(of: ConversationRef, hidden: boolean) {
  // The list stays while hidden messages come or go.
  return useQuery({ ...conversationQuery(useItemScope(), of, hidden), placeholderData: keepPreviousData });
}

/** The whole of a text that came cut with a conversation of this stamp. */
export function wholeTextQuery(scope: ItemScope | null, of: ConversationRef, hidden: boolean, stamp: string, number: number) {
  return {
    queryKey: scoped(scope, keys.conversationText(of, stamp, number)),
    queryFn: async ({ signal }: { signal?: AbortSignal }) => (await ask(scope, "read_conversation_text", { ...of, show_hidden: hidden, stamp, number }, signal)).text,
  };
}

/** Reads texts whole, whether they came cut or not. */
export function useWholeTexts(of: ConversationRef, hidden: boolean, stamp: string) {
  const client = useQueryClient();
  const scope = useItemScope();
  return useCallback(
    (text: CutText): Promise<string> => (text.cut === null ? Promise.resolve(text.text) : client.fetchQuery(wholeTextQuery(scope, of, hidden, stamp, text.cut))),
    [client, scope, of, hidden, stamp],
  );
}

export function exportConversation(of: ConversationRef, hidden: boolean, format: TranscriptFormat) {
  return platform().call("export_conversation", { ...of, show_hidden: hidden, format });
}

export function useRejects(sources: readonly number[], severity: Severity, enabled = true) {
  return useInfiniteQuery({
    enabled,
    queryKey: keys.rejects(sources, severity),
    queryFn: ({ signal, pageParam }) => platform().call("list_rejects", { sources: [...sources], severity, offset: pageParam, limit: WINDOW }, signal),
    initialPageParam: 0,
    getNextPageParam: (page, pages) => {
      const loaded = pages.reduce((sum, { rows }) => sum + rows.length, 0);
      return page.rows.length > 0 && loaded < page.total ? loaded : undefined;
    },
  });
}

/** Texts that have words. Each call does what fits into a moment; who wants more asks on. */
export function useFoundTexts(text: string, project: string | undefined, inside: boolean) {
  return useInfiniteQuery({
    queryKey: keys.texts(text, project, inside),
    queryFn: ({ signal, pageParam }) =>
      platform().call(
        "search_texts",
        { text, limit: HITS_AT_ONCE, inside_words: inside, ...(project === undefined ? {} : { project }), ...(pageParam === null ? {} : { after: pageParam }) },
        signal,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    enabled: text.trim() !== "",
    gcTime: 0,
    retry: false,
  });
}

/** Hits of one call. */
const HITS_AT_ONCE = 50;

export function useSaveSettings() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (settings: Settings) => platform().call("set_settings", settings),
    onSuccess: (settings) => {
      client.setQueryData(keys.settings(), settings);
      return client.invalidateQueries({ queryKey: keys.info() });
    },
  });
}

/** What rules would replace in the newest traces; nothing is written. */
export function usePreviewRedaction() {
  return useMutation({ mutationFn: (rules: RedactionRule[]) => platform().call("preview_redaction", { rules }) });
}

export function useRemoveSource() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => platform().call("remove_source", { id }),
    onSuccess: () => client.invalidateQueries(),
  });
}

export function useSetWatching() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (params: { id: number; watching: boolean }) => platform().call("set_watching", params),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.sources() }),
  });
}

export function useCancelJob() {
  return useMutation({
    mutationFn: (id: number) => platform().call("cancel_job", { id }),
    onSuccess: (job) => jobStore.getState().update(job),
  });
}

export function useCancelJobs() {
  return useMutation({ mutationFn: () => platform().call("cancel_jobs", {}) });
}

/** Starts imports of any kind and remembers that this window did. */
export function useStartImport() {
  return useMutation({
    mutationFn: (start: () => Promise<Job[]>) => start(),
    onSuccess: (jobs) => jobStore.getState().start(jobs),
  });
}
