/** Hooks for notes and the categories of what they are about. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { CategoriseNotes, ListNotes, NoteCount, NoteRow, RenameCategory } from "../contract/contract";
import { WINDOW } from "../lib/windows";
import { platform } from "../platform";
import { useWindows, type WindowedList } from "./queries";

export type NoteList = Omit<ListNotes, "offset" | "limit">;

const NOTES = ["notes"] as const;

/** The list with the counts that came with it. */
export function useNotes(list: NoteList, first: number, last: number): WindowedList<NoteRow> & { readonly categories: readonly NoteCount[] } {
  const [categories, setCategories] = useState<readonly NoteCount[]>([]);
  const rows = useWindows(first, last, (offset) => {
    const params: ListNotes = { ...list, offset, limit: WINDOW };
    return {
      queryKey: [...NOTES, params],
      queryFn: async ({ signal }: { signal: AbortSignal }) => {
        const page = await platform().call("list_notes", params, signal);
        setCategories(page.categories);
        return page;
      },
    };
  });
  return { ...rows, categories };
}

function useChange<Params, Result>(change: (params: Params) => Promise<Result>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () => Promise.all([client.invalidateQueries({ queryKey: NOTES }), client.invalidateQueries({ queryKey: ["feedback keys"] })]),
  });
}

export const useCategorise = () => useChange((params: CategoriseNotes) => platform().call("categorise_notes", params));
export const useRenameCategory = () => useChange((params: RenameCategory) => platform().call("rename_category", params));
