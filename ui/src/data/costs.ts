/** Hooks of the cost view. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { CostScope, SetPrice } from "../contract/contract";
import { platform } from "../platform";

const costKeys = {
  costs: (scope: CostScope, by: string) => ["costs", "groups", scope, by] as const,
  traces: (scope: CostScope, by: string | null, value: string | null) => ["costs", "traces", scope, by, value] as const,
  arithmetic: (traceId: string, runId: string) => ["trace", traceId, "cost", runId] as const,
  whatIf: (scope: CostScope, provider: string, model: string) => ["costs", "what if", scope, provider, model] as const,
  prices: (text: string, own: boolean, limit: number) => ["prices", text, own, limit] as const,
};

export function useCosts(scope: CostScope, by: string) {
  return useQuery({ queryKey: costKeys.costs(scope, by), queryFn: ({ signal }) => platform().call("get_costs", { scope, by }, signal), placeholderData: keepPreviousData });
}

/** The dearest traces; of a group when `by` is given. */
export function useCostTraces(scope: CostScope, by: string | null, value: string | null) {
  return useQuery({
    queryKey: costKeys.traces(scope, by, value),
    queryFn: ({ signal }) => platform().call("list_cost_traces", { scope, by, value, limit: 50 }, signal),
    placeholderData: keepPreviousData,
  });
}

export function useCostArithmetic(traceId: string, runId: string) {
  return useQuery({ queryKey: costKeys.arithmetic(traceId, runId), queryFn: ({ signal }) => platform().call("explain_cost", { trace_id: traceId, run_id: runId }, signal) });
}

export function useWhatIf(scope: CostScope, provider: string, model: string) {
  return useQuery({
    queryKey: costKeys.whatIf(scope, provider, model),
    queryFn: ({ signal }) => platform().call("what_if", { scope, provider: provider === "" ? null : provider, model }, signal),
    enabled: model.trim() !== "",
    placeholderData: keepPreviousData,
  });
}

export function usePrices(text: string, own: boolean, limit: number) {
  return useQuery({
    queryKey: costKeys.prices(text, own, limit),
    queryFn: ({ signal }) => platform().call("list_prices", { text, own, offset: 0, limit }, signal),
    placeholderData: keepPreviousData,
  });
}

/** Own prices changed: the table is another one; costs that are stored are not. */
function usePriceChange<Params, Result>(change: (params: Params) => Promise<Result>) {
  const client = useQueryClient();
  return useMutation({ mutationFn: change, onSuccess: () => Promise.all([client.invalidateQueries({ queryKey: ["prices"] }), client.invalidateQueries({ queryKey: ["costs"] })]) });
}

export function useSetPrice() {
  return usePriceChange((price: SetPrice) => platform().call("set_price", price));
}

export function useImportPrices() {
  return usePriceChange((text: string) => platform().call("import_prices", { text }));
}

export function useRemovePrice() {
  return usePriceChange((id: string) => platform().call("remove_price", { id }));
}

/** What computing again would change; asked anew each time the dialog opens. */
export function useRecomputePreview() {
  return useQuery({ queryKey: ["costs", "recompute"], queryFn: ({ signal }) => platform().call("recompute_costs", { apply: false }, signal), gcTime: 0, staleTime: 0 });
}

export function useRecompute() {
  const client = useQueryClient();
  return useMutation({ mutationFn: () => platform().call("recompute_costs", { apply: true }), onSuccess: () => client.invalidateQueries() });
}

export function useRecomputeProgress(running: boolean) {
  return useQuery({ queryKey: ["costs", "progress"], queryFn: ({ signal }) => platform().call("recompute_progress", {}, signal), enabled: running, refetchInterval: running ? 300 : false, gcTime: 0 });
}

export function cancelRecompute() {
  return platform().call("cancel_recompute", {});
}
