import { describe, expect, it } from "vitest";
import type { Project, Source } from "../contract/contract";
import { matchingSources, shownProjects, shownSources } from "./places";

function source(id: number, change: Partial<Source> = {}): Source {
  return { id, kind: "file", label: `file ${id}.jsonl`, path: `/data/file ${id}.jsonl`, watching: false, bytes: 1, runs: 1, rejected: 0, warnings: 0, ...change } as Source;
}

const files = Array.from({ length: 20 }, (_, index) => source(index + 1));
const projects = Array.from({ length: 20 }, (_, index) => ({ name: `p${index}`, traces: 1 }) as Project);
const ids = (sources: readonly Source[]): number[] => sources.map(({ id }) => id);
const names = (current?: string): string[] => shownProjects(projects, current).map(({ name }) => name);

describe("sources of the sidebar", () => {
  it("are all, while they are few", () => {
    expect(ids(shownSources(files.slice(0, 8), undefined))).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it("are what is live or watched, what is current, and what was added last", () => {
    const mixed = [source(1, { kind: "endpoint" }), source(2), source(3, { watching: true }), ...files.slice(3)];
    expect(ids(shownSources(mixed, 5))).toEqual([1, 3, 5, 16, 17, 18, 19, 20]);
  });

  it("are found by every word of name and path", () => {
    expect(ids(matchingSources(files, "DATA 17"))).toEqual([17]);
    expect(matchingSources(files, "")).toHaveLength(20);
  });
});

it("projects of the sidebar are the first ones, and the current one in the last place", () => {
  expect(names()).toEqual(["p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7"]);
  expect(names("p3")).toEqual(names());
  expect(names("p12")).toEqual(["p0", "p1", "p2", "p3", "p4", "p5", "p6", "p12"]);
});
