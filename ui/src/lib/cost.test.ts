import { describe, expect, it } from "vitest";
import type { CostPoint, CostSums } from "../contract/contract";
import { alignedDecimals, cacheHitRate, groupsAsCsv, modelsOf, shareOf, sides, stacksByClass, stacksByGroup, treemap, trimmed } from "./cost";

const sums = (cost: string | null, more: Partial<CostSums> = {}): CostSums => ({
  traces: 2,
  runs: 3,
  usage: { input: 100, output: 10, total: 110, cache_read: 60, cache_creation: null, reasoning: 4 },
  cache_creation_1h_tokens: null,
  audio_tokens: null,
  image_tokens: null,
  cost,
  by_class: cost === null ? [] : [{ class: "input", cost }],
  unpriced_runs: cost === null ? 3 : 0,
  cache_saved: "0.5",
  ...more,
});
const point = (day: string, value: string | null, cost: string): CostPoint => ({ day, value, cost, by_class: [{ class: "output", cost }, { class: "input", cost: "1" }], tokens: 5 });

describe("cost", () => {
  it("has days without cost in its trend", () => {
    const points = [point("2026-11-01", "a", "2"), point("2026-11-01", null, "7"), point("2026-11-03", "a", "3")];
    expect(stacksByGroup(points)).toEqual({ days: ["2026-11-01", "2026-11-02", "2026-11-03"], stacks: [{ name: "(none)", colour: 0, values: [7, 0, 0] }, { name: "a", colour: 1, values: [2, 0, 3] }] });
    expect(stacksByClass(points).stacks.map(({ name, values }) => [name, ...values])).toEqual([["Input", 2, 0, 1], ["Output", 9, 0, 3]]);
  });
  it("leaves out first days of which nothing would be seen", () => {
    const early = point("2026-01-01", "a", "0.01");
    const busy = Array.from({ length: 40 }, (_, index) => point(new Date(Date.parse("2026-10-01") + index * 86_400_000).toISOString().slice(0, 10), "a", "5"));
    const { days, stacks, before } = trimmed(stacksByGroup([early, ...busy]));
    expect([days[0], days.length, stacks[0]?.values.length, before]).toEqual(["2026-10-01", 40, 40, { days: 1, cost: 0.01 }]);
    // What counts stays, and so do a few days without cost.
    expect(trimmed(stacksByGroup([point("2026-01-01", "a", "90"), ...busy])).before).toBeNull();
    expect(trimmed(stacksByGroup(busy.slice(0, 3))).before).toBeNull();
  });
  it("is split in input, output and other", () => {
    const cost = ["cache_read", "audio_input", "reasoning", "audio_output", "other"].map((name) => ({ class: name, cost: "1" }));
    expect(sides(cost)).toEqual({ input: 2, output: 2, other: 1 });
    expect(cacheHitRate(sums("1"))).toBe(0.6);
  });
  it("becomes a table that no spreadsheet runs", () => {
    const csv = groupsAsCsv("model", [{ value: '=1+"1"', sums: sums("0.000000000001") }, { value: null, sums: sums(null) }]).split("\r\n");
    expect(csv[1]).toMatch(/^"'=1\+""1""",0\.000000000001,0\.000000000001,0,/);
    // A row without a name says so, since an empty key is read as a row that is broken.
    expect(csv[2]).toMatch(/^\(none\),,,/);
    expect(csv).toHaveLength(4);
  });
  it("is shared out without an exponent, however small", () => {
    expect(shareOf("0.000000004", 2)).toBe("0.000000002000");
  });
  it("fills a treemap by cost, children within their parent", () => {
    const tiles = treemap({ parent: [-1, 0, 0, 1], depth: [0, 1, 1, 2], total_cost: ["10", "6", "3", "6"] }, 400, 300);
    expect(tiles.map(({ row }) => row)).toEqual([0, 1, 3, 2]);
    const [root, first, , second] = tiles;
    expect([root?.width, root?.height]).toEqual([400, 300]);
    const area = (tile: (typeof tiles)[number] | undefined): number => (tile ? tile.width * tile.height : 0);
    expect(area(first) / area(second)).toBeCloseTo(2);
    expect(area(first) / (396 * 280)).toBeCloseTo(0.6);
  });
});

it("the models of a trace stand by what went to each, the run above them not counted twice", () => {
  const columns = {
    strings: ["gpt-4o-mini", "gpt-4o", "acme"],
    run_type: ["chain", "llm", "llm", "llm", "llm"] as const,
    parent: [-1, 0, 0, 0, 3],
    model: [0, 0, 1, 2, 1],
    usage_counted: [true, true, true, true, true],
    input_tokens: [null, 10, 20, 900, 5],
    output_tokens: [null, 1, 2, 9, 1],
    total_cost: ["0.4", "0.1", "0.2", "0.1", "0.1"],
  };
  expect(modelsOf({ ...columns, run_type: [...columns.run_type] })).toEqual([
    { model: "gpt-4o", calls: 2, cost: 0.30000000000000004, tokens: 28 },
    { model: "gpt-4o-mini", calls: 1, cost: 0.1, tokens: 11 },
    { model: "acme", calls: 1, cost: 0, tokens: 909 },
  ]);
});

it("exact numbers get the decimals of the longest, so that their points stand below each other", () => {
  expect(alignedDecimals(["1.500676725", null, "12.5", "3"])).toEqual(["1.500676725", null, "12.500000000", "3.000000000"]);
  expect(alignedDecimals(["10", "2"])).toEqual(["10", "2"]);
});
