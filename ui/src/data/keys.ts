/** Keys of everything that is fetched. The first word says what an event has to touch (see `invalidation.ts`). */
import type { ConversationRef } from "./queries";
import type { ListItems, ListQueues, ListTraces, PayloadPart, Severity } from "../contract/contract";

function threadOf(of: Exclude<ConversationRef, { readonly trace_id: string }>) {
  return "trace_ids" in of ? [of.trace_ids] : [of.thread, of.project ?? null];
}

export const keys = {
  info: () => ["info"] as const,
  projects: () => ["projects"] as const,
  sources: () => ["sources"] as const,
  jobs: () => ["jobs"] as const,
  recent: () => ["recent"] as const,
  remap: () => ["remap"] as const,
  settings: () => ["settings"] as const,
  forwarding: () => ["forwarding"] as const,
  traces: (list: ListTraces) => ["traces", list] as const,
  texts: (text: string, project: string | undefined, inside: boolean) => ["texts", text, project ?? null, inside] as const,
  trace: (traceId: string) => ["trace", traceId, "tree"] as const,
  search: (traceId: string, text: string) => ["trace", traceId, "search", text] as const,
  run: (traceId: string, runId: string) => ["trace", traceId, "run", runId] as const,
  json: (traceId: string, runId: string, part: PayloadPart, pointer: string, from: number) => ["trace", traceId, "json", runId, part, pointer, from] as const,
  text: (traceId: string, runId: string, part: PayloadPart, pointer: string, from: number) => ["trace", traceId, "text", runId, part, pointer, from] as const,
  found: (traceId: string, runId: string, part: PayloadPart, text: string) => ["trace", traceId, "found", runId, part, text] as const,
  whole: (traceId: string, runId: string, part: PayloadPart) => ["trace", traceId, "whole", runId, part] as const,
  /** Below its trace or below the threads, so that events about these touch it. */
  conversation: (of: ConversationRef, hidden: boolean) =>
    "trace_id" in of ? (["trace", of.trace_id, "conversation", hidden] as const) : (["threads", "conversation", ...threadOf(of), hidden] as const),
  prompt: (of: ConversationRef, traceId: string, runId: string) => ["trace", traceId, "prompt", runId, of] as const,
  threadStats: (thread: string, project: string | undefined) => ["threads", "stats", thread, project ?? null] as const,
  conversationFeedback: (of: ConversationRef) =>
    "trace_id" in of ? (["trace", of.trace_id, "feedback", "conversation"] as const) : (["threads", "feedback", ...threadOf(of)] as const),
  conversationText: (of: ConversationRef, stamp: string, number: number) => ["conversation text", of, stamp, number] as const,
  queues: (list: ListQueues) => ["queues", list] as const,
  reviewers: () => ["reviewers"] as const,
  feedbackKeys: () => ["feedback keys"] as const,
  queue: (id: string) => ["queue", id] as const,
  openedQueue: (id: string) => ["opened queue", id] as const,
  queueOrder: (id: string) => ["queue", id, "order"] as const,
  queueProgress: (id: string) => ["queue", id, "progress"] as const,
  queueItems: (list: ListItems) => ["queue", list.queue_id ?? "", "items", list] as const,
  itemAnswers: (queueId: string, itemId: string) => ["queue", queueId, "answers", itemId] as const,
  reviewItem: (id: string) => ["review item", id] as const,
  reviewPlace: () => ["review place"] as const,
  activity: () => ["activity"] as const,
  requestBody: (number: number) => ["request body", number] as const,
  rejects: (sources: readonly number[], severity: Severity) => ["rejects", sources, severity] as const,
};
