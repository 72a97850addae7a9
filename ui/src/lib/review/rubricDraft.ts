/** A rubric while it is written: questions with the meaning of their keys, presets, and what cannot be. */
import type { FeedbackKey, KeyType, QueueDetail, RubricItem, SaveFeedbackKey } from "../../contract/contract";

/** One question while it is written. */
export interface DraftKey {
  /** Tells questions apart while their names are typed. */
  readonly id: string;
  readonly item: RubricItem;
  readonly key: FeedbackKey;
}

export const TYPE_NAMES: Readonly<Record<KeyType, string>> = {
  boolean: "Yes or no",
  categorical: "One of several",
  multi_categorical: "Any of several",
  continuous: "Number",
  freeform: "Text",
  correction: "Correction",
  assertions: "Assertions",
  tags: "Tags",
  run_picker: "Run that failed first",
};

export interface Preset {
  readonly name: string;
  readonly key: FeedbackKey;
}

export const BARE: Omit<FeedbackKey, "key" | "key_type"> = { min: null, max: null, step: null, categories: [], ordered: false, direction: "none", description: null };

export const PRESETS: readonly Preset[] = [
  { name: "Pass or fail", key: { ...BARE, key: "verdict", key_type: "categorical", direction: "higher_better", categories: [{ value: 1, label: "Pass" }, { value: 0, label: "Fail" }] } },
  { name: "1 to 5", key: { ...BARE, key: "quality", key_type: "continuous", min: 1, max: 5, step: 1, direction: "higher_better" } },
  { name: "Thumbs", key: { ...BARE, key: "thumbs", key_type: "boolean", direction: "higher_better", categories: [{ value: 1, label: "Up" }, { value: 0, label: "Down" }] } },
  { name: "Faithful or not", key: { ...BARE, key: "faithful", key_type: "boolean", direction: "higher_better", description: "Everything in the answer is supported by what the tools returned." } },
  { name: "Free note", key: { ...BARE, key: "remark", key_type: "freeform" } },
];

/** The queue for open coding: a verdict, one note and the run that went wrong (annotation-ux §18). */
export const FIRST_LOOK: readonly Preset[] = [
  { name: "", key: { ...BARE, key: "verdict", key_type: "categorical", direction: "higher_better", categories: [{ value: 1, label: "Pass", hotkey: "P" }, { value: 0, label: "Fail" }, { value: null, label: "Defer" }] } },
  { name: "", key: { ...BARE, key: "first_problem", key_type: "freeform", description: "First thing that went wrong." } },
  { name: "", key: { ...BARE, key: "first_failure", key_type: "run_picker" } },
];

/** A preset whose key is known already takes the known meaning: one key means one thing everywhere. */
export function fromPreset(preset: Preset, known: readonly FeedbackKey[], taken: readonly DraftKey[]): DraftKey {
  const free = freeName(preset.key.key, taken.map(({ key }) => key.key));
  const key = known.find((one) => one.key === free) ?? { ...preset.key, key: free };
  return { id: crypto.randomUUID(), key, item: { feedback_key: free, is_required: key.key_type !== "freeform" && key.key_type !== "run_picker", comment_policy: "optional" } };
}

function freeName(wanted: string, taken: readonly string[]): string {
  let name = wanted;
  for (let number = 2; taken.includes(name); number += 1) name = `${wanted}_${number}`;
  return name;
}

export function draftOf({ rubric, keys }: QueueDetail): DraftKey[] {
  return rubric.map((item) => ({ id: item.feedback_key, item, key: keys.find(({ key }) => key === item.feedback_key) ?? { ...BARE, key: item.feedback_key, key_type: "freeform" } }));
}

/** The rubric to save, and the keys whose meaning is new. */
export function toSave(draft: readonly DraftKey[], known: readonly FeedbackKey[]): { readonly rubric: RubricItem[]; readonly newKeys: SaveFeedbackKey[] } {
  return {
    rubric: draft.map(({ item, key }) => ({ ...item, feedback_key: key.key.trim() })),
    newKeys: draft
      .map(({ key }) => ({ key: { ...key, key: key.key.trim() } }))
      .filter(({ key }) => JSON.stringify(meaning(key)) !== JSON.stringify(meaning(known.find((one) => one.key === key.key)))),
  };
}

function meaning(key: FeedbackKey | undefined): unknown {
  return key === undefined ? null : [key.key_type, key.min, key.max, key.step, (key.categories ?? []).map(({ value = null, label = "", description = null, hotkey = null, color = null }) => [value, label, description, hotkey, color]), key.ordered ?? false, key.direction, key.description];
}

/** Letters that the review screen uses itself (annotation-ux §10.2). */
const BUILT_IN: ReadonlySet<string> = new Set(["S", "M", "N", "T", "C", "F", "A", "E", "V", "G", "L", "I", "J", "K", "D", "W", "X"]);

/** What keeps the rubric from being saved, by the id of the question. The library checks again. */
export function draftProblems(draft: readonly DraftKey[]): ReadonlyMap<string, string> {
  const problems = new Map<string, string>();
  const hotkeys = new Map<string, string>();
  for (const { id, key } of draft) {
    const problem = keyProblem(key, draft) ?? hotkeyProblem(key, hotkeys);
    if (problem !== null) problems.set(id, problem);
  }
  return problems;
}

function keyProblem({ key, key_type: type, categories = [], min, max, step }: FeedbackKey, draft: readonly DraftKey[]): string | null {
  const name = key.trim();
  if (name === "") return "Give the key a name";
  if (name === "note") return "“note” is the note on the item";
  if (draft.filter((other) => other.key.key.trim() === name).length > 1) return `There are two keys named “${name}”`;
  if (type === "categorical" || type === "multi_categorical") {
    const labels = categories.map(({ label = "" }) => label.trim());
    if (labels.length < 2) return "Needs at least two categories";
    if (labels.includes("")) return "Every category needs a label";
    if (new Set(labels).size < labels.length) return "Two categories have the same label";
    const values = categories.flatMap(({ value = null }) => (value === null ? [] : [value]));
    if (new Set(values).size < values.length) return "Two categories have the same score";
  }
  if (type === "continuous") {
    if (min !== null && max !== null && min >= max) return "The least number must be below the greatest";
    if (step !== null && step <= 0) return "Steps must be above 0";
  }
  return null;
}

function hotkeyProblem({ key, categories = [] }: FeedbackKey, taken: Map<string, string>): string | null {
  for (const { hotkey = null, label = "" } of categories) {
    if (hotkey === null || hotkey === "") continue;
    const letter = hotkey.toUpperCase();
    if (!/^[A-Z]$/.test(letter)) return `“${hotkey}” is not a letter`;
    if (BUILT_IN.has(letter)) return `${letter} is a key of the review screen`;
    const other = taken.get(letter);
    if (other !== undefined) return `${letter} already chooses “${other}”`;
    taken.set(letter, `${key}: ${label}`);
  }
  return null;
}
