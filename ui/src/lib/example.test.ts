import { describe, expect, it } from "vitest";
import { draftOf, offsetAt, splitsOf, textOf } from "./example";

describe("the text of an example", () => {
  it("has outputs only where something stands there", () => {
    expect(textOf({ inputs: "{}", outputs: " ", metadata: "", splits: "" })).toEqual({ inputs: "{}", outputs: null, metadata: "{}" });
    expect(draftOf({ inputs: "{}", outputs: null, metadata: "{}", splits: ["a", "b"] })).toEqual({ inputs: "{}", outputs: "", metadata: "{}", splits: "a, b" });
  });

  it("names each split once", () => {
    expect(splitsOf(" train, ,test,train ")).toEqual(["train", "test"]);
  });

  it("has places by line and column, also behind characters of two units", () => {
    expect(offsetAt("ab\ncd", { line: 2, column: 2 })).toBe(4);
    expect(offsetAt("\u{1F600}x", { line: 1, column: 2 })).toBe(2);
    expect(offsetAt("a", { line: 9, column: 9 })).toBe(1);
  });
});
