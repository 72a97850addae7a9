/** What tables ask the core: windows, sums, facets, the search bar, saved views. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { ExportRows, ListTable, RowName, SaveView, TableFilter, TablePage, TableRow, TextPlace } from "../contract/contract";
import { WINDOW } from "../lib/windows";
import { platform } from "../platform";
import { useWindows, type WindowedList } from "./queries";

export type TableList = Omit<ListTable, "offset" | "limit">;

/** The first words are those that events make stale. */
function kindOf(filter: TableFilter | undefined): string {
  return filter?.scope === "threads" ? "threads" : filter?.scope === "runs" ? "table runs" : "traces";
}

export interface Table extends WindowedList<TableRow> {
  /** Whether there may be more than `total`. */
  readonly more: boolean;
  /** Rows that were looked at where not all were. */
  readonly looked: number | null;
  readonly notApplied: readonly TextPlace[];
  /** Blocks of payloads in which words were not looked for yet. */
  readonly unread: number;
}

export function useTable(list: TableList, first: number, last: number): Table {
  const { page, ...windows } = useWindows<TableRow, TablePage>(first, last, (offset) => {
    const params: ListTable = { ...list, offset, limit: WINDOW };
    return { queryKey: [kindOf(list.filter), "table", params], queryFn: ({ signal }) => platform().call("list_table", params, signal) };
  });
  return { ...windows, more: page?.more ?? false, looked: page?.looked ?? null, notApplied: page?.not_applied ?? NOTHING, unread: page?.unread ?? 0 };
}

const NOTHING: readonly TextPlace[] = [];

export function useTableFacets(filter: TableFilter, enabled: boolean, values = 12) {
  return useQuery({
    queryKey: [kindOf(filter), "facets", filter, values],
    queryFn: ({ signal }) => platform().call("get_table_facets", { filter, values }, signal),
    enabled,
    placeholderData: keepPreviousData,
  });
}

export function useTableSums(filter: TableFilter, enabled: boolean) {
  return useQuery({
    queryKey: [kindOf(filter), "sums", filter],
    queryFn: ({ signal }) => platform().call("get_table_sums", filter, signal),
    enabled,
    placeholderData: keepPreviousData,
  });
}

export function useHindrances(filter: TableFilter, enabled: boolean) {
  return useQuery({
    queryKey: [kindOf(filter), "empty", filter],
    queryFn: ({ signal }) => platform().call("explain_empty_table", filter, signal),
    enabled,
  });
}

export function useSearchCheck(text: string) {
  return useQuery({
    queryKey: ["search check", text],
    queryFn: ({ signal }) => platform().call("check_search", { text }, signal),
    enabled: text.trim() !== "",
    gcTime: 60_000,
    placeholderData: keepPreviousData,
  });
}

export function useSearchFields() {
  return useQuery({ queryKey: ["search fields"], queryFn: ({ signal }) => platform().call("list_search_fields", {}, signal) });
}

export function rowNames(list: TableList) {
  return platform().call("list_row_names", { ...list, columns: [], offset: 0, limit: 1 });
}

export function useRemoveRows() {
  const client = useQueryClient();
  return useMutation({ mutationFn: (rows: RowName[]) => platform().call("remove_rows", { rows }), onSuccess: () => client.invalidateQueries() });
}

export function useExportRows() {
  return useMutation({ mutationFn: (params: ExportRows) => platform().call("export_rows", params) });
}

const VIEWS = ["views"] as const;

export function useViews() {
  return useQuery({ queryKey: VIEWS, queryFn: ({ signal }) => platform().call("list_views", {}, signal) });
}

export function useSaveView() {
  const client = useQueryClient();
  return useMutation({ mutationFn: (view: SaveView) => platform().call("save_view", view), onSuccess: () => client.invalidateQueries({ queryKey: VIEWS }) });
}

export function useDeleteView() {
  const client = useQueryClient();
  return useMutation({ mutationFn: (id: string) => platform().call("delete_view", { id }), onSuccess: () => client.invalidateQueries({ queryKey: VIEWS }) });
}
