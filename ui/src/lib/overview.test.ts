import { describe, expect, it } from "vitest";
import type { RunStatus } from "../contract/contract";
import { overview } from "./overview";

type Run = readonly [depth: number, start: number | null, duration: number | null, status?: RunStatus];

/** The lanes as pictures: `.` nothing, `#` a run, `!` a failed one. */
function draw(runs: readonly Run[], lanes = 2): string[] {
  const columns = {
    depth: runs.map(([depth]) => depth),
    start_offset: runs.map(([, start]) => start),
    duration: runs.map(([, , duration]) => duration),
    status: runs.map(([, , , status = "success"]) => status),
  };
  const cells = overview(columns, 100, 10, lanes);
  return Array.from({ length: lanes }, (_, lane) => Array.from(cells.slice(lane * 10, lane * 10 + 10), (cell) => ".#!"[cell]).join(""));
}

describe("overview", () => {
  it("draws runs in the lane of their depth", () => expect(draw([[0, 0, 100], [1, 20, 30]])).toEqual(["##########", "..###....."]));
  it("lets a failure be seen through whatever lies on it", () => expect(draw([[0, 0, 100], [0, 40, 10, "error"], [0, 0, 100]])[0]).toBe("####!#####"));
  it("gives the shortest run a cell", () => expect(draw([[0, 100, 0]])[0]).toBe(".........#"));
  it("draws a run without end to the end", () => expect(draw([[0, 70, null, "pending"]])[0]).toBe(".......###"));
  it("puts the deepest together and leaves out what has no start", () => expect(draw([[7, 0, 10], [9, 50, 10], [0, null, null]])).toEqual(["..........", "#....#...."]));
});
