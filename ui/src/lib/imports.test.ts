import { expect, it } from "vitest";
import type { Job } from "../contract/contract";
import { landing, progress, strip } from "./imports";

const job: Job = {
  id: 1,
  label: "a.jsonl",
  state: "done",
  bytes_done: 5,
  bytes_total: 10,
  runs: 3,
  new_runs: 3,
  traces: 1,
  rejected: 0,
  warnings: 0,
  first_trace_id: "t",
  source_id: 7,
  error: null,
};

it("goes where the import leads", () => {
  expect(landing([job])).toEqual({ to: "trace", traceId: "t" });
  expect(landing([{ ...job, traces: 3 }])).toEqual({ to: "source", sourceId: 7 });
  expect(landing([job, { ...job, id: 2 }])).toEqual({ to: "table" });
  expect(landing([{ ...job, traces: 0 }])).toEqual({ to: "stay" });
});

it("knows when it does not know the size", () => {
  expect(progress(job)).toBe(0.5);
  expect(progress({ ...job, bytes_total: null })).toBeNull();
});

it("speaks for the many files of a folder in one line", () => {
  const running = [1, 2, 3, 4, 5].map((id) => ({ ...job, id, state: "running" as const, runs: id }));
  const failed = { ...job, id: 9, state: "failed" as const, error: "x" };
  expect(strip([...running, failed, { ...job, id: 10 }])).toEqual({
    single: [failed],
    running: { ids: [1, 2, 3, 4, 5], sources: [7, 7, 7, 7, 7], bytesDone: 25, bytesTotal: 50, runs: 15, rejected: 0, failed: 0 },
    ended: null,
  });
  expect(strip(running.slice(0, 3)).single).toHaveLength(3);
});
