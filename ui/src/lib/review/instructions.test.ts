import { describe, expect, it } from "vitest";
import { hasInstructions, headLine } from "./instructions";

describe("headLine", () => {
  it("is the first line that says something", () => {
    expect(headLine("# Judge\n\nJudge the *final* answer only.\n\nMore.")).toBe("Judge the final answer only.");
    expect(headLine("---\n- `tone` counts")).toBe("tone counts");
  });
  it("is a heading where there is nothing else", () => {
    expect(headLine("## Judge the answer")).toBe("Judge the answer");
  });
  it("is none without instructions", () => {
    expect(headLine(null)).toBeNull();
    expect(headLine(" \n ")).toBeNull();
    expect(hasInstructions(" \n ")).toBe(false);
  });
});
