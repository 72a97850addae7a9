import { describe, expect, it } from "vitest";
import { staleKeys } from "./invalidation";

describe("staleKeys", () => {
  it("touches only the traces that changed", () => {
    const stale = staleKeys({ type: "runs_changed", trace_ids: ["a"] });
    expect(stale).toContainEqual(["trace", "a"]);
    expect(stale).not.toContainEqual(["trace"]);
    expect(stale).toContainEqual(["traces"]);
  });
  it("touches all traces when it is not known which changed", () => {
    expect(staleKeys({ type: "runs_changed", trace_ids: [] })).toContainEqual(["trace"]);
  });
  it("leaves alone what this window reviewed itself", () => {
    const event = { type: "review_changed", queue_ids: ["q"], session: "mine" } as const;
    expect(staleKeys({ ...event, queue_ids: ["q"] }, "mine")).toEqual([["queues"], ["notes"]]);
    expect(staleKeys({ ...event, queue_ids: ["q"] }, "another")).toContainEqual(["queue", "q"]);
  });
  it("touches everything when events were missed", () => expect(staleKeys({ type: "missed" })).toEqual([[]]));
});
