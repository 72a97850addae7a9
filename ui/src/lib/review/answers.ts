/** Rubrics and answers between the contract, which says what each answer is, and the sheet, which is filled in. */
import type { Answer as WireAnswer, AnswerValue as WireValue, GivenAnswer, QueueDetail, RubricItem, Winner } from "../../contract/contract";
import { isAnswered, type Answer, type Answers, type AnswerValue, type RubricKey } from "./rubric";
import { EMPTY_SHEET, type Sheet, type SheetAction } from "./sheet";

/** The key under which the note on an item is kept. */
export const NOTE = "note";

/** The questions of a queue with what their keys mean. A key that nobody defined is a text. */
export function rubricOf({ rubric, keys, row, settings }: QueueDetail): RubricKey[] {
  return rubric.map((item): RubricKey => {
    const known = keys.find(({ key }) => key === item.feedback_key);
    const pair = row.kind === "pairwise";
    return {
      key: item.feedback_key,
      type: pair ? "pair" : (known?.key_type ?? "freeform"),
      required: item.is_required ?? false,
      required_if: item.required_if ?? null,
      allow_na: item.allow_na ?? false,
      comment_policy: item.comment_policy ?? "optional",
      description: item.description ?? known?.description ?? null,
      level: item.level ?? "item",
      categories: pair ? pairOptions(settings.both_bad ?? false) : (known?.categories ?? []).map((category) => ({ ...category, description: meaningOf(item, category) ?? category.description ?? null })),
      min: known?.min ?? null,
      max: known?.max ?? null,
      step: known?.step ?? null,
      direction: known?.direction ?? "none",
    };
  });
}

function meaningOf({ value_descriptions: byLabel = {}, score_descriptions: byScore = {} }: RubricItem, { label = "", value = null }: { label?: string; value?: number | null }): string | undefined {
  return byLabel[label] ?? (value === null ? undefined : byScore[String(value)]);
}

function pairOptions(bothBad: boolean) {
  const options = [
    { value: null, label: "A is better", hotkey: "A" },
    { value: null, label: "B is better", hotkey: "B" },
    { value: null, label: "Equal", hotkey: "E" },
  ];
  return bothBad ? [...options, { value: null, label: "Both bad", hotkey: "X" }] : options;
}

/** What is sent: the answers of the sheet in the order of the rubric, the note, and what the sheet cannot show. */
export function toWire(rubric: readonly RubricKey[], sheet: Sheet): WireAnswer[] {
  const answers = rubric.flatMap((key): WireAnswer[] => {
    const answer = sheet.answers[key.key];
    if (!answer || (!isAnswered(answer) && answer.comment.trim() === "")) return [];
    const comment = answer.comment.trim() === "" ? null : answer.comment;
    const source = sheet.sources[key.key];
    return [{ key: key.key, anchor: sheet.anchors[key.key] ?? null, value: isAnswered(answer) ? toWireValue(key, answer) : null, comment, evidence: [...(sheet.evidence[key.key] ?? [])], ...source }];
  });
  const note: WireAnswer[] = sheet.note.trim() === "" ? [] : [{ key: NOTE, value: { type: "text", text: sheet.note } }];
  return [...answers, ...note, ...sheet.rest];
}

function toWireValue(key: RubricKey, { value, na }: Answer): WireValue | null {
  if (na) return { type: "not_applicable" };
  if (value === null) return null;
  switch (key.type) {
    case "boolean":
      return { type: "boolean", value: value === true };
    case "pair":
      return { type: "pair", winner: value as Winner, strength: null };
    case "categorical":
      return { type: "category", label: String(value) };
    case "multi_categorical":
      return { type: "categories", labels: listOf(value) };
    case "continuous":
      return { type: "number", value: Number(value) };
    case "freeform":
      return { type: "text", text: String(value) };
    case "correction":
      return { type: "correction", json: jsonOf(String(value)) };
    case "assertions":
      return { type: "assertions", assertions: listOf(value).filter((text) => text.trim() !== "").map((comment) => ({ key: assertionKey(comment), comment })) };
    case "tags":
      return { type: "tags", tags: listOf(value) };
    case "run_picker":
      return { type: "run", run_id: String(value) };
  }
}

function fromWireValue(value: WireValue): AnswerValue {
  switch (value.type) {
    case "boolean":
    case "number":
      return value.value;
    case "category":
      return value.label;
    case "categories":
      return value.labels;
    case "text":
      return value.text;
    case "correction":
      return textOf(value.json);
    case "assertions":
      return value.assertions.map(({ comment }) => comment);
    case "tags":
      return value.tags;
    case "run":
      return value.run_id;
    case "pair":
      return value.winner;
    case "not_applicable":
      return null;
  }
}

/** The sheet that answers make: what a draft or a submitted review holds. */
export function toSheet(rubric: readonly RubricKey[], answers: readonly WireAnswer[], current = 0): Sheet {
  const filled: Record<string, Answer> = {};
  const anchors: Record<string, NonNullable<WireAnswer["anchor"]>> = {};
  const evidence: Record<string, NonNullable<WireAnswer["evidence"]>> = {};
  const sources: Record<string, { from_default?: boolean; suggestion_id?: string | null }> = {};
  const rest: WireAnswer[] = [];
  let note = "";
  for (const answer of answers) {
    const known = rubric.some(({ key }) => key === answer.key);
    if (answer.key === NOTE && !known && answer.value?.type === "text") note = answer.value.text;
    // A second place of the same key, and keys of another rubric, are kept as they are.
    else if (!known || answer.key in filled) rest.push(answer);
    else {
      filled[answer.key] = { value: answer.value ? fromWireValue(answer.value) : null, na: answer.value?.type === "not_applicable", comment: answer.comment ?? "" };
      if (answer.anchor) anchors[answer.key] = answer.anchor;
      if (answer.evidence && answer.evidence.length > 0) evidence[answer.key] = answer.evidence;
      if (answer.from_default || answer.suggestion_id) sources[answer.key] = { from_default: answer.from_default ?? false, suggestion_id: answer.suggestion_id ?? null };
    }
  }
  return { ...EMPTY_SHEET, answers: filled as Answers, anchors, evidence, sources, rest: rest.filter(({ key }) => rubric.some((one) => one.key === key)), note, current: Math.min(Math.max(current, 0), Math.max(rubric.length - 1, 0)) };
}

/** What was answered, key after key, in one line. */
export function answersLine(answers: readonly WireAnswer[]): string {
  return answers.map((answer) => `${answer.key} ${answerWords(answer)}`).join(", ");
}

/** An answer of one reviewer in few words, for lists. */
export function shortAnswer({ answer }: Pick<GivenAnswer, "answer">): string {
  return answerWords(answer);
}

function answerWords({ value, comment }: WireAnswer): string {
  if (!value) return comment ?? "";
  if (value.type === "not_applicable") return "not applicable";
  if (value.type === "pair") return { a: "A", b: "B", equal: "equal", both_bad: "both bad" }[value.winner];
  if (value.type === "boolean") return value.value ? "Yes" : "No";
  const plain = fromWireValue(value);
  return Array.isArray(plain) ? plain.join(", ") : String(plain);
}

function listOf(value: AnswerValue): string[] {
  return Array.isArray(value) ? [...(value as readonly string[])] : [];
}

/** `The answer must cite a page` is named `the_answer_must_cite_a_page`. */
function assertionKey(sentence: string): string {
  const words = sentence.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.slice(0, 8).join("_") || "assertion";
}

/** A correction is JSON: what is none is a text, and a text is JSON in quotes. */
function jsonOf(text: string): string {
  try {
    JSON.parse(text);
    return text;
  } catch {
    return JSON.stringify(text);
  }
}

function textOf(json: string): string {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "string" ? value : json;
  } catch {
    return json;
  }
}

/** Takes over what was suggested; `null` where it cannot be an answer as it is. */
export function suggestionOf(given: GivenAnswer): SheetAction | null {
  const { value } = given.answer;
  if (!value || value.type === "not_applicable" || value.type === "pair") return null;
  const plain =
    value.type === "boolean" || value.type === "number"
      ? value.value
      : value.type === "category"
        ? value.label
        : value.type === "categories"
          ? value.labels
          : value.type === "text"
            ? value.text
            : value.type === "tags"
              ? value.tags
              : value.type === "run"
                ? value.run_id
                : value.type === "correction"
                  ? value.json
                  : value.assertions.map(({ comment }) => comment);
  return { type: "accept", key: given.answer.key, value: plain, suggestion: given.feedback_id };
}
