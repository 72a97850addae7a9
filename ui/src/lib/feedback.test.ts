import { describe, expect, it } from "vitest";
import type { FeedbackRow, KnownKey } from "../contract/contract";
import { controlOf, draftOf, saidOf, scoreBeside, valueText, withHistory, type Draft } from "./feedback";

const row = (more: Partial<FeedbackRow>): FeedbackRow => ({
  id: "a",
  key: "k",
  run_id: null,
  trace_id: null,
  thread: null,
  score: null,
  value: null,
  comment: null,
  correction: null,
  source: "app",
  reviewer: null,
  reviewer_name: null,
  error: false,
  message: null,
  created: null,
  modified: null,
  retracted: null,
  supersedes: null,
  ...more,
});
const known: KnownKey = { key: "k", key_type: "continuous", min: 0, max: 1, categories: [] };
const draft = (more: Partial<Draft>): Draft => ({ key: "k", control: "boolean", value: "", comment: "", ...more });

describe("what feedback says", () => {
  it.each([
    [{ value: "true", score: 1 }, "Yes", null],
    [{ value: '"Fail"', score: 0 }, "Fail", "0"],
    [{ score: 0.25 }, "0.25", null],
    [{ value: '["a","b"]' }, "a, b", null],
    [{ value: '{"x":1}' }, '{"x":1}', null],
    [{ comment: "only words" }, null, null],
  ])("%j", (said, text, beside) => {
    expect([valueText(row(said)), scoreBeside(row(said))]).toEqual([text, beside]);
  });
});

describe("what a control says", () => {
  it.each([
    [draft({ value: "false" }), { value: "false", comment: null }],
    [draft({ control: "continuous", value: "0.5", comment: "so so" }), { score: 0.5, comment: "so so" }],
    [draft({ control: "continuous", value: "2" }), "The most is 1"],
    [draft({ control: "continuous", value: "x" }), "This is not a number"],
    [draft({ control: "categorical", value: "Fail" }), { value: '"Fail"', comment: null }],
    [draft({ comment: "words" }), { comment: "words" }],
    [draft({}), "Choose a value or write a comment"],
    [draft({ key: " " }), "Name what you judge"],
  ])("%j", (said, expected) => {
    expect(saidOf(said, known)).toEqual(expected);
  });
  it("comes back for editing", () => {
    const said = row({ value: '"Fail"', score: 0, comment: "why" });
    expect(draftOf(said, undefined)).toEqual({ key: "k", control: "categorical", value: "Fail", comment: "why" });
    expect(controlOf(known, "boolean")).toBe("continuous");
  });
});

describe("history", () => {
  it("stands behind what replaced it, and what was taken back stays in sight", () => {
    const rows = [row({ id: "c", supersedes: "b" }), row({ id: "b", supersedes: "a" }), row({ id: "a" }), row({ id: "x", retracted: "1" })];
    expect(withHistory(rows).map(({ row: { id }, before }) => [id, before.map((old) => old.id)])).toEqual([
      ["c", ["b", "a"]],
      ["x", []],
    ]);
  });
  it("ends in a circle", () => {
    expect(withHistory([row({ id: "a", supersedes: "a" })])).toEqual([]);
  });
});
