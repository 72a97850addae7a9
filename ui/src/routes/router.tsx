/** The addresses of the app. Hash history, because the Tauri window and the server know only one page. */
import { createHashHistory, createRootRoute, createRoute, createRouter } from "@tanstack/react-router";
import { AppFrame } from "../features/frame/AppFrame";
import { DatasetPage } from "../features/datasets/DatasetPage";
import { DatasetsPage } from "../features/datasets/DatasetsPage";
import { NotesPage } from "../features/notes/NotesPage";
import { SendersPage } from "../features/senders/SendersPage";
import { AgreementPage } from "../features/queues/AgreementPage";
import { BulkPage } from "../features/queues/BulkPage";
import { ConflictsPage } from "../features/queues/ConflictsPage";
import { EditQueuePage, NewQueuePage } from "../features/queues/QueueEditor";
import { QueuesPage } from "../features/queues/QueuesPage";
import { ResultsPage } from "../features/queues/ResultsPage";
import { ReviewPage } from "../features/review/ReviewPage";
import { CostPage } from "../features/cost/CostPage";
import { RunsPage } from "../features/runs/RunsPage";
import { TextsPage } from "../features/texts/TextsPage";
import { ThreadsPage } from "../features/threads/ThreadsPage";
import { TracePage } from "../features/trace/TracePage";
import { TracesPage } from "../features/traces/TracesPage";
import { ErrorState } from "../components/States";
import { NotFound } from "./NotFound";
import {
  parseSearch,
  readCostSearch,
  readDatasetSearch,
  readDatasetsSearch,
  readNotesSearch,
  readReviewSearch,
  readSendersSearch,
  readTextsSearch,
  readTraceSearch,
  readTableSearch,
  stringifySearch,
} from "./search";

const root = createRootRoute({ component: AppFrame, notFoundComponent: NotFound });
const traces = createRoute({ getParentRoute: () => root, path: "/", validateSearch: readTableSearch, component: TracesPage });
const threads = createRoute({ getParentRoute: () => root, path: "/threads", validateSearch: readTableSearch, component: ThreadsPage });
const cost = createRoute({ getParentRoute: () => root, path: "/cost", validateSearch: readCostSearch, component: CostPage });
const runs = createRoute({ getParentRoute: () => root, path: "/runs", validateSearch: readTableSearch, component: RunsPage });
const texts = createRoute({ getParentRoute: () => root, path: "/search", validateSearch: readTextsSearch, component: TextsPage });
const trace = createRoute({ getParentRoute: () => root, path: "/trace/$traceId", validateSearch: readTraceSearch, component: TracePage });
const senders = createRoute({ getParentRoute: () => root, path: "/senders", validateSearch: readSendersSearch, component: SendersPage });
const queues = createRoute({ getParentRoute: () => root, path: "/queues", component: QueuesPage });
const datasets = createRoute({ getParentRoute: () => root, path: "/datasets", validateSearch: readDatasetsSearch, component: DatasetsPage });
const dataset = createRoute({ getParentRoute: () => root, path: "/datasets/$datasetId", validateSearch: readDatasetSearch, component: DatasetPage });
const notes = createRoute({ getParentRoute: () => root, path: "/notes", validateSearch: readNotesSearch, component: NotesPage });
const newQueue = createRoute({ getParentRoute: () => root, path: "/queues/new", component: NewQueuePage });
const review = createRoute({ getParentRoute: () => root, path: "/queues/$queueId", validateSearch: readReviewSearch, component: ReviewPage });
const editQueue = createRoute({ getParentRoute: () => root, path: "/queues/$queueId/edit", component: EditQueuePage });
const conflicts = createRoute({ getParentRoute: () => root, path: "/queues/$queueId/conflicts", component: ConflictsPage });
const bulk = createRoute({ getParentRoute: () => root, path: "/queues/$queueId/bulk", component: BulkPage });
const results = createRoute({ getParentRoute: () => root, path: "/queues/$queueId/results", component: ResultsPage });
const agreement = createRoute({ getParentRoute: () => root, path: "/queues/$queueId/agreement", component: AgreementPage });

export const router = createRouter({
  routeTree: root.addChildren([traces, threads, runs, texts, cost, trace, senders, queues, newQueue, review, editQueue, conflicts, bulk, results, agreement, datasets, dataset, notes]),
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
