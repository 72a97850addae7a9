/** The query client. Data is fresh until an event says otherwise, so nothing is polled and nothing expires. */
import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { toast } from "sonner";
import { RpcError, UNAUTHORIZED } from "../platform";
import { useUi } from "./ui";

declare global {
  interface Window {
    /** True when no query and no mutation is under way; tests wait for it. */
    __appIdle?: boolean;
  }
}

/** Nothing is answered any more, whatever was asked: the frame says so in place of every screen. */
function noteSignedOut(error: Error): boolean {
  const signedOut = error instanceof RpcError && error.code === UNAUTHORIZED;
  if (signedOut) useUi.getState().setSignedOut();
  return signedOut;
}

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: 5 * 60_000,
      refetchOnWindowFocus: false,
      networkMode: "always",
      retry: (failures, error) => error instanceof RpcError && error.code === "unreachable" && failures < 2,
    },
    mutations: { networkMode: "always", retry: false },
  },
  queryCache: new QueryCache({ onError: (error) => void noteSignedOut(error) }),
  mutationCache: new MutationCache({
    onError: (error, _variables, _context, mutation) => {
      if (noteSignedOut(error)) return;
      // Where a form says it at its field.
      if (mutation.meta?.told === true) return;
      toast.error(error.message);
    },
  }),
});

/** Answers `window.__appIdle` from the caches, when it is asked and not with every change of them. */
export function watchIdle(client: QueryClient): void {
  Object.defineProperty(window, "__appIdle", { configurable: true, get: () => client.isFetching() === 0 && client.isMutating() === 0 });
}
