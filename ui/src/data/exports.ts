/** Hooks for what leaves in the background: feedback on its way to a server. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { StartSending } from "../contract/contract";
import { platform } from "../platform";

const SENDING = ["sending"] as const;
/** Time between two looks while it runs. */
const LOOK_EVERY_MS = 250;

export function useSendStatus() {
  return useQuery({
    queryKey: SENDING,
    queryFn: ({ signal }) => platform().call("send_status", {}, signal),
    refetchInterval: ({ state }) => (state.data?.running ? LOOK_EVERY_MS : false),
    staleTime: 0,
  });
}

export function useStartSending() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (params: StartSending) => platform().call("start_sending", params),
    onSuccess: (status) => client.setQueryData(SENDING, status),
  });
}

export function useCancelSending() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => platform().call("cancel_sending", {}),
    onSuccess: () => client.invalidateQueries({ queryKey: SENDING }),
  });
}
