import { describe, expect, it } from "vitest";
import { changedFields, remapSummary, reportText } from "./remap";

const report = (runs: number, changed: number, fields: [string, number][] = []) => ({ runs, changed, fields: fields.map(([name, count]) => ({ name, runs: count })) });

describe("what reading again came to", () => {
  it("is said in a sentence", () => {
    expect(remapSummary(report(0, 0))).toBe("There was nothing to read.");
    expect(remapSummary(report(1, 0))).toBe("1 run read, none of them changed.");
    expect(remapSummary(report(12_000, 1_500))).toBe("12,000 runs read, 1,500 changed.");
  });

  it("lists fields by how often they changed, with the names of the panel", () => {
    const changed = changedFields(report(9, 5, [["cost", 1], ["model", 3], ["brand_new", 1]]));
    expect(changed).toEqual([
      { name: "Model", runs: 3 },
      { name: "brand_new", runs: 1 },
      { name: "Cost", runs: 1 },
    ]);
  });

  it("can be pasted", () => {
    expect(reportText(report(2, 1, [["usage", 1]]))).toBe("2 runs read, 1 changed.\nTokens\t1");
  });
});
