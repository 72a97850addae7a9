/** What reviewers are told, in Markdown. */

export function hasInstructions(instructions: string | null | undefined): boolean {
  return (instructions ?? "").trim() !== "";
}

/** The line of it that stands above the rubric: the first that says something, which a heading does not; `null` without any. */
export function headLine(instructions: string | null | undefined): string | null {
  const lines = (instructions ?? "").split("\n").map((line) => line.trim()).filter((line) => /[\p{L}\p{N}]/u.test(line));
  const line = lines.find((one) => !one.startsWith("#")) ?? lines[0];
  return line === undefined ? null : line.replace(/^(#+|[-*>]|\d+[.)])\s+/, "").replace(/[*_`]/g, "");
}
