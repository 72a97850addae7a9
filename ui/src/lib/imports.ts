/** Where the window goes when imports that were started here have ended. */
import type { Job } from "../contract/contract";

export type Landing =
  | { readonly to: "trace"; readonly traceId: string }
  | { readonly to: "source"; readonly sourceId: number }
  | { readonly to: "table" }
  | { readonly to: "stay" };

/** One trace opens at once; more show as the table of their source. */
export function landing(jobs: readonly Job[]): Landing {
  const read = jobs.filter((job) => job.traces > 0);
  const [job] = read;
  if (!job) return { to: "stay" };
  if (read.length > 1) return { to: "table" };
  if (job.traces === 1 && job.first_trace_id) return { to: "trace", traceId: job.first_trace_id };
  return job.source_id === null ? { to: "table" } : { to: "source", sourceId: job.source_id };
}

/** Share that is done, from 0 to 1; `null` when the size is unknown. */
export function progress(job: Job): number | null {
  return job.bytes_total ? Math.min(job.bytes_done / job.bytes_total, 1) : null;
}
