/** Hooks for notes and the categories of what they are about. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { CategoriseNotes, ListNotes, NoteCount, NoteRow, RenameCategory, NotePage, PivotNotes } from "../contract/contract";
import { WINDOW } from "../lib/windows";
import { platform } from "../platform";
import { useWindows, type WindowedList } from "./queries";

export type NoteList = Omit<ListNotes, "offset" | "limit">;

const NOTES = ["notes"] as const;

/** The list with the number of notes of each category. */
export function useNotes(list: NoteList, first: number, last: number): WindowedList<NoteRow> & { readonly categories: readonly NoteCount[] } {
  const rows = useWindows<NoteRow, NotePage>(first, last, (offset) => {
    const params: ListNotes = { ...list, offset, limit: WINDOW };
    return { queryKey: [...NOTES, params], queryFn: ({ signal }: { signal: AbortSignal }) => platform().call("list_notes", params, signal) };
  });
  // Counts do not depend on which category is shown, so they stay while another one is looked at.
  const all: ListNotes = { ...list, filter: { type: "any" }, offset: 0, limit: 1 };
  const counts = useQuery({ queryKey: [...NOTES, "counts", all], queryFn: ({ signal }) => platform().call("list_notes", all, signal), placeholderData: keepPreviousData });
  return { ...rows, categories: counts.data?.categories ?? NO_CATEGORIES };
}

/** Groups that are drawn; more are told, not shown. */
const MOST_GROUPS = 50;

/** Notes counted by what their runs have in common, instead of listed. */
export function useNotePivot(list: Omit<PivotNotes, "limit">) {
  const params: PivotNotes = { ...list, limit: MOST_GROUPS };
  return useQuery({ queryKey: [...NOTES, "pivot", params], queryFn: ({ signal }) => platform().call("pivot_notes", params, signal), placeholderData: keepPreviousData });
}

const NO_CATEGORIES: readonly NoteCount[] = [];

function useChange<Params, Result>(change: (params: Params) => Promise<Result>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () => Promise.all([client.invalidateQueries({ queryKey: NOTES }), client.invalidateQueries({ queryKey: ["feedback keys"] })]),
  });
}

export const useCategorise = () => useChange((params: CategoriseNotes) => platform().call("categorise_notes", params));
export const useRenameCategory = () => useChange((params: RenameCategory) => platform().call("rename_category", params));
