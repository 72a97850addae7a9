import { describe, expect, it } from "vitest";
import type { RunStatus, RunType } from "../contract/contract";
import { ancestors, collapseSame, expandableSiblings, failedRows, nextLargest, nextNamed, nextRow, siblingOf, treeShape, visibleRows } from "./tree";

// 0 root
//   1 plumbing
//     2 llm
//       3 tool
//   4 tool
// 5 second root
const statuses = (...failed: number[]): RunStatus[] => [0, 1, 2, 3, 4, 5].map((row) => (failed.includes(row) ? "error" : "success"));
const columns = { parent: [-1, 0, 1, 2, 0, -1], key_run: [true, false, true, true, true, true], status: statuses() };
const descendants = [4, 2, 1, 0, 0, 0];

describe("treeShape", () => {
  it("moves children of hidden runs to the nearest shown ancestor", () => {
    const shape = treeShape(columns, "key");
    expect(shape.hidden).toBe(1);
    expect(shape.parent[2]).toBe(0);
    expect(shape.depth[2]).toBe(1);
    expect(shape.depth[3]).toBe(2);
    expect(shape.children[0]).toBe(2);
    expect(shape.place[4]).toBe(2);
    expect(shape.tops).toBe(2);
  });
  it("shows a pinned run although it is plumbing", () => {
    expect(treeShape(columns, "key", 1).hidden).toBe(0);
  });
  it("shows what failed with everything above it, plumbing too", () => {
    const failed = { ...columns, status: statuses(2) };
    expect([...failedRows(failed)]).toEqual([1, 1, 1, 0, 0, 0]);
    const shape = treeShape(failed, "errors");
    expect([...shape.shown]).toEqual([1, 1, 1, 0, 0, 0]);
    expect(shape.hidden).toBe(3);
    expect([...treeShape(failed, "errors", 4).shown]).toEqual([1, 1, 1, 0, 1, 0]);
    expect(treeShape(columns, "errors").hidden).toBe(6);
  });
  it("keeps the tree as sent when all are shown", () => {
    expect([...treeShape(columns, "all").depth]).toEqual([0, 1, 2, 3, 1, 0]);
  });
});

describe("visibleRows", () => {
  it("leaves out what is folded", () => {
    const shape = treeShape(columns, "key");
    expect([...visibleRows(shape, descendants, new Set()).rows]).toEqual([0, 2, 3, 4, 5]);
    const folded = visibleRows(shape, descendants, new Set([2]));
    expect([...folded.rows]).toEqual([0, 2, 4, 5]);
    expect(folded.index[3]).toBe(-1);
    expect(folded.index[4]).toBe(2);
  });
  it("ignores the fold of a hidden run", () => {
    expect([...visibleRows(treeShape(columns, "key"), descendants, new Set([1])).rows]).toEqual([0, 2, 3, 4, 5]);
  });
  it("is quick with 100,000 runs", () => {
    const count = 100_000;
    const wide = { parent: Array.from({ length: count }, (_, i) => i - 1), key_run: Array.from({ length: count }, () => true), status: [] };
    const started = performance.now();
    const shape = treeShape(wide, "key");
    const rows = visibleRows(shape, Array.from({ length: count }, (_, i) => count - 1 - i), new Set());
    expect(rows.rows.length).toBe(count);
    expect(performance.now() - started).toBeLessThan(500);
  });
});

describe("walking", () => {
  it("names the ancestors to unfold", () => expect(ancestors(treeShape(columns, "key"), 3)).toEqual([2, 0]));
  it("finds siblings with children", () => expect(expandableSiblings(treeShape(columns, "key"), 4)).toEqual([2]));
  it("goes to the next and the previous sibling, and no further", () => {
    const shape = treeShape(columns, "key");
    expect(siblingOf(shape, 2, 1)).toBe(4);
    expect(siblingOf(shape, 4, -1)).toBe(2);
    expect(siblingOf(shape, 4, 1)).toBe(-1);
    expect(siblingOf(shape, 0, 1)).toBe(5);
  });
  it("walks the runs without children from the largest value down, going round", () => {
    const shape = treeShape(columns, "all");
    const values = [900, 800, 700, 5, 30, 0];
    const value = (row: number): number => values[row] ?? 0;
    expect(nextLargest(shape, 0, value)).toBe(4);
    expect(nextLargest(shape, 4, value)).toBe(3);
    expect(nextLargest(shape, 3, value)).toBe(4);
    expect(nextLargest(shape, 0, () => 0)).toBe(-1);
  });
  it("goes round", () => {
    expect(nextRow(6, 4, 1, (row) => row === 2)).toBe(2);
    expect(nextRow(6, 2, -1, (row) => row === 4)).toBe(4);
    expect(nextRow(6, -1, 1, (row) => row === 0)).toBe(0);
    expect(nextRow(6, 2, 1, () => false)).toBe(-1);
  });
});

describe("nextNamed", () => {
  const named = { strings: ["agent", "Get weather", "get time"], name: [0, 1, 2, 1] };
  const rows = Int32Array.of(0, 1, 2, 3);
  it("moves on by one letter, going round", () => {
    expect(nextNamed(named, rows, 1, "g")).toBe(2);
    expect(nextNamed(named, rows, 3, "g")).toBe(1);
  });
  it("stays while more letters fit", () => {
    expect(nextNamed(named, rows, 1, "get w")).toBe(1);
    expect(nextNamed(named, rows, 1, "get t")).toBe(2);
  });
  it("finds nothing where nothing begins so", () => expect(nextNamed(named, rows, 0, "x")).toBe(-1));
  it("looks at visible rows only", () => expect(nextNamed(named, Int32Array.of(0, 3), 0, "get")).toBe(3));
});

describe("neighbours of one name", () => {
  const calls = {
    parent: [-1, 0, 0, 0, 0, 0],
    key_run: [true, true, true, true, true, true],
    status: ["success", "success", "success", "success", "error", "success"] as RunStatus[],
    name: [0, 1, 1, 1, 1, 2],
    run_type: ["chain", "tool", "tool", "tool", "tool", "tool"] as RunType[],
    duration: [10, 1, 2, 3, 4, 5],
  };
  const shape = treeShape(calls, "all");

  it("stand as one row, but for failed ones", () => {
    const { shape: less, groups } = collapseSame(calls, shape, 0, new Set());
    expect([...less.shown]).toEqual([1, 1, 0, 0, 1, 1]);
    expect(groups.get(1)).toEqual({ count: 3, sum: 6, longest: 3 });
    expect(less.children[0]).toBe(3);
  });

  it("come back when the row is opened", () => {
    expect([...collapseSame(calls, shape, 0, new Set([1])).shape.shown]).toEqual([1, 1, 1, 1, 1, 1]);
  });
});

describe("a run as root", () => {
  it("shows the run and what is below it", () => {
    const calls = { parent: [-1, 0, 1, 0], key_run: [true, false, true, true], status: ["success", "success", "success", "success"] as RunStatus[] };
    const shape = treeShape(calls, "key", -1, { first: 1, last: 2 });
    expect([...shape.shown]).toEqual([0, 1, 1, 0]);
    expect([shape.tops, shape.depth[1], shape.depth[2]]).toEqual([1, 0, 1]);
  });
});
