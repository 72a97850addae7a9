/**
 * The answers to one item while they are given: one current key, what was chosen and typed, and what is wrong with it.
 *
 * A pure reducer, so that every rule of the keyboard can be tested without a screen.
 */
import type { Anchor, Answer as WireAnswer } from "../../contract/contract";
import { isAnswered, isCollapsed, isNegative, isRequired, isSingleChoice, keyOfDigits, numberProblem, optionsOf, type Answer, type Answers, type AnswerValue, type RubricKey } from "./rubric";

export interface Sheet {
  readonly answers: Answers;
  /** Numbers as they were typed, where that is not how they are written: half written or out of bounds. */
  readonly typed: Readonly<Record<string, string>>;
  /** Place of the current key in the rubric. */
  readonly current: number;
  readonly note: string;
  /** Where answers attach, where it is not the item. */
  readonly anchors: Readonly<Record<string, Anchor>>;
  /** Places that show an answer. */
  readonly evidence: Readonly<Record<string, readonly Anchor[]>>;
  /** Answers that were a default or a suggestion. */
  readonly sources: Readonly<Record<string, Source>>;
  /** Answers at further places of a key; the sheet keeps them and does not show them. */
  readonly rest: readonly WireAnswer[];
  readonly problems: readonly Problem[];
  /** Grows with every change of what would be submitted; 0 when there is nothing to save. */
  readonly edits: number;
}

export interface Source {
  readonly from_default?: boolean;
  readonly suggestion_id?: string | null;
}

export interface Problem {
  readonly key: string;
  /** One line that says the rule. */
  readonly rule: string;
  /** Which control has to change. */
  readonly part: "value" | "comment";
}

export type SheetAction =
  | { readonly type: "digit"; readonly digit: string }
  | { readonly type: "choose"; readonly key: string; readonly value: boolean | number | string }
  | { readonly type: "set"; readonly key: string; readonly value: AnswerValue }
  | { readonly type: "type-number"; readonly key: string; readonly text: string }
  | { readonly type: "step"; readonly key: string; readonly steps: number }
  | { readonly type: "na" }
  | { readonly type: "clear" }
  | { readonly type: "comment"; readonly key: string; readonly text: string }
  | { readonly type: "note"; readonly text: string }
  | { readonly type: "move"; readonly step: 1 | -1 }
  | { readonly type: "go"; readonly key: string }
  | { readonly type: "evidence"; readonly anchor: Anchor }
  | { readonly type: "accept"; readonly key: string; readonly value: AnswerValue; readonly suggestion: string }
  | { readonly type: "problems"; readonly problems: readonly Problem[] };

export const EMPTY_SHEET: Sheet = { answers: {}, typed: {}, current: 0, note: "", anchors: {}, evidence: {}, sources: {}, rest: [], problems: [], edits: 0 };

const NO_ANSWER: Answer = { value: null, na: false, comment: "" };

export function reduceSheet(rubric: readonly RubricKey[], sheet: Sheet, action: SheetAction): Sheet {
  switch (action.type) {
    case "digit": {
      const at = keyOfDigits(rubric, sheet.current);
      const key = rubric[at];
      const option = key && optionsOf(key).find(({ digit }) => digit === action.digit);
      return key && option ? choose(rubric, { ...sheet, current: at }, key, option.value) : sheet;
    }
    case "choose": {
      const at = rubric.findIndex(({ key }) => key === action.key);
      const key = rubric[at];
      return key ? choose(rubric, { ...sheet, current: at }, key, action.value) : sheet;
    }
    case "set":
      return withAnswer(rubric, { ...sheet, typed: without(sheet.typed, action.key) }, action.key, { value: action.value, na: false });
    case "type-number": {
      const key = rubric.find((one) => one.key === action.key);
      if (!key) return sheet;
      // What is out of bounds stays in its box; it is no answer, and it is not forgotten either.
      const bad = action.text !== "" && numberProblem(key, action.text) !== null;
      // So does what is only half written: `0.` on the way to `0.7`.
      const typed = bad || (action.text !== "" && action.text !== String(Number(action.text))) ? { ...sheet.typed, [action.key]: action.text } : without(sheet.typed, action.key);
      return withAnswer(rubric, { ...sheet, typed }, action.key, { value: bad || action.text === "" ? null : Number(action.text), na: false });
    }
    case "step": {
      const key = rubric.find((one) => one.key === action.key);
      return key ? reduceSheet(rubric, sheet, { type: "type-number", key: action.key, text: stepped(key, sheet, action.steps) }) : sheet;
    }
    case "na": {
      const key = rubric[sheet.current];
      if (!key?.allow_na) return sheet;
      const na = !(sheet.answers[key.key]?.na ?? false);
      const next = withAnswer(rubric, { ...sheet, typed: without(sheet.typed, key.key) }, key.key, { value: null, na });
      return na ? { ...next, current: nextOpen(rubric, next) } : next;
    }
    case "clear": {
      const key = rubric[sheet.current];
      return key ? withAnswer(rubric, { ...sheet, typed: without(sheet.typed, key.key) }, key.key, { value: null, na: false }) : sheet;
    }
    case "comment":
      return withAnswer(rubric, sheet, action.key, { comment: action.text });
    case "note":
      return { ...sheet, note: action.text, edits: sheet.edits + 1 };
    case "move": {
      const count = rubric.length;
      return count === 0 ? sheet : { ...sheet, current: (sheet.current + action.step + count) % count };
    }
    case "go": {
      const at = rubric.findIndex(({ key }) => key === action.key);
      return at < 0 || at === sheet.current ? sheet : { ...sheet, current: at };
    }
    case "evidence": {
      const key = rubric[sheet.current]?.key;
      if (key === undefined) return sheet;
      const known = sheet.evidence[key] ?? [];
      return { ...sheet, evidence: { ...sheet.evidence, [key]: [...known, action.anchor] }, edits: sheet.edits + 1 };
    }
    case "accept": {
      const next = withAnswer(rubric, sheet, action.key, { value: action.value, na: false });
      return { ...next, sources: { ...next.sources, [action.key]: { suggestion_id: action.suggestion } } };
    }
    case "problems": {
      const first = action.problems[0];
      const at = first ? rubric.findIndex(({ key }) => key === first.key) : -1;
      return { ...sheet, problems: action.problems, current: at < 0 ? sheet.current : at };
    }
  }
}

/** Everything that keeps the sheet from being submitted, in the order of the rubric. All keys are looked at, not only the current one. */
export function problemsOf(rubric: readonly RubricKey[], sheet: Sheet): Problem[] {
  return rubric.flatMap((key): Problem[] => {
    const answer = sheet.answers[key.key];
    const text = sheet.typed[key.key];
    const wrong = text === undefined ? null : numberProblem(key, text);
    if (wrong !== null) return [{ key: key.key, rule: wrong, part: "value" }];
    if (!answer || !isAnswered(answer)) return isRequired(key, sheet.answers) ? [{ key: key.key, rule: "An answer is required", part: "value" }] : [];
    const { comment_policy: policy } = key;
    const missing = answer.comment.trim() === "" && (policy === "required" || (policy === "required_if_negative" && isNegative(key, answer)));
    return missing ? [{ key: key.key, rule: policy === "required" ? "A comment is required" : "A comment is required with this answer", part: "comment" }] : [];
  });
}

/** Whether anything would be lost if the sheet were thrown away. */
export function isWorthKeeping(sheet: Sheet): boolean {
  return sheet.note !== "" || Object.keys(sheet.typed).length > 0 || Object.values(sheet.answers).some((answer) => isAnswered(answer) || answer.comment !== "");
}

/** Keys that still have to be answered. */
export function requiredLeft(rubric: readonly RubricKey[], answers: Answers): number {
  return rubric.filter((key) => isRequired(key, answers) && !isAnswered(answers[key.key])).length;
}

function choose(rubric: readonly RubricKey[], sheet: Sheet, key: RubricKey, value: boolean | number | string): Sheet {
  const before = sheet.answers[key.key] ?? NO_ANSWER;
  if (key.type === "multi_categorical") {
    const chosen = Array.isArray(before.value) ? (before.value as readonly string[]) : [];
    const label = String(value);
    const order = key.categories.map((category) => category.label);
    const next = chosen.includes(label) ? chosen.filter((one) => one !== label) : [...chosen, label].toSorted((a, b) => order.indexOf(a) - order.indexOf(b));
    return withAnswer(rubric, sheet, key.key, { value: next.length === 0 ? null : next, na: false });
  }
  const next = withAnswer(rubric, { ...sheet, typed: without(sheet.typed, key.key) }, key.key, { value, na: false });
  return isSingleChoice(key) ? { ...next, current: nextOpen(rubric, next) } : next;
}

/** Where to go on after an answer: the next key without one, and nowhere when there is none. */
function nextOpen(rubric: readonly RubricKey[], sheet: Sheet): number {
  const here = rubric[sheet.current];
  // A comment that is due comes before anything else.
  if (here && problemsOf([here], sheet).some(({ part }) => part === "comment")) return sheet.current;
  const order = rubric.map((_, index) => (sheet.current + 1 + index) % rubric.length);
  return order.find((index) => {
    const key = rubric[index];
    return key !== undefined && !isAnswered(sheet.answers[key.key]) && !isCollapsed(key, sheet.answers) && (index > sheet.current || isRequired(key, sheet.answers));
  }) ?? sheet.current;
}

function withAnswer(rubric: readonly RubricKey[], sheet: Sheet, key: string, changes: Partial<Answer>): Sheet {
  if (!rubric.some((one) => one.key === key)) return sheet;
  const answers = { ...sheet.answers, [key]: { ...(sheet.answers[key] ?? NO_ANSWER), ...changes } };
  // What was told to be wrong is looked at again, nothing new is complained about while answers are given.
  const still = problemsOf(rubric, { ...sheet, answers });
  const problems = sheet.problems.filter((problem) => still.some((one) => one.key === problem.key && one.part === problem.part));
  // What a person changes is no default and no suggestion any more.
  const sources = "value" in changes ? without(sheet.sources, key) : sheet.sources;
  return { ...sheet, answers, sources, problems, edits: sheet.edits + 1 };
}

function stepped(key: RubricKey, sheet: Sheet, steps: number): string {
  const by = key.step ?? (key.min !== null && key.min !== undefined && key.max !== null && key.max !== undefined ? (key.max - key.min) / 100 : 1);
  const value = sheet.answers[key.key]?.value;
  const start = typeof value === "number" ? value : steps > 0 ? (key.min ?? 0) - by : (key.max ?? 0) + by;
  const low = key.min ?? Number.NEGATIVE_INFINITY;
  const high = key.max ?? Number.POSITIVE_INFINITY;
  // Twelve digits are enough for any scale and hide what decimals cannot say.
  return String(Number(Math.min(Math.max(start + steps * by, low), high).toPrecision(12)));
}

function without<Value>(record: Readonly<Record<string, Value>>, key: string): Readonly<Record<string, Value>> {
  if (!(key in record)) return record;
  return Object.fromEntries(Object.entries(record).filter(([name]) => name !== key));
}
