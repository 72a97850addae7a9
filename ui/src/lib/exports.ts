/** Formats of exports and how they are named to people. */

export const FEEDBACK_FORMATS: readonly (readonly [string, string])[] = [
  ["langsmith-jsonl", "LangSmith feedback, one record a line"],
  ["langsmith-json", "LangSmith feedback, one array"],
  ["csv-long", "Table, a row a feedback"],
  ["csv-wide", "Table, a row a judged thing"],
  ["otel", "OpenTelemetry evaluation log records"],
  ["phoenix", "Phoenix annotations"],
  ["langfuse", "Langfuse scores"],
  ["preference-openai", "Preferences (preferred_output)"],
  ["preference-dpo", "Preferences (chosen, rejected)"],
];

export const DATASET_FORMATS: readonly (readonly [string, string])[] = [
  ["examples", "LangSmith examples, one a line"],
  ["csv", "Table, a row an example"],
  ["chat", "Conversations for fine-tuning, one a line"],
  ["preference-openai", "Preferences (preferred_output)"],
  ["preference-dpo", "Preferences (chosen, rejected)"],
];

/** The feedback file that is found again when its trace file is opened. */
export function sidecarName(path: string): string {
  const name = path.split(/[\\/]/).at(-1) ?? path;
  const dot = name.lastIndexOf(".");
  return `${dot > 0 ? name.slice(0, dot) : name}.feedback.jsonl`;
}
