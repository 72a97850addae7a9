/** Reading the whole library again, in the background of the core. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { platform } from "../platform";
import { keys } from "./keys";

/** Time between two looks while it runs. */
const LOOK_EVERY_MS = 250;

export function useRemap() {
  return useQuery({
    queryKey: keys.remap(),
    queryFn: ({ signal }) => platform().call("remap_status", {}, signal),
    refetchInterval: ({ state }) => (state.data?.running ? LOOK_EVERY_MS : false),
    staleTime: 0,
  });
}

export function useStartRemap() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => platform().call("start_remap", {}),
    onSuccess: (status) => client.setQueryData(keys.remap(), status),
  });
}

export function useCancelRemap() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => platform().call("cancel_remap", {}),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.remap() }),
  });
}
