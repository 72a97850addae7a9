/** What is asked about a conversation beyond its messages: prompts, places of a text, figures, judgements. */
import { useQuery } from "@tanstack/react-query";
import type { FeedbackList, FeedbackRow, FoundInConversation, RequestFormat } from "../contract/contract";
import { platform } from "../platform";
import { keys } from "./keys";
import type { ConversationRef } from "./queries";

/** Names a call of a model and the conversation that says which one came before. */
export interface PromptRef {
  readonly of: ConversationRef;
  readonly hidden: boolean;
  readonly traceId: string;
  readonly runId: string;
}

function paramsOf({ of, hidden, traceId, runId }: PromptRef) {
  return { of: { ...of, show_hidden: hidden }, trace_id: traceId, run_id: runId };
}

/** What a model received. */
export function usePrompt(ref: PromptRef) {
  return useQuery({
    queryKey: keys.prompt(ref.of, ref.traceId, ref.runId),
    queryFn: ({ signal }) => platform().call("get_prompt", paramsOf(ref), signal),
  });
}

/** The whole of a text that came cut with a prompt of this stamp. */
export function promptTextQuery(ref: PromptRef, stamp: string, number: number) {
  return {
    queryKey: ["prompt text", ref.traceId, ref.runId, stamp, number] as const,
    queryFn: async ({ signal }: { signal?: AbortSignal }) => (await platform().call("read_prompt_text", { ...paramsOf(ref), stamp, number }, signal)).text,
  };
}

/** A prompt as a request that can be sent again. */
export async function writeRequest(ref: PromptRef, format: RequestFormat): Promise<string> {
  return (await platform().call("write_request", { ...paramsOf(ref), format })).text;
}

/** Where a text stands, cut texts included; nothing is asked for nothing. */
export function useFoundInConversation(of: ConversationRef, hidden: boolean, stamp: string, text: string, enabled: boolean) {
  return useQuery({
    queryKey: ["found", of, hidden, stamp, text] as const,
    queryFn: ({ signal }): Promise<FoundInConversation> => platform().call("find_in_conversation", { ...of, show_hidden: hidden, text }, signal),
    enabled: enabled && text !== "",
  });
}

/** A thread in figures. */
export function useThreadStats(thread: string, project: string | undefined, enabled = true) {
  return useQuery({
    enabled,
    queryKey: keys.threadStats(thread, project),
    queryFn: ({ signal }) => platform().call("get_thread_stats", { thread, ...(project === undefined ? {} : { project }) }, signal),
  });
}

function byRun({ rows }: FeedbackList): FeedbackByRun {
  const runs = new Map<string, FeedbackRow[]>();
  for (const row of rows) {
    const run = row.run_id ?? "";
    const known = runs.get(run);
    if (known) known.push(row);
    else runs.set(run, [row]);
  }
  return runs;
}

/** What was said about a conversation, by run. */
export function useConversationFeedback(of: ConversationRef, enabled: boolean) {
  return useQuery({
    queryKey: keys.conversationFeedback(of),
    queryFn: ({ signal }) => platform().call("list_conversation_feedback", { ...of }, signal),
    select: byRun,
    enabled,
  });
}

/** Feedback by the run that it is about; what is about no run stands under the empty id. */
export type FeedbackByRun = ReadonlyMap<string, readonly FeedbackRow[]>;
