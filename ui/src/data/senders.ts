/** What the endpoint saw, as hooks. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { platform } from "../platform";
import { keys } from "./keys";

export function useActivity() {
  return useQuery({ queryKey: keys.activity(), queryFn: ({ signal }) => platform().call("get_activity", {}, signal), placeholderData: keepPreviousData });
}

/** A body never changes, but it may be forgotten, and rules may hide more of it: it is read when it is looked at. */
export function useRequestBody(number: number) {
  return useQuery({
    queryKey: keys.requestBody(number),
    queryFn: ({ signal }) => platform().call("read_request_body", { number }, signal),
    staleTime: 0,
    gcTime: 0,
    retry: false,
  });
}

export function useSendTestTrace() {
  return useMutation({ mutationFn: () => platform().call("send_test_trace", {}) });
}

export function useClearActivity() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => platform().call("clear_activity", {}),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.activity() }),
  });
}
