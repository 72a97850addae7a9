/** The addresses of the app. Hash history, because the Tauri window and the server know only one page. */
import { createHashHistory, createRootRoute, createRoute, createRouter } from "@tanstack/react-router";
import { AppFrame } from "../features/frame/AppFrame";
import { SendersPage } from "../features/senders/SendersPage";
import { ThreadsPage } from "../features/threads/ThreadsPage";
import { TracePage } from "../features/trace/TracePage";
import { TracesPage } from "../features/traces/TracesPage";
import { ErrorState } from "../components/States";
import { NotFound } from "./NotFound";
import { parseSearch, readSendersSearch, readThreadsSearch, readTraceSearch, readTracesSearch, stringifySearch } from "./search";

const root = createRootRoute({ component: AppFrame, notFoundComponent: NotFound });
const traces = createRoute({ getParentRoute: () => root, path: "/", validateSearch: readTracesSearch, component: TracesPage });
const threads = createRoute({ getParentRoute: () => root, path: "/threads", validateSearch: readThreadsSearch, component: ThreadsPage });
const trace = createRoute({ getParentRoute: () => root, path: "/trace/$traceId", validateSearch: readTraceSearch, component: TracePage });
const senders = createRoute({ getParentRoute: () => root, path: "/senders", validateSearch: readSendersSearch, component: SendersPage });

export const router = createRouter({
  routeTree: root.addChildren([traces, threads, trace, senders]),
  history: createHashHistory(),
  parseSearch,
  stringifySearch,
  defaultErrorComponent: ({ error, reset }) => <ErrorState title="This screen failed" error={error instanceof Error ? error : new Error(String(error))} onRetry={reset} />,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
