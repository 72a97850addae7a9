import { describe, expect, it } from "vitest";
import { criticalPath } from "./critical";

/** Rows as [parent, start, duration, type]. */
function trace(...rows: (readonly [number, number | null, number | null, "chain" | "llm" | "tool"])[]) {
  const descendants = rows.map(() => 0);
  for (let row = rows.length - 1; row > 0; row -= 1) {
    const above = rows[row]?.[0] ?? -1;
    if (above >= 0) descendants[above] = (descendants[above] ?? 0) + (descendants[row] ?? 0) + 1;
  }
  return { parent: rows.map(([parent]) => parent), descendants, start_offset: rows.map(([, start]) => start), duration: rows.map(([, , duration]) => duration), run_type: rows.map(([, , , type]) => type) };
}

describe("the critical path", () => {
  it("goes back from the end by what ended last", () => {
    const columns = trace([-1, 0, 100, "chain"], [0, 0, 40, "llm"], [0, 45, 20, "tool"], [0, 45, 50, "tool"]);
    const { rows, share, total } = criticalPath(columns, 0);
    expect([...rows]).toEqual([1, 1, 0, 1]);
    expect(Object.fromEntries(share)).toEqual({ chain: 10, llm: 40, tool: 50 });
    expect(total).toBe(100);
  });

  it("is that of the run that is the root, and copes with runs without times", () => {
    const columns = trace([-1, 0, null, "chain"], [0, 10, 20, "chain"], [1, 12, 10, "llm"], [1, null, null, "tool"]);
    expect([...criticalPath(columns, 0).rows]).toEqual([0, 0, 0, 0]);
    expect([...criticalPath(columns, 1).rows]).toEqual([0, 1, 1, 0]);
    expect(criticalPath(columns, 1).total).toBe(20);
  });

  it("takes 100,000 runs in its stride", () => {
    const rows = Array.from({ length: 100_000 }, (_, row) => [row === 0 ? -1 : 0, row, row === 0 ? 200_000 : 1, "tool"] as const);
    expect(criticalPath(trace(...rows), 0).total).toBe(200_000);
  });
});
