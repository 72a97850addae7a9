/** What a rubric asks: which options a key has, which key press means which, when a key must be answered, what is wrong with an answer. */
import type { AnswerLevel, Category, CommentPolicy, Condition, Direction, KeyType as WireKeyType } from "../../contract/contract";

export type KeyType = WireKeyType | "pair";

export interface RubricKey {
  readonly key: string;
  readonly type: KeyType;
  readonly required: boolean;
  readonly required_if?: Condition | null;
  readonly allow_na: boolean;
  readonly comment_policy: CommentPolicy;
  readonly description?: string | null;
  readonly level?: AnswerLevel;
  readonly categories: readonly Category[];
  readonly min?: number | null;
  readonly max?: number | null;
  readonly step?: number | null;
  readonly direction: Direction;
}

/** A choice is the label of its category, a number its score, a text the text, a correction its JSON or text. */
export type AnswerValue = boolean | number | string | readonly string[] | null;

export interface Answer {
  readonly value: AnswerValue;
  /** "Not applicable", which is an answer. */
  readonly na: boolean;
  readonly comment: string;
}

export type Answers = Readonly<Record<string, Answer>>;

export interface Option {
  readonly label: string;
  readonly value: boolean | number | string;
  readonly description: string | null;
  /** The digit that chooses it; `null` beyond the tenth. */
  readonly digit: string | null;
  readonly hotkey: string | null;
}

/** Beyond this many categories they stand in a list with a filter. */
const BUTTONS_UP_TO = 10;

/** What can be chosen; empty where an answer is written and not chosen. */
export function optionsOf(key: RubricKey): readonly Option[] {
  switch (key.type) {
    case "boolean":
      return booleanOptions(key);
    case "pair":
      return key.categories.map(({ label = "", hotkey = null }, index) => ({ label, value: PAIR_VALUES[index] ?? label, description: null, hotkey, digit: digitAt(index) }));
    case "categorical":
    case "multi_categorical":
      return key.categories.map(({ label = "", description = null, hotkey = null }, index) => ({ label, value: label, description, hotkey, digit: digitAt(index) }));
    case "continuous":
      return scaleOptions(key);
    default:
      return [];
  }
}

/** What the options of a pair mean, in the order in which they stand. */
export const PAIR_VALUES = ["a", "b", "equal", "both_bad"] as const;

/** The first button is the positive one, unless the key names its two values itself. */
function booleanOptions({ categories }: RubricKey): Option[] {
  const named = (value: boolean): Category | undefined => categories.find((category) => category.value === (value ? 1 : 0));
  const order = categories.length === 2 && categories[0]?.value === 0 ? [false, true] : [true, false];
  return order.map((value, index) => {
    const category = named(value);
    return { value, label: category?.label ?? (value ? "Yes" : "No"), description: category?.description ?? null, hotkey: category?.hotkey ?? null, digit: digitAt(index) };
  });
}

/** A short scale of whole numbers is buttons; where all of them are digits, the digit is the number. */
function scaleOptions({ min, max, step, categories }: RubricKey): Option[] {
  if (min === null || min === undefined || max === null || max === undefined) return [];
  const by = step ?? 1;
  const count = Math.round((max - min) / by) + 1;
  if (!Number.isInteger(min) || !Number.isInteger(max) || !Number.isInteger(by) || by < 1 || count < 2 || count > BUTTONS_UP_TO) return [];
  const byValue = min >= 0 && max <= 9;
  return Array.from({ length: count }, (_, index) => {
    const value = min + index * by;
    const anchor = categories.find((category) => category.value === value);
    return { value, label: String(value), description: anchor?.description ?? anchor?.label ?? null, hotkey: anchor?.hotkey ?? null, digit: byValue ? String(value) : digitAt(index) };
  });
}

function digitAt(index: number): string | null {
  return index < 9 ? String(index + 1) : index === 9 ? "0" : null;
}

export function hasButtons(key: RubricKey): boolean {
  const count = optionsOf(key).length;
  return count > 0 && count <= BUTTONS_UP_TO;
}

/** Whether one option is chosen, so that an answer is complete with one key press. */
export function isSingleChoice(key: RubricKey): boolean {
  return key.type !== "multi_categorical" && optionsOf(key).length > 0;
}

/** Text is typed to answer it. */
export function isWritten(key: RubricKey): boolean {
  return key.type === "freeform" || key.type === "correction" || key.type === "assertions" || key.type === "tags" || (key.type === "continuous" && optionsOf(key).length === 0);
}

/** The one key that digits act on from anywhere: the only categorical or boolean one. */
export function keyOfDigits(rubric: readonly RubricKey[], current: number): number {
  const choices = rubric.flatMap((key, index) => (key.type === "boolean" || key.type === "categorical" || key.type === "pair" ? [index] : []));
  const only = choices.length === 1 ? choices[0] : undefined;
  const here = rubric[current];
  if (only !== undefined && (here === undefined || optionsOf(here).length === 0)) return only;
  return current;
}

/** Whether one key press may also submit: one single choice, and nothing else that must be answered. */
export function allowsInstantSubmit(rubric: readonly RubricKey[]): boolean {
  const choices = rubric.filter(isSingleChoice);
  const rest = rubric.filter((key) => !isSingleChoice(key));
  return choices.length === 1 && rest.every((key) => !key.required && !key.required_if) && !choices.some((key) => key.comment_policy === "required");
}

export function isAnswered(answer: Answer | undefined): boolean {
  if (!answer) return false;
  if (answer.na) return true;
  const { value } = answer;
  return value !== null && value !== "" && !(Array.isArray(value) && value.length === 0);
}

/** Whether a condition over other answers holds. An answer that is missing or not applicable is equal to nothing. */
export function holds(condition: Condition, answers: Answers): boolean {
  if (condition.type === "and") return condition.conditions.every((part) => holds(part, answers));
  if (condition.type === "or") return condition.conditions.some((part) => holds(part, answers));
  const { key, op, value: wanted } = condition;
  const answer = answers[key];
  if (op === "answered") return isAnswered(answer);
  if (op === "ne") return !(answer && isAnswered(answer) && !answer.na && same(answer.value, wanted));
  if (!answer || !isAnswered(answer) || answer.na) return false;
  if (op === "eq") return same(answer.value, wanted);
  const left = Number(answer.value);
  const right = Number(wanted);
  if (wanted === null || Number.isNaN(left) || Number.isNaN(right)) return false;
  return op === "lt" ? left < right : op === "lte" ? left <= right : op === "gt" ? left > right : left >= right;
}

function same(value: AnswerValue, wanted: string | null): boolean {
  if (wanted === null) return false;
  if (Array.isArray(value)) return value.some((one) => one === wanted);
  return typeof value === "number" ? value === Number(wanted) : String(value) === wanted;
}

export function isRequired(key: RubricKey, answers: Answers): boolean {
  return key.required || (key.required_if !== null && key.required_if !== undefined && holds(key.required_if, answers));
}

/** A key whose condition does not hold shrinks to a line, unless it is answered. */
export function isCollapsed(key: RubricKey, answers: Answers): boolean {
  return !key.required && key.required_if !== null && key.required_if !== undefined && !holds(key.required_if, answers) && !isAnswered(answers[key.key]);
}

/** Whether an answer is a bad one: false, the category with the worst value, a number in the worse half. */
export function isNegative(key: RubricKey, { value, na }: Answer): boolean {
  if (na || value === null) return false;
  const lower = key.direction === "lower_better";
  if (typeof value === "boolean") return value === lower;
  if (typeof value === "number") {
    const { min = null, max = null } = key;
    if (min === null || max === null) return false;
    return lower ? value > (min + max) / 2 : value < (min + max) / 2;
  }
  const scores = key.categories.flatMap((category) => (category.value === null || category.value === undefined ? [] : [category.value]));
  const score = key.categories.find((category) => category.label === value)?.value ?? null;
  if (score === null || scores.length < 2) return false;
  return score === (lower ? Math.max(...scores) : Math.min(...scores));
}

/** Why a text is no number that the key takes; `null` when it is one. */
export function numberProblem({ min = null, max = null, step = null }: RubricKey, text: string): string | null {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) return "Must be a number";
  if (min !== null && max !== null && (value < min || value > max)) return `Must be between ${min} and ${max}`;
  if (min !== null && value < min) return `Must be at least ${min}`;
  if (max !== null && value > max) return `Must be at most ${max}`;
  if (step !== null && step > 0 && !isMultiple(value - (min ?? 0), step)) return `Must go in steps of ${step}`;
  return null;
}

/** Decimals are not exact, so a billionth of a step is forgiven. */
function isMultiple(value: number, step: number): boolean {
  const steps = value / step;
  return Math.abs(steps - Math.round(steps)) < 1e-9;
}
