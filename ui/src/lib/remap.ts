import type { RemapReport } from "../contract/contract";
import { plural } from "./format";

/** Names of the fields of a run as its panel has them. */
const FIELD_NAMES: Readonly<Record<string, string>> = {
  parent: "Parent",
  start: "Start",
  end: "End",
  first_token: "First token",
  run_type: "Type",
  status: "Status",
  name: "Name",
  model: "Model",
  provider: "Provider",
  project: "Project",
  thread: "Thread",
  prompt_version: "Prompt version",
  dialect: "Vocabulary",
  usage: "Tokens",
  cost: "Cost",
  error: "Error",
  detail: "Summary",
};

export function fieldName(field: string): string {
  return FIELD_NAMES[field] ?? field;
}

/** What reading again came to, in a sentence. */
export function remapSummary({ runs, changed }: RemapReport): string {
  if (runs === 0) return "There was nothing to read.";
  return changed === 0 ? `${plural(runs, "run")} read, none of them changed.` : `${plural(runs, "run")} read, ${changed.toLocaleString("en")} changed.`;
}

/** Fields that changed most first, then by name. */
export function changedFields({ fields }: RemapReport): { readonly name: string; readonly runs: number }[] {
  return fields.map(({ name, runs }) => ({ name: fieldName(name), runs })).toSorted((left, right) => right.runs - left.runs || left.name.localeCompare(right.name));
}

/** The report as text to paste. */
export function reportText(report: RemapReport): string {
  return [remapSummary(report), ...changedFields(report).map(({ name, runs }) => `${name}\t${runs}`)].join("\n");
}
