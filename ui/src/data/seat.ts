/** The seat of the reviewer: what the one who leaves it still has in hand is saved in that name, before another takes it. */
import { useEffect } from "react";

const inHand = new Set<() => Promise<unknown>>();

/** `save` must not change between renders. */
export function useSavedBeforeSeatChanges(save: () => Promise<unknown>): void {
  useEffect(() => {
    inHand.add(save);
    return () => void inHand.delete(save);
  }, [save]);
}

export async function leaveSeat(): Promise<void> {
  await Promise.all([...inHand].map((save) => save()));
}
