/** What each event makes stale. One table, so that nothing is refetched by habit and nothing is forgotten. */
import type { Event } from "../contract/contract";

export type KeyPrefix = readonly string[];

const LISTS: readonly KeyPrefix[] = [["info"], ["projects"], ["sources"], ["traces"], ["threads"], ["table runs"], ["costs"]];
const EVERYTHING: readonly KeyPrefix[] = [[]];

/** Prefixes of the query keys to refetch; queries that nobody looks at are only marked. */
export function staleKeys(event: Event, session?: string): readonly KeyPrefix[] {
  switch (event.type) {
    case "runs_changed":
      if (event.trace_ids.length === 0) return [...LISTS, ["trace"], ["item payload"]];
      return [...LISTS, ...event.trace_ids.map((id) => ["trace", id])];
    case "sources_changed":
      return [...LISTS, ["rejects"], ["recent"]];
    case "import_progress":
      return event.job.state === "running" ? [] : [...LISTS, ["rejects"], ["recent"]];
    case "datasets_changed":
      return [["datasets"]];
    case "review_changed":
      // What this window did itself it knows already; only the lists of queues are counted anew.
      if (event.session !== null && event.session === session) return [["queues"], ["notes"]];
      return [["queues"], ["notes"], ["feedback keys"], ["review item"], ...(event.queue_ids.length === 0 ? [["queue"]] : event.queue_ids.map((id) => ["queue", id]))];
    case "missed":
      return EVERYTHING;
    case "endpoint_changed":
      return [["activity"], ["forwarding"]];
    case "text_indexed":
      return [["info"]];
    case "settings_changed":
    case "show_trace":
      return [];
  }
}
