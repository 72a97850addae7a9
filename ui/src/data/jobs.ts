/**
 * Imports under way. Kept beside the query cache, because progress arrives by events many times a second and because
 * the window must remember which imports it started itself: only those move it when they end.
 */
import { create } from "zustand";
import type { Job } from "../contract/contract";

interface JobState {
  readonly jobs: ReadonlyMap<number, Job>;
  /** Batches started by this window that have not ended. */
  readonly batches: readonly (readonly number[])[];
  readonly update: (job: Job) => void;
  readonly start: (jobs: readonly Job[]) => void;
  /** Takes out the batches whose jobs have all ended. */
  readonly takeEnded: () => Job[][];
  readonly dismiss: (...ids: readonly number[]) => void;
}

export const jobStore = create<JobState>((set, get) => ({
  jobs: new Map(),
  batches: [],
  update: (job) => set(({ jobs }) => ({ jobs: new Map(jobs).set(job.id, job) })),
  start: (started) =>
    set(({ jobs, batches }) => {
      const next = new Map(jobs);
      // An event may have been quicker than the answer; it knows more.
      for (const job of started) if (!next.has(job.id)) next.set(job.id, job);
      return { jobs: next, batches: started.length > 0 ? [...batches, started.map((job) => job.id)] : batches };
    }),
  takeEnded: () => {
    const { jobs, batches } = get();
    const over = (id: number): boolean => (jobs.get(id)?.state ?? "running") !== "running";
    const ended = batches.filter((batch) => batch.every(over));
    if (ended.length === 0) return [];
    set({ batches: batches.filter((batch) => !ended.includes(batch)) });
    return ended.map((batch) => batch.flatMap((id) => jobs.get(id) ?? []));
  },
  dismiss: (...ids) =>
    set(({ jobs }) => {
      const next = new Map(jobs);
      for (const id of ids) next.delete(id);
      return { jobs: next };
    }),
}));
