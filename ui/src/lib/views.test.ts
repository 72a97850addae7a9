import { describe, expect, it } from "vitest";
import { readView, readViews, writeView, writeViews } from "./views";

const ARRANGEMENT = { shown: ["name", "cost"], widths: { cost: 90 }, density: "roomy" } as const;

describe("saved views", () => {
  it("hold filter, order, columns and density", () => {
    const text = writeView("traces", { q: "status:error", sort: "cost", asc: true, saved: "x" }, ARRANGEMENT);
    expect(readView(text)).toEqual({ scope: "traces", search: { asc: "true", q: "status:error", sort: "cost" }, arrangement: ARRANGEMENT });
    expect(writeView("traces", { asc: true, sort: "cost", q: "status:error" }, ARRANGEMENT)).toBe(text);
  });

  it("go through a file and come back", () => {
    const view = { name: "Costly", definition: writeView("runs", { q: "total_cost:>1" }, ARRANGEMENT), pinned: true };
    expect(readViews(writeViews([view]))).toEqual([view]);
    for (const text of ["", "{}", '{"tracemark_views": []}', '{"tracemark_views": [null, {"name": "x", "definition": 3}]}']) expect(readViews(text)).toBeNull();
    expect(readView('{"scope": "pages", "search": {}, "arrangement": {}}')).toBeNull();
  });
});
