import { describe, expect, it } from "vitest";
import { clauseOf, complete, hasClause, partsOf, toggleClause, typedAt } from "./searchText";

describe("clauses", () => {
  it("puts values in quotes where the language needs them", () => {
    expect(clauseOf("model", "gpt-4.1")).toBe("model:gpt-4.1");
    expect(clauseOf("name", "Ask the \"clerk\"")).toBe('name:"Ask the \\"clerk\\""');
    expect(clauseOf("metadata.env", "prod")).toBe("metadata.env:prod");
    expect(clauseOf("metadata.a b", "x")).toBe('metadata."a b":x');
    expect(clauseOf("feedback", "quality")).toBe("feedback.quality:*");
    expect(clauseOf("name", "OR")).toBe('name:"OR"');
  });

  it("parts a text outside of quotes and brackets", () => {
    expect(partsOf('a:"b c"  (d OR e) f:[1 TO 2]').map(({ text }) => text)).toEqual(['a:"b c"', "(d OR e)", "f:[1 TO 2]"]);
  });

  it("puts a condition in and takes it out", () => {
    const once = toggleClause("refund", "status:error", false);
    expect(once).toBe("refund status:error");
    expect(toggleClause(once, "status:error", false)).toBe("refund");
    expect(toggleClause(once, "status:error", true)).toBe("refund -status:error");
    expect(toggleClause("a OR b", "status:error", false)).toBe("(a OR b) status:error");
    expect(hasClause("-status:error", "status:error")).toBe(false);
  });
});

describe("completing", () => {
  it("knows what is typed", () => {
    expect(typedAt("refund sta", 10)).toMatchObject({ field: null, text: "sta", start: 7 });
    expect(typedAt("-status:er x", 10)).toMatchObject({ field: "status", text: "er", negated: true });
    expect(typedAt("a ", 2)).toMatchObject({ field: null, text: "", start: 2, end: 2 });
  });

  it("puts the choice where it was typed", () => {
    expect(complete("refund sta more", typedAt("refund sta more", 10), "status:")).toEqual({ text: "refund status: more", caret: 14 });
    expect(complete("-status:er", typedAt("-status:er", 10), "status:error")).toEqual({ text: "-status:error ", caret: 14 });
  });
});
