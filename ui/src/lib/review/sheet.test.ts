import { describe, expect, it } from "vitest";
import type { Condition, ConditionOp } from "../../contract/contract";
import { allowsInstantSubmit, holds, optionsOf, type RubricKey } from "./rubric";
import { EMPTY_SHEET, problemsOf, reduceSheet, requiredLeft, type Sheet, type SheetAction } from "./sheet";

const key = (name: string, more: Partial<RubricKey> = {}): RubricKey => ({
  key: name,
  type: "boolean",
  required: true,
  allow_na: false,
  comment_policy: "optional",
  categories: [],
  direction: "higher_better",
  ...more,
});
const labels = (...names: string[]) => names.map((label, value) => ({ label, value }));
const tone = key("tone", { type: "categorical", categories: labels("Poor", "Fine", "Excellent") });
const score = key("score", { type: "continuous", min: 0, max: 1, step: 0.1, required: false });

/** Acts on an empty sheet. */
function act(rubric: readonly RubricKey[], ...actions: SheetAction[]): Sheet {
  return actions.reduce((sheet, action) => reduceSheet(rubric, sheet, action), EMPTY_SHEET);
}
const digits = (...all: string[]): SheetAction[] => all.map((digit) => ({ type: "digit", digit }));
const values = (sheet: Sheet) => Object.fromEntries(Object.entries(sheet.answers).map(([name, { value, na }]) => [name, na ? "n/a" : value]));

describe("digits", () => {
  const rubric = [key("correct"), tone, key("leak", { direction: "lower_better" })];
  it("answer one key after the other", () => {
    const sheet = act(rubric, ...digits("1", "3", "2"));
    expect(values(sheet)).toEqual({ correct: true, tone: "Excellent", leak: false });
    expect(sheet.current).toBe(2);
    expect(problemsOf(rubric, sheet)).toEqual([]);
  });
  it("act on the current key, also to change an answer", () => {
    const sheet = act(rubric, ...digits("1", "3"), { type: "move", step: -1 }, ...digits("1"));
    expect(values(sheet)).toEqual({ correct: true, tone: "Poor" });
    expect(sheet.current).toBe(2);
  });
  it("do nothing where there is no such option", () => {
    expect(act(rubric, ...digits("7"))).toBe(EMPTY_SHEET);
  });
  it("reach the only choice from anywhere", () => {
    const withText = [key("note", { type: "freeform", required: false }), tone];
    expect(values(act(withText, ...digits("2")))).toEqual({ tone: "Fine" });
  });
  it("toggle where several may hold", () => {
    const many = [key("faults", { type: "multi_categorical", categories: labels("Wrong", "Rude", "Slow") })];
    expect(values(act(many, ...digits("3", "1")))).toEqual({ faults: ["Wrong", "Slow"] });
    expect(values(act(many, ...digits("3", "3")))).toEqual({ faults: null });
  });
  it("are the numbers of a short scale", () => {
    const scale = key("stars", { type: "continuous", min: 0, max: 5 });
    expect(optionsOf(scale).map(({ digit }) => digit)).toEqual(["0", "1", "2", "3", "4", "5"]);
    expect(values(act([scale], ...digits("0")))).toEqual({ stars: 0 });
  });
  it("name the tenth option 0", () => {
    const ten = key("ten", { type: "categorical", categories: labels(..."abcdefghijk") });
    expect(optionsOf(ten).map(({ digit }) => digit)).toEqual(["1", "2", "3", "4", "5", "6", "7", "8", "9", "0", null]);
  });
});

describe("moving", () => {
  it("wraps", () => {
    const rubric = [key("a"), key("b")];
    expect(act(rubric, { type: "move", step: -1 }).current).toBe(1);
    expect(act(rubric, { type: "move", step: 1 }, { type: "move", step: 1 }).current).toBe(0);
  });
});

const is = (name: string, op: ConditionOp, value: string | null): Condition => ({ type: "is", key: name, op, value });

describe("conditions", () => {
  const failure = key("failure", { type: "categorical", required: false, required_if: { type: "is", key: "correct", op: "eq", value: "false" }, categories: labels("Made up", "Incomplete") });
  const rubric = [key("correct"), failure];
  it("make keys required", () => {
    expect(problemsOf(rubric, act(rubric, ...digits("1")))).toEqual([]);
    const failed = act(rubric, ...digits("2"));
    expect(problemsOf(rubric, failed)).toEqual([{ key: "failure", rule: "An answer is required", part: "value" }]);
    expect(failed.current).toBe(1);
    expect(requiredLeft(rubric, failed.answers)).toBe(1);
  });
  it("can be joined", () => {
    const answers = { a: { value: 3, na: false, comment: "" }, b: { value: "x", na: false, comment: "" } };
    expect(holds({ type: "and", conditions: [is("a", "gte", "3"), is("b", "eq", "x")] }, answers)).toBe(true);
    expect(holds({ type: "or", conditions: [is("a", "lt", "3"), is("c", "answered", null)] }, answers)).toBe(false);
    expect(holds(is("c", "ne", "1"), answers)).toBe(true);
  });
});

describe("numbers", () => {
  const rubric = [score, key("correct")];
  it("that are out of bounds stay typed and block, wherever the focus is (annotation-ux check 7)", () => {
    const sheet = act(rubric, { type: "type-number", key: "score", text: "7" }, { type: "go", key: "correct" }, ...digits("1"));
    expect(sheet.typed).toEqual({ score: "7" });
    const problems = problemsOf(rubric, sheet);
    expect(problems).toEqual([{ key: "score", rule: "Must be between 0 and 1", part: "value" }]);
    const told = reduceSheet(rubric, sheet, { type: "problems", problems });
    expect(told.current).toBe(0);
    const mended = reduceSheet(rubric, told, { type: "type-number", key: "score", text: "0.7" });
    expect(mended.problems).toEqual([]);
    expect(values(mended)).toEqual({ score: 0.7, correct: true });
  });
  it("can be typed one character after the other", () => {
    const half = act(rubric, { type: "type-number", key: "score", text: "0." });
    expect(half.typed).toEqual({ score: "0." });
    expect(problemsOf([score], half)).toEqual([]);
    const whole = reduceSheet(rubric, half, { type: "type-number", key: "score", text: "0.7" });
    expect(whole.typed).toEqual({});
    expect(values(whole)).toEqual({ score: 0.7 });
  });
  it("go in steps", () => {
    expect(problemsOf(rubric, act(rubric, { type: "type-number", key: "score", text: "0.25" }))[0]?.rule).toBe("Must go in steps of 0.1");
    expect(values(act(rubric, { type: "step", key: "score", steps: 1 }, { type: "step", key: "score", steps: 2 }))).toEqual({ score: 0.2 });
    expect(values(act(rubric, { type: "step", key: "score", steps: -1 }, { type: "step", key: "score", steps: 10 }))).toEqual({ score: 1 });
  });
});

describe("comments", () => {
  it("are asked for where an answer is bad, and then the key stays current", () => {
    const rubric = [key("correct", { comment_policy: "required_if_negative" }), tone];
    expect(act(rubric, ...digits("1")).current).toBe(1);
    const bad = act(rubric, ...digits("2"));
    expect(bad.current).toBe(0);
    expect(problemsOf(rubric, bad)[0]).toEqual({ key: "correct", rule: "A comment is required with this answer", part: "comment" });
    const said = reduceSheet(rubric, bad, { type: "comment", key: "correct", text: "cites nothing" });
    expect(problemsOf(rubric, said)).toEqual([{ key: "tone", rule: "An answer is required", part: "value" }]);
  });
});

describe("not applicable", () => {
  it("is an answer where it is allowed", () => {
    const rubric = [key("leak", { allow_na: true }), key("other")];
    const sheet = act(rubric, { type: "na" });
    expect(values(sheet)).toEqual({ leak: "n/a" });
    expect(sheet.current).toBe(1);
    expect(problemsOf(rubric, sheet).map((problem) => problem.key)).toEqual(["other"]);
    expect(act([key("strict")], { type: "na" })).toBe(EMPTY_SHEET);
  });
  it("gives way to an answer, and to nothing", () => {
    const rubric = [key("leak", { allow_na: true })];
    expect(values(act(rubric, { type: "na" }, ...digits("2")))).toEqual({ leak: false });
    expect(values(act(rubric, { type: "na" }, { type: "clear" }))).toEqual({ leak: null });
  });
});

describe("instant submit", () => {
  it("needs one choice and nothing else that is required", () => {
    expect(allowsInstantSubmit([tone])).toBe(true);
    expect(allowsInstantSubmit([tone, key("note", { type: "freeform", required: false })])).toBe(true);
    expect(allowsInstantSubmit([tone, key("note", { type: "freeform" })])).toBe(false);
    expect(allowsInstantSubmit([tone, key("correct")])).toBe(false);
  });
});
