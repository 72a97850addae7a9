import { useCallback, useSyncExternalStore } from "react";

/** Below this the sidebar floats over the screen instead of standing beside it. */
export const NARROW = "(max-width: 760px)";
/** Below this a trace and its run panel stand one above the other. */
export const STACKED = "(max-width: 980px)";

export function useMediaQuery(query: string): boolean {
  const subscribe = useCallback(
    (changed: () => void) => {
      const list = matchMedia(query);
      list.addEventListener("change", changed);
      return () => list.removeEventListener("change", changed);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => matchMedia(query).matches);
}
