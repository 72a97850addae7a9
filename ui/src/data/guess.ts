/** Guessed threads. They are read anew whenever they are shown: nothing of them is kept, and any run may change them. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { TableFilter } from "../contract/contract";
import { platform } from "../platform";

export function useGuessedThreads(filter: TableFilter, gap: number | undefined) {
  return useQuery({
    queryKey: ["guessed threads", filter, gap ?? null],
    queryFn: ({ signal }) => platform().call("guess_threads", { filter, ...(gap === undefined ? {} : { gap_minutes: gap }) }, signal),
    staleTime: 0,
    placeholderData: keepPreviousData,
  });
}
