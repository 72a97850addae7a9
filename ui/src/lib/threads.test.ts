import { describe, expect, it } from "vitest";
import type { ThreadRow } from "../contract/contract";
import { sortThreads, type SortThreads } from "./threads";

const row = (thread: string, fields: Partial<ThreadRow> = {}): ThreadRow => ({
  thread,
  project: "p",
  turns: 1,
  runs: 1,
  errors: 0,
  first_start: null,
  last_activity: null,
  usage: { input: null, output: null, total: null, cache_read: null, cache_creation: null, reasoning: null },
  cost: null,
  first_input: null,
  last_output: null,
  latency_p50: null,
  latency_p99: null,
  feedback: 0,
  ...fields,
});
const order = (rows: readonly ThreadRow[], sort: SortThreads, ascending: boolean): string[] => sortThreads(rows, sort, ascending).map(({ thread }) => thread);

describe("sortThreads", () => {
  it("orders names as people count", () => expect(order([row("t10"), row("T2"), row("t1")], "thread", true)).toEqual(["t1", "T2", "t10"]));
  it("puts unknown costs last both ways", () => {
    const rows = [row("none"), row("low", { cost: "0.9" }), row("high", { cost: "10.5" })];
    expect(order(rows, "cost", true)).toEqual(["low", "high", "none"]);
    expect(order(rows, "cost", false)).toEqual(["high", "low", "none"]);
  });
  it("compares nanoseconds exactly", () => {
    const rows = [row("later", { last_activity: "1795000000000000001" }), row("earlier", { last_activity: "1795000000000000000" })];
    expect(order(rows, "activity", true)).toEqual(["earlier", "later"]);
  });
  it("keeps the order of ties", () => expect(order([row("b", { turns: 2 }), row("a", { turns: 2 }), row("c", { turns: 3 })], "turns", false)).toEqual(["c", "b", "a"]));
});
