/** Texts of examples, as an editor has them. */
import type { ExampleDetail, ExampleProblem, ExampleText } from "../contract/contract";

export interface ExampleDraft {
  readonly inputs: string;
  /** Empty where nothing is expected. */
  readonly outputs: string;
  readonly metadata: string;
  /** Names between commas. */
  readonly splits: string;
}

export const BLANK: ExampleDraft = { inputs: "{\n  \n}", outputs: "", metadata: "{}", splits: "" };

export function draftOf({ inputs, outputs, metadata, splits }: Pick<ExampleDetail, "inputs" | "outputs" | "metadata" | "splits">): ExampleDraft {
  return { inputs, outputs: outputs ?? "", metadata, splits: splits.join(", ") };
}

export function textOf({ inputs, outputs, metadata }: ExampleDraft): ExampleText {
  return { inputs, outputs: outputs.trim() === "" ? null : outputs, metadata: metadata.trim() === "" ? "{}" : metadata };
}

/** Names between commas, each once. */
export function splitsOf(text: string): string[] {
  return [...new Set(text.split(",").map((name) => name.trim()))].filter((name) => name !== "");
}

/** Where a place in a text is, counted as editors do. */
export function offsetAt(text: string, { line, column }: Pick<ExampleProblem, "line" | "column">): number {
  const lines = text.split("\n");
  const before = lines.slice(0, line - 1).reduce((length, one) => length + one.length + 1, 0);
  // Columns count characters, not units of UTF-16.
  const into = [...(lines[line - 1] ?? "")].slice(0, column - 1).join("").length;
  return Math.min(before + into, text.length);
}

/** A payload on one line, without what only lays it out. */
export function onOneLine(json: string): string {
  return json.replace(/\s+/g, " ");
}
