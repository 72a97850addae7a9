import { beforeEach, describe, expect, it } from "vitest";
import type { Job, JobState } from "../contract/contract";
import { jobStore } from "./jobs";

const job = (id: number, state: JobState): Job => ({
  id,
  label: "a.jsonl",
  state,
  bytes_done: 0,
  bytes_total: null,
  runs: 0,
  new_runs: 0,
  traces: 0,
  rejected: 0,
  warnings: 0,
  first_trace_id: null,
  source_id: null,
  error: null,
});

beforeEach(() => jobStore.setState({ jobs: new Map(), batches: [] }));

describe("batches", () => {
  it("end when all their jobs have ended, and are taken once", () => {
    const { start, update, takeEnded } = jobStore.getState();
    start([job(1, "running"), job(2, "running")]);
    update(job(1, "done"));
    expect(takeEnded()).toEqual([]);
    update(job(2, "failed"));
    expect(takeEnded()).toEqual([[job(1, "done"), job(2, "failed")]]);
    expect(takeEnded()).toEqual([]);
  });
  it("believe an event that was quicker than the answer", () => {
    const { start, update, takeEnded } = jobStore.getState();
    update(job(1, "done"));
    start([job(1, "running")]);
    expect(takeEnded()).toHaveLength(1);
  });
  it("leave out imports that another window started", () => {
    jobStore.getState().update(job(9, "done"));
    expect(jobStore.getState().takeEnded()).toEqual([]);
  });
});
