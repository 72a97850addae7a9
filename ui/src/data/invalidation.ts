/** What each event makes stale. One table, so that nothing is refetched by habit and nothing is forgotten. */
import type { Event } from "../contract/contract";

export type KeyPrefix = readonly string[];

const LISTS: readonly KeyPrefix[] = [["info"], ["projects"], ["sources"], ["traces"], ["threads"]];
const EVERYTHING: readonly KeyPrefix[] = [[]];

/** Prefixes of the query keys to refetch; queries that nobody looks at are only marked. */
export function staleKeys(event: Event): readonly KeyPrefix[] {
  switch (event.type) {
    case "runs_changed":
      if (event.trace_ids.length === 0) return [...LISTS, ["trace"]];
      return [...LISTS, ...event.trace_ids.map((id) => ["trace", id])];
    case "sources_changed":
      return [...LISTS, ["rejects"], ["recent"]];
    case "import_progress":
      return event.job.state === "running" ? [] : [...LISTS, ["rejects"], ["recent"]];
    case "review_changed":
      return [["queues"], ["review"]];
    case "missed":
      return EVERYTHING;
    case "endpoint_changed":
    case "settings_changed":
    case "show_trace":
      return [];
  }
}
