/** Hooks for feedback outside of queues, and for exports of it. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { EditFeedback, ExportFeedback, FeedbackTarget, GiveFeedback } from "../contract/contract";
import { platform } from "../platform";

/** Below its trace where it has one, so that events about the trace touch it. */
export function feedbackKey(target: FeedbackTarget) {
  return "trace_id" in target ? (["trace", target.trace_id, "feedback", target] as const) : (["feedback", target] as const);
}

/** What was said about something, with what was said before. */
export function useFeedback(target: FeedbackTarget, enabled = true) {
  return useQuery({
    queryKey: feedbackKey(target),
    enabled,
    queryFn: ({ signal }) => platform().call("list_feedback", { target, history: true }, signal),
  });
}

/** Everything that changes feedback about one thing. */
export function useFeedbackChanges(target: FeedbackTarget) {
  const client = useQueryClient();
  const onSuccess = async () => {
    await client.invalidateQueries({ queryKey: feedbackKey(target) });
    // Conversations and figures tell it too.
    await client.invalidateQueries({ predicate: ({ queryKey: [first, second, third] }) => (first === "trace" && third === "feedback") || (first === "threads" && (second === "feedback" || second === "stats")) });
  };
  // Does not wait for the list: the form is emptied at once, and not when the next answer is being typed into it.
  const given = (): void => void onSuccess();
  return {
    give: useMutation({ mutationFn: (params: GiveFeedback) => platform().call("give_feedback", params), onSuccess: given }),
    edit: useMutation({ mutationFn: (params: EditFeedback) => platform().call("edit_feedback", params), onSuccess }),
    retract: useMutation({ mutationFn: (id: string) => platform().call("retract_feedback", { id }), onSuccess }),
    restore: useMutation({ mutationFn: (id: string) => platform().call("restore_feedback", { id }), onSuccess }),
  };
}

/** The first records of an export, and what it would be. */
export function useExportPreview(params: ExportFeedback) {
  return useQuery({
    queryKey: ["export", params],
    queryFn: ({ signal }) => platform().call("export_feedback", { ...params, preview: true }, signal),
    staleTime: 0,
  });
}
