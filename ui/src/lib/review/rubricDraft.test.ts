import { describe, expect, it } from "vitest";
import { draftProblems, fromPreset, PRESETS, toSave, type DraftKey } from "./rubricDraft";

const [verdict, quality] = PRESETS;
const drawn = (...presets: (typeof PRESETS)[number][]): DraftKey[] => presets.reduce<DraftKey[]>((draft, preset) => [...draft, fromPreset(preset, [], draft)], []);
const problems = (draft: readonly DraftKey[]): string[] => [...draftProblems(draft).values()];

describe("presets", () => {
  it("get a name of their own", () => {
    if (!verdict) throw new Error("no preset");
    expect(drawn(verdict, verdict).map(({ key }) => key.key)).toEqual(["verdict", "verdict_2"]);
  });
  it("are saved with their meaning, unless it is known", () => {
    if (!verdict || !quality) throw new Error("no preset");
    const draft = drawn(verdict, quality);
    const { rubric, newKeys } = toSave(draft, [verdict.key]);
    expect(rubric.map((item) => item.feedback_key)).toEqual(["verdict", "quality"]);
    expect(newKeys.map(({ key }) => key.key)).toEqual(["quality"]);
  });
});

const withKey = (changes: Partial<DraftKey["key"]>): DraftKey[] => drawn(...PRESETS.slice(0, 1)).map((one) => ({ ...one, key: { ...one.key, ...changes } }));

describe("problems", () => {
  it("are told one a key", () => {
    expect(problems(drawn(...PRESETS))).toEqual([]);
    expect(problems(withKey({ key: " " }))).toEqual(["Give the key a name"]);
    expect(problems(withKey({ categories: [{ label: "Pass" }] }))).toEqual(["Needs at least two categories"]);
    expect(problems(withKey({ categories: [{ label: "A" }, { label: "A" }] }))).toEqual(["Two categories have the same label"]);
    expect(problems(withKey({ key_type: "continuous", categories: [], min: 5, max: 1 }))).toEqual(["The least number must be below the greatest"]);
  });
  it("are letters that mean something else", () => {
    expect(problems(withKey({ categories: [{ label: "Skip", hotkey: "s" }, { label: "Pass", hotkey: "p" }] }))).toEqual(["S is a key of the review screen"]);
    expect(problems(withKey({ categories: [{ label: "One", hotkey: "p" }, { label: "Two", hotkey: "P" }] }))).toEqual(["P already chooses “verdict: One”"]);
  });
});
