import { describe, expect, it } from "vitest";
import type { Answer, QueueDetail } from "../../contract/contract";
import { rubricOf, toSheet, toWire } from "./answers";
import { reduceSheet } from "./sheet";

const queue = {
  row: { kind: "single" },
  settings: {},
  rubric: [
    { feedback_key: "correct", is_required: true, value_descriptions: { Wrong: "contradicts a tool" } },
    { feedback_key: "stars" },
    { feedback_key: "better" },
    { feedback_key: "unknown" },
  ],
  keys: [
    { key: "correct", key_type: "categorical", categories: [{ value: 0, label: "Wrong" }, { value: 1, label: "Right" }], min: null, max: null, step: null, direction: "higher_better", description: "Facts match" },
    { key: "stars", key_type: "continuous", min: 1, max: 5, step: 1, direction: "higher_better", description: null },
    { key: "better", key_type: "correction", min: null, max: null, step: null, direction: "none", description: null },
  ],
} as unknown as QueueDetail;
const rubric = rubricOf(queue);

describe("rubricOf", () => {
  it("joins questions with what their keys mean", () => {
    expect(rubric.map(({ key, type }) => [key, type])).toEqual([["correct", "categorical"], ["stars", "continuous"], ["better", "correction"], ["unknown", "freeform"]]);
    expect(rubric[0]?.categories[0]?.description).toBe("contradicts a tool");
    expect(rubric[0]?.description).toBe("Facts match");
  });
  it("asks which side is better in a pairwise queue", () => {
    const pairs = rubricOf({ ...queue, row: { kind: "pairwise" }, settings: { both_bad: true } } as unknown as QueueDetail);
    const sheet = reduceSheet(pairs, toSheet(pairs, []), { type: "digit", digit: "4" });
    expect(toWire(pairs, sheet)[0]?.value).toEqual({ type: "pair", winner: "both_bad", strength: null });
  });
});

describe("answers", () => {
  const given: Answer[] = [
    { key: "correct", anchor: null, value: { type: "category", label: "Right" }, comment: "cites p. 3", evidence: [] },
    { key: "stars", anchor: null, value: { type: "not_applicable" }, comment: null, evidence: [] },
    { key: "better", anchor: null, value: { type: "correction", json: '"It rains."' }, comment: null, evidence: [] },
    { key: "note", value: { type: "text", text: "again later" } },
  ];
  it("come back as they were", () => expect(toWire(rubric, toSheet(rubric, given))).toEqual(given));
  it("of a draft show texts without their quotes", () => expect(toSheet(rubric, given).answers["better"]?.value).toBe("It rains."));
  it("at further places are kept", () => {
    const second: Answer = { key: "correct", anchor: { run: { trace_id: "t", run_id: "r" } }, value: { type: "category", label: "Wrong" } };
    expect(toWire(rubric, toSheet(rubric, [...given, second]))).toContainEqual(second);
  });
  it("that only have a comment are sent", () => {
    const sheet = reduceSheet(rubric, toSheet(rubric, []), { type: "comment", key: "correct", text: "unsure" });
    expect(toWire(rubric, sheet)).toEqual([{ key: "correct", anchor: null, value: null, comment: "unsure", evidence: [] }]);
  });
});
