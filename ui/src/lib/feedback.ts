/** What feedback says, in words, and what a control says, as feedback. */
import type { FeedbackRow, KnownKey, Said, SaidOfRow } from "../contract/contract";
import { formatCount } from "./format";

/** How a key is answered here. */
export type Control = "boolean" | "categorical" | "continuous" | "freeform";

/** Types of keys that the person may choose from for a key without a meaning. */
export const CONTROLS: readonly (readonly [Control, string])[] = [
  ["boolean", "Yes / no"],
  ["continuous", "Number"],
  ["categorical", "Label"],
  ["freeform", "Text"],
];

/** What stands in the form. */
export interface Draft {
  readonly key: string;
  readonly control: Control;
  /** As typed or chosen: `true`, `0.5`, `Fail`, a text. */
  readonly value: string;
  readonly comment: string;
}

/** The control for a key: by its meaning, else by what was said under it, else a choice of the person. */
export function controlOf(known: KnownKey | undefined, chosen: Control): Control {
  switch (known?.key_type) {
    case "boolean":
    case "categorical":
    case "continuous":
    case "freeform":
      return known.key_type;
    default:
      return chosen;
  }
}

/** The value as a short text; `null` where there is none. */
export function valueText(row: Pick<FeedbackRow, "value" | "score">): string | null {
  const value = parse(row.value);
  if (value === true) return "Yes";
  if (value === false) return "No";
  if (typeof value === "string" && value !== "") return value;
  if (Array.isArray(value)) return value.map(String).join(", ");
  if (value !== null && value !== undefined && value !== "") return JSON.stringify(value);
  return row.score === null ? null : scoreText(row.score);
}

/** The score beside the value, where it says more than the value. */
export function scoreBeside(row: Pick<FeedbackRow, "value" | "score">): string | null {
  const value = parse(row.value);
  const says = value !== null && value !== undefined && typeof value !== "boolean";
  return says && row.score !== null ? scoreText(row.score) : null;
}

export function scoreText(score: number): string {
  return String(Math.round(score * 10_000) / 10_000);
}

/** What a draft says; a sentence when it says nothing that can be kept. */
export function saidOf(draft: Draft, known: KnownKey | undefined): Said | string {
  if (draft.key.trim() === "") return "Name what you judge";
  const comment = draft.comment.trim() === "" ? null : draft.comment;
  const text = draft.value.trim();
  if (text === "") return comment === null ? "Choose a value or write a comment" : { comment };
  switch (draft.control) {
    case "boolean":
      return { value: text === "true" ? "true" : "false", comment };
    case "continuous": {
      const score = Number(text);
      if (!Number.isFinite(score)) return "This is not a number";
      if (known && known.min !== null && score < known.min) return `The least is ${scoreText(known.min)}`;
      if (known && known.max !== null && score > known.max) return `The most is ${scoreText(known.max)}`;
      return { score, comment };
    }
    case "categorical":
      return { value: JSON.stringify(text), comment };
    case "freeform":
      return { value: JSON.stringify(draft.value), comment };
  }
}

/** A feedback as a draft, for editing it. */
export function draftOf(row: FeedbackRow, known: KnownKey | undefined): Draft {
  const value = parse(row.value);
  const guess: Control = typeof value === "boolean" ? "boolean" : typeof value === "string" ? (row.score === null && value.length > 40 ? "freeform" : "categorical") : "continuous";
  const control = controlOf(known, guess);
  const text = typeof value === "boolean" || typeof value === "string" ? String(value) : row.score === null ? "" : String(row.score);
  return { key: row.key, control, value: text, comment: row.comment ?? "" };
}

/** What stands, and behind each the states that it replaced, the latest first. */
export function withHistory(rows: readonly FeedbackRow[]): { row: FeedbackRow; before: FeedbackRow[] }[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  const replaced = new Set(rows.flatMap((row) => (row.supersedes === null ? [] : [row.supersedes])));
  return rows
    .filter((row) => !replaced.has(row.id))
    .map((row) => {
      const before: FeedbackRow[] = [];
      const seen = new Set([row.id]);
      for (let id = row.supersedes; id !== null && !seen.has(id); ) {
        seen.add(id);
        const old = byId.get(id);
        if (!old) break;
        before.push(old);
        id = old.supersedes;
      }
      return { row, before };
    });
}

const SOURCES: Readonly<Record<string, string>> = { app: "a person", api: "a program", model: "a model", auto_eval: "a rule" };

/** Who said it. */
export function sourceText(row: Pick<FeedbackRow, "source" | "reviewer_name">): string {
  return row.reviewer_name ?? SOURCES[row.source] ?? row.source;
}

function parse(json: string | null): unknown {
  if (json === null) return null;
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}

/** What was said under a key, as short as it can be told. */
export function saidText({ mean, values, count: times }: SaidOfRow): string {
  if (mean !== null) return Number.isInteger(mean) ? String(mean) : mean.toFixed(2);
  const [first] = values;
  return first ? first.value : `${formatCount(times)}×`;
}

/** All of it. */
export function saidTitle(said: SaidOfRow): string {
  const parts = [`${said.key}: ${formatCount(said.count)} ${said.count === 1 ? "answer" : "answers"}`];
  if (said.mean !== null) parts.push(`mean ${said.mean}`);
  for (const { value, count: times } of said.values) parts.push(`${value} × ${formatCount(times)}`);
  return parts.join("\n");
}
