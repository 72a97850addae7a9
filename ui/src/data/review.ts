/** Hooks for queues and reviewing. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { FillQueue, ItemRow, ListItems, ListQueues, PreviewRubric, SaveFeedbackKey, SaveQueue, SaveReviewer } from "../contract/contract";
import { platform } from "../platform";
import { keys } from "./keys";
import { useWindows, type WindowedList } from "./queries";
import { leaveSeat } from "./seat";
import { SESSION } from "./session";
import { WINDOW } from "../lib/windows";

export function useQueues(list: ListQueues = {}) {
  return useQuery({ queryKey: keys.queues(list), queryFn: ({ signal }) => platform().call("list_queues", list, signal), placeholderData: keepPreviousData });
}

export function useQueue(id: string, enabled = true) {
  return useQuery({ queryKey: keys.queue(id), queryFn: ({ signal }) => platform().call("get_queue", { queue_id: id }, signal), enabled });
}

export function useReviewers() {
  return useQuery({ queryKey: keys.reviewers(), queryFn: ({ signal }) => platform().call("list_reviewers", {}, signal) });
}

export function useFeedbackKeys() {
  return useQuery({ queryKey: keys.feedbackKeys(), queryFn: ({ signal }) => platform().call("list_feedback_keys", {}, signal) });
}

/** Opens the queue, which fixes the order of its items for this reviewer. */
export function useOpenedQueue(id: string) {
  return useQuery({ queryKey: keys.openedQueue(id), queryFn: ({ signal }) => platform().call("open_queue", { queue_id: id, session: SESSION }, signal), gcTime: 0, staleTime: 0 });
}

export function useQueueOrder(id: string, enabled: boolean) {
  return useQuery({ queryKey: keys.queueOrder(id), queryFn: ({ signal }) => platform().call("get_queue_order", { queue_id: id, session: SESSION }, signal), enabled, structuralSharing: false, staleTime: 0 });
}

export function useQueueProgress(id: string, enabled = true) {
  return useQuery({ enabled, queryKey: keys.queueProgress(id), queryFn: ({ signal }) => platform().call("get_queue_progress", { queue_id: id, session: SESSION }, signal), staleTime: 0 });
}

export function useItemAnswers(queueId: string, itemId: string | null) {
  return useQuery({
    queryKey: keys.itemAnswers(queueId, itemId ?? ""),
    queryFn: ({ signal }) => platform().call("get_item_answers", { item_id: itemId ?? "", session: SESSION }, signal),
    enabled: itemId !== null,
    staleTime: 0,
  });
}

export type ItemList = Omit<ListItems, "offset" | "limit">;

export function useItemList(list: ItemList, first: number, last: number): WindowedList<ItemRow> {
  return useWindows(first, last, (offset) => {
    const params: ListItems = { ...list, offset, limit: WINDOW };
    return { queryKey: keys.queueItems(params), queryFn: ({ signal }) => platform().call("list_items", params, signal) };
  });
}

export function useSaveQueue() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ queue, newKeys }: { readonly queue: SaveQueue; readonly newKeys: readonly SaveFeedbackKey[] }) => {
      // A rubric names keys, so what they mean is said first.
      for (const key of newKeys) await platform().call("save_feedback_key", key);
      return platform().call("save_queue", queue);
    },
    onSuccess: async (queue) => {
      client.setQueryData(keys.queue(queue.row.id), queue);
      await Promise.all([client.invalidateQueries({ queryKey: ["queues"] }), client.invalidateQueries({ queryKey: keys.feedbackKeys() }), client.invalidateQueries({ queryKey: keys.queue(queue.row.id) })]);
    },
  });
}

export function useSaveFeedbackKey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (key: SaveFeedbackKey) => platform().call("save_feedback_key", key),
    onSuccess: () => Promise.all([client.invalidateQueries({ queryKey: keys.feedbackKeys() }), client.invalidateQueries({ queryKey: ["feedback"] }), client.invalidateQueries({ queryKey: ["trace"] })]),
  });
}

export function useDeleteFeedbackKey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (key: string) => platform().call("delete_feedback_key", { key }),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.feedbackKeys() }),
  });
}

export function previewRubric(rubric: PreviewRubric) {
  return platform().call("preview_rubric", rubric);
}

/** What filling would do; asked again whenever what is asked for changes. */
export function usePreviewFill(fill: FillQueue | null) {
  return useQuery({
    queryKey: ["fill", fill],
    queryFn: ({ signal }) => platform().call("preview_fill", fill ?? { queue_id: "", source: { type: "runs", runs: [] } }, signal),
    enabled: fill !== null,
    placeholderData: keepPreviousData,
    staleTime: 0,
    gcTime: 0,
  });
}

export function useFillQueue() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (fill: FillQueue) => platform().call("fill_queue", fill),
    onSuccess: async (_, { queue_id }) => {
      await Promise.all([client.invalidateQueries({ queryKey: ["queues"] }), client.invalidateQueries({ queryKey: keys.queue(queue_id) })]);
    },
  });
}

export function useCreateSampleQueue() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => platform().call("create_sample_queue", {}),
    onSuccess: () => client.invalidateQueries(),
  });
}

export function useArchiveQueue() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (params: { queue_id: string; archived: boolean }) => platform().call("archive_queue", params),
    onSuccess: () => client.invalidateQueries({ queryKey: ["queues"] }),
  });
}

export function useDeleteQueue() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (queue_id: string) => platform().call("delete_queue", { queue_id }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["queues"] }),
  });
}

export function useSaveReviewer() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (reviewer: SaveReviewer) => platform().call("save_reviewer", reviewer),
    onSuccess: (reviewers) => client.setQueryData(keys.reviewers(), reviewers),
  });
}

export function useSetReviewer() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (id: string) => {
      await leaveSeat();
      return platform().call("set_current_reviewer", { id });
    },
    // Nearly everything that is shown of queues is one reviewer's own; a queue in hand is opened anew.
    onSuccess: async (reviewers) => {
      client.setQueryData(keys.reviewers(), reviewers);
      client.removeQueries({ queryKey: ["review item"] });
      await client.resetQueries({ queryKey: ["opened queue"] });
      return client.invalidateQueries();
    },
  });
}
