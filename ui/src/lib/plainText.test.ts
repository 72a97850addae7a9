import { describe, expect, it } from "vitest";
import { beginningOf, looksLikeJson, looksLikeMarkdown, readForms } from "./plainText";

describe("what a text is taken for", () => {
  it("is Markdown where it has marks of it", () => {
    for (const text of ["# Title\nwords", "- one\n- two", "1. one\n2. two", "see [this](https://x)", "**bold**", "```js\n1\n```", "| a | b |\n| - | - |\n| 1 | 2 |", "use `x`"]) {
      expect(looksLikeMarkdown(text), text).toBe(true);
    }
  });
  it("is plain where marks may be there by chance", () => {
    for (const text of ["hello", "2 * 3 * 4", "- only one", "a_b_c", "#hashtag", "x | y", "Issue #1 is [open]"]) expect(looksLikeMarkdown(text), text).toBe(false);
  });
  it("is JSON where it is whole", () => {
    expect([looksLikeJson('{"a":1}'), looksLikeJson(" [1, 2] "), looksLikeJson("{a}"), looksLikeJson("12")]).toEqual([true, true, false, false]);
  });
});

describe("long texts", () => {
  it("are folded at a line, and short ones are not", () => {
    expect(beginningOf("short\n".repeat(20))).toBeNull();
    const lines = Array.from({ length: 100 }, (_, at) => `line ${at}`).join("\n");
    expect(beginningOf(lines)?.split("\n")).toHaveLength(20);
    expect(beginningOf("x".repeat(5_000))).toHaveLength(1_500);
  });
  it("never end within a pair of surrogates", () => {
    expect(beginningOf("x" + "😀".repeat(3_000))?.endsWith("\uD83D")).toBe(false);
  });
});

describe("forms", () => {
  it("are read from whatever was stored", () => {
    expect([readForms({ ai: "text", human: "markdown", system: "auto", thought: "<b>", other: "text" }), readForms(null), readForms("ai"), readForms([1])]).toEqual([{ ai: "text", human: "markdown" }, {}, {}, {}]);
  });
});
