import { describe, expect, it } from "vitest";
import type { Project, Source } from "../contract/contract";
import { matchingSources, shownProjects, shownSources } from "./places";

function source(id: number, change: Partial<Source> = {}): Source {
  return { id, kind: "file", label: `file ${id}.jsonl`, path: `/data/file ${id}.jsonl`, watching: false, bytes: 1, runs: 1, rejected: 0, warnings: 0, ...change } as Source;
}

const files = Array.from({ length: 20 }, (_, index) => source(index + 1));
const projects = Array.from({ length: 20 }, (_, index) => ({ name: `p${index}`, traces: 1, last_activity: index === 15 ? null : `${1_764_000_000 + ((index * 7) % 20)}000000000` }) as Project);
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

it("projects of the sidebar are those used last and the current one, in the order of the list", () => {
  expect(names()).toEqual(["p2", "p5", "p8", "p11", "p14", "p16", "p17", "p19"]);
  expect(names("p5")).toEqual(names());
  expect(names("p15")).toEqual(["p2", "p5", "p8", "p11", "p14", "p15", "p17", "p19"]);
});
