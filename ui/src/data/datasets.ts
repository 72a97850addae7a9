/** Hooks for datasets and their examples. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { AddToDataset, AssignSplit, DatasetRow, ExampleRow, ExampleText, ExportDataset, ImportExamples, ListDatasets, ListExamples, SaveDataset, SaveExample } from "../contract/contract";
import { platform } from "../platform";
import { WINDOW } from "../lib/windows";
import { useWindows, type WindowedList } from "./queries";

/** Everything about datasets, so that one event touches all of it. */
const DATASETS = ["datasets"] as const;

const keys = {
  list: (list: unknown) => [...DATASETS, "list", list] as const,
  one: (id: string) => [...DATASETS, "one", id] as const,
  examples: (list: unknown) => [...DATASETS, "examples", list] as const,
  example: (id: string) => [...DATASETS, "example", id] as const,
  check: (id: string, text: unknown) => [...DATASETS, "check", id, text] as const,
  preview: (params: unknown) => [...DATASETS, "export", params] as const,
};

export type DatasetList = Omit<ListDatasets, "offset" | "limit">;
export type ExampleList = Omit<ListExamples, "offset" | "limit">;

export function useDatasetList(list: DatasetList, first: number, last: number): WindowedList<DatasetRow> {
  return useWindows(first, last, (offset) => {
    const params = { ...list, offset, limit: WINDOW };
    return { queryKey: keys.list(params), queryFn: ({ signal }) => platform().call("list_datasets", params, signal) };
  });
}

/** How many there are. */
export function useDatasetCount() {
  const params: ListDatasets = { text: null, sort: "name", offset: 0, limit: 1 };
  return useQuery({ queryKey: keys.list(params), queryFn: async ({ signal }) => (await platform().call("list_datasets", params, signal)).total });
}

/** The most datasets that are offered where one is chosen. */
const OFFERED = 500;

/** Datasets to choose among, by name. */
export function useDatasetChoice() {
  const params: ListDatasets = { text: null, sort: "name", offset: 0, limit: OFFERED };
  return useQuery({ queryKey: keys.list(params), queryFn: ({ signal }) => platform().call("list_datasets", params, signal) });
}

export function useDataset(id: string) {
  return useQuery({ queryKey: keys.one(id), queryFn: ({ signal }) => platform().call("get_dataset", { dataset_id: id }, signal) });
}

export function useExampleList(list: ExampleList, first: number, last: number): WindowedList<ExampleRow> {
  return useWindows(first, last, (offset) => {
    const params = { ...list, offset, limit: WINDOW };
    return { queryKey: keys.examples(params), queryFn: ({ signal }) => platform().call("list_examples", params, signal) };
  });
}

export function useExample(id: string | null) {
  return useQuery({ queryKey: keys.example(id ?? ""), queryFn: ({ signal }) => platform().call("get_example", { id: id ?? "" }, signal), enabled: id !== null });
}

/** What is wrong with a text, asked again whenever it changes. */
export function useExampleProblems(datasetId: string, text: ExampleText) {
  return useQuery({
    queryKey: keys.check(datasetId, text),
    queryFn: ({ signal }) => platform().call("check_example", { dataset_id: datasetId, text }, signal),
    placeholderData: keepPreviousData,
    gcTime: 0,
  });
}

export function useProposedExample(traceId: string, runId: string, enabled: boolean) {
  return useQuery({
    queryKey: ["trace", traceId, "proposed example", runId],
    queryFn: ({ signal }) => platform().call("propose_example", { trace_id: traceId, run_id: runId }, signal),
    enabled,
    staleTime: 0,
  });
}

/** A change of datasets; everything about them is asked for again. */
function useChange<Params, Result>(change: (params: Params) => Promise<Result>) {
  const client = useQueryClient();
  // Not waited for: what was shown may be gone by then, and with it whoever is told of the end.
  return useMutation({ mutationFn: change, onSuccess: () => void client.invalidateQueries({ queryKey: DATASETS }) });
}

export const useSaveDataset = () => useChange((dataset: SaveDataset) => platform().call("save_dataset", dataset));
export const useDeleteDataset = () => useChange((id: string) => platform().call("delete_dataset", { dataset_id: id }));
export const useSaveExample = () => useChange((example: SaveExample) => platform().call("save_example", example));
export const useDeleteExamples = () => useChange((ids: string[]) => platform().call("delete_examples", { ids }));
export const useAssignSplit = () => useChange((params: AssignSplit) => platform().call("assign_split", params));
export const useAddRuns = () => useChange((params: AddToDataset) => platform().call("add_to_dataset", params));
export const useImportExamples = () => useChange((params: ImportExamples) => platform().call("import_examples", params));

/** What an import would do. */
export function useImportPreview(params: ImportExamples | null) {
  return useQuery({
    queryKey: [...DATASETS, "import", params?.dataset_id, params?.text],
    queryFn: ({ signal }) => platform().call("import_examples", { dataset_id: "", text: "", ...params, preview: true }, signal),
    enabled: params !== null,
    gcTime: 0,
    staleTime: 0,
  });
}

/** The first records of an export, and what it would be. */
export function useDatasetExportPreview(params: ExportDataset, enabled = true) {
  return useQuery({ queryKey: keys.preview(params), queryFn: ({ signal }) => platform().call("export_dataset", { ...params, preview: true }, signal), enabled, staleTime: 0 });
}
