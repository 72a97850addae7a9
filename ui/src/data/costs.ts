/** Hooks of the cost view. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { ClassCost, CostArithmetic, CostScope, SetPrice } from "../contract/contract";
import type { CostRef } from "../lib/cost";
import { platform } from "../platform";

const costKeys = {
  costs: (scope: CostScope, by: string, limit: number) => ["costs", "groups", scope, by, limit] as const,
  traces: (scope: CostScope, by: string | null, value: string | null) => ["costs", "traces", scope, by, value] as const,
  arithmetic: (traceId: string, runId: string) => ["trace", traceId, "cost", runId] as const,
  whatIf: (scope: CostScope, provider: string, model: string) => ["costs", "what if", scope, provider, model] as const,
  prices: (text: string, own: boolean, limit: number) => ["prices", text, own, limit] as const,
};

/** Sums, days, and so many of the dearest groups. */
export function useCosts(scope: CostScope, by: string, limit: number) {
  return useQuery({ queryKey: costKeys.costs(scope, by, limit), queryFn: ({ signal }) => platform().call("get_costs", { scope, by, limit }, signal), placeholderData: keepPreviousData });
}

/** Every group, for a file. */
export function useAllCosts() {
  return useMutation({ mutationFn: ({ scope, by }: { readonly scope: CostScope; readonly by: string }) => platform().call("get_costs", { scope, by, limit: null }) });
}

interface CostParts {
  readonly cost: string | null;
  readonly by_class: readonly ClassCost[];
  readonly unpriced_runs: number;
  /** Tokens times price, where the cost is that of one run alone. */
  readonly arithmetic: CostArithmetic | null;
}

/** What a cost is made of. */
export function useCostHint(ref: CostRef) {
  return useQuery({ queryKey: ["costs", "hint", ref] as const, queryFn: ({ signal }) => costParts(ref, signal), staleTime: 5000 });
}

async function costParts(ref: CostRef, signal: AbortSignal): Promise<CostParts> {
  const whole = { from: null, to: null, project: null, thread: null, trace_id: null, filter: null };
  switch (ref.of) {
    case "known":
      return { cost: ref.cost, by_class: ref.byClass, unpriced_runs: ref.unpriced, arithmetic: null };
    case "trace":
      return { ...(await platform().call("sum_costs", { ...whole, trace_id: ref.traceId }, signal)), arithmetic: null };
    case "thread":
      return { ...(await platform().call("sum_costs", { ...whole, project: ref.project, thread: ref.thread }, signal)), arithmetic: null };
    case "run": {
      const told = await platform().call("explain_cost", { trace_id: ref.traceId, run_id: ref.runId }, signal);
      const isAll = told.subtree_cost === told.total && told.subtree_unpriced_runs === (told.total === null ? 1 : 0);
      const arithmetic = (ref.alone || isAll) && told.lines.length > 0 ? told : null;
      if (!ref.alone) return { cost: told.subtree_cost, by_class: told.subtree_by_class, unpriced_runs: told.subtree_unpriced_runs, arithmetic };
      const byClass = told.lines.map(({ class: name, cost }) => ({ class: name, cost }));
      return { cost: told.total, by_class: merged(byClass), unpriced_runs: told.origin === "unpriced" ? 1 : 0, arithmetic };
    }
  }
}

/** Lines of one class as one. */
function merged(lines: readonly ClassCost[]): ClassCost[] {
  const names = [...new Set(lines.map(({ class: name }) => name))];
  return names.map((name) => {
    const own = lines.filter((line) => line.class === name);
    const [first] = own;
    return own.length === 1 && first ? first : { class: name, cost: String(own.reduce((sum, { cost }) => sum + Number(cost), 0)) };
  });
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
  return useMutation({ mutationFn: change, meta: { told: true }, onSuccess: () => Promise.all([client.invalidateQueries({ queryKey: ["prices"] }), client.invalidateQueries({ queryKey: ["costs"] })]) });
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

export function useUndoRecompute() {
  const client = useQueryClient();
  return useMutation({ mutationFn: () => platform().call("undo_recompute", {}), onSuccess: () => client.invalidateQueries() });
}

export function useRecomputeProgress(running: boolean) {
  return useQuery({ queryKey: ["costs", "progress"], queryFn: ({ signal }) => platform().call("recompute_progress", {}, signal), enabled: running, refetchInterval: running ? 300 : false, gcTime: 0 });
}

export function cancelRecompute() {
  return platform().call("cancel_recompute", {});
}
