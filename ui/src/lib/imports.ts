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

/** Imports that are shown each by itself; of more, a folder's, one line speaks for all. */
const SHOWN_SINGLE = 3;

/** What the strip shows: imports line by line, or those that run and those that ended badly as one line each. */
export interface Strip {
  readonly single: readonly Job[];
  readonly running: Together | null;
  readonly ended: Together | null;
}

/** Several imports in one line. */
export interface Together {
  readonly ids: readonly number[];
  /** What they read, as far as it became a source. */
  readonly sources: readonly number[];
  readonly bytesDone: number;
  /** Absent when the size of one is unknown. */
  readonly bytesTotal: number | null;
  readonly runs: number;
  readonly rejected: number;
  readonly failed: number;
}

function together(jobs: readonly Job[]): Together {
  const sum = (value: (job: Job) => number): number => jobs.reduce((total, job) => total + value(job), 0);
  return {
    ids: jobs.map((job) => job.id),
    sources: jobs.flatMap((job) => (job.source_id === null ? [] : [job.source_id])),
    bytesDone: sum((job) => job.bytes_done),
    bytesTotal: jobs.every((job) => job.bytes_total !== null) ? sum((job) => job.bytes_total ?? 0) : null,
    runs: sum((job) => job.runs),
    rejected: sum((job) => job.rejected),
    failed: sum((job) => (job.state === "failed" ? 1 : 0)),
  };
}

const many = (some: readonly Job[]): boolean => some.length > SHOWN_SINGLE;

export function strip(jobs: readonly Job[]): Strip {
  const shown = jobs.filter((job) => job.state !== "done" || job.rejected > 0);
  const running = shown.filter((job) => job.state === "running");
  const ended = shown.filter((job) => job.state !== "running");
  return {
    single: [...(many(running) ? [] : running), ...(many(ended) ? [] : ended)],
    running: many(running) ? together(running) : null,
    ended: many(ended) ? together(ended) : null,
  };
}
