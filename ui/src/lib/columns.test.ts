import { describe, expect, it } from "vitest";
import { columnsThatFit, dropColumn, gridTemplate, moveColumn, readArrangement, type Arrangement } from "./columns";

const FALLBACK: Arrangement = { shown: ["name", "cost"], widths: {}, density: "compact" };

describe("columns", () => {
  it("move one place, not beyond the ends", () => {
    expect(moveColumn(["a", "b", "c"], "b", -1)).toEqual(["b", "a", "c"]);
    expect(moveColumn(["a", "b", "c"], "c", 1)).toEqual(["a", "b", "c"]);
    expect(dropColumn(["a", "b", "c"], "a", "c")).toEqual(["b", "c", "a"]);
    expect(dropColumn(["a", "b", "c"], "c", "a")).toEqual(["c", "a", "b"]);
  });

  it("come back as they were kept, and as by default when that is nonsense", () => {
    expect(readArrangement({ shown: ["cost", "cost", 7, "name"], widths: { cost: 4, name: "x" }, density: "roomy" }, FALLBACK)).toEqual({
      shown: ["cost", "name"],
      widths: { cost: 48 },
      density: "roomy",
    });
    for (const raw of [null, 3, "x", {}, { shown: [] }]) expect(readArrangement(raw, FALLBACK)).toEqual(FALLBACK);
  });

  it("leave in their order where there is little room", () => {
    const columns = [
      { id: "name", least: 100, grow: 1 },
      { id: "input", least: 100, grow: 1, leaves: 1 },
      { id: "output", least: 100, grow: 1, leaves: 2 },
    ];
    const ids = (room: number, chosen = false) => columnsThatFit(columns, room, chosen).map(({ id }) => id);
    expect(ids(300)).toEqual(["name", "input", "output"]);
    expect(ids(250)).toEqual(["name", "input"]);
    expect(ids(50)).toEqual(["name"]);
    expect(ids(50, true)).toEqual(["name", "input", "output"]);
    expect(gridTemplate(columns, { input: 120 })).toBe("minmax(100px, 1fr) 120px minmax(100px, 1fr)");
  });
});
