/** Listens to the core once and brings the caches up to date. */
import type { QueryClient } from "@tanstack/react-query";
import type { AppInfo, Event, EventEnvelope } from "../contract/contract";
import { platform } from "../platform";
import { jobStore } from "./jobs";
import { staleKeys, type KeyPrefix } from "./invalidation";
import { keys } from "./keys";
import { SESSION } from "./session";

/** A busy endpoint sends many events; refetching twice a second is live enough. */
const PACE_MS = 500;

export function listenToCore(client: QueryClient, showTrace: (traceId: string) => void): () => void {
  const stale = new Map<string, KeyPrefix>();
  let timer: ReturnType<typeof setTimeout> | null = null;
  let last = 0;

  const flush = (): void => {
    timer = null;
    const prefixes = [...stale.values()];
    stale.clear();
    for (const queryKey of prefixes) void client.invalidateQueries({ queryKey });
  };
  const handle = (event: Event): void => {
    for (const prefix of staleKeys(event, SESSION)) stale.set(prefix.join("\0"), prefix);
    if (stale.size > 0) timer ??= setTimeout(flush, PACE_MS);
    if (event.type === "missed") void catchUpJobs(client);
    if (event.type === "import_progress") jobStore.getState().update(event.job);
    if (event.type === "settings_changed") client.setQueryData(keys.settings(), event.settings);
    if (event.type === "endpoint_changed") {
      client.setQueryData<AppInfo>(keys.info(), (info) => info && { ...info, endpoint: event.endpoint });
    }
    if (event.type === "show_trace") showTrace(event.trace_id);
  };
  // A reload finds the imports that are still running.
  void catchUpJobs(client);
  const stop = platform().events({
    event: ({ sequence, event }: EventEnvelope) => {
      if (last > 0 && sequence > last + 1) handle({ type: "missed" });
      last = sequence;
      handle(event);
    },
    gap: () => {
      last = 0;
      handle({ type: "missed" });
    },
  });
  return () => {
    stop();
    if (timer) clearTimeout(timer);
  };
}

/** An import may have ended while nothing was heard. Imports of before that nobody watches stay out of sight. */
async function catchUpJobs(client: QueryClient): Promise<void> {
  const jobs = await client.fetchQuery({ queryKey: keys.jobs(), queryFn: () => platform().call("list_jobs", {}), staleTime: 0 }).catch(() => []);
  const { jobs: known, update } = jobStore.getState();
  for (const job of jobs) if (job.state === "running" || known.has(job.id)) update(job);
}
