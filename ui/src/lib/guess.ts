/** What a guessed thread rests on, in words. */
import type { GuessEvidence } from "../contract/contract";
import { plural } from "./format";

function gapText(minutes: number): string {
  if (minutes >= 1440 && minutes % 1440 === 0) return plural(minutes / 1440, "day");
  return minutes >= 60 && minutes % 60 === 0 ? `${minutes / 60} h` : `${minutes} min`;
}

function oneText({ kind, key, value }: GuessEvidence, gap: number): string {
  switch (kind) {
    case "replayed":
      return "replayed history";
    case "attribute":
      return `${key ?? ""} ${value ?? ""}`;
    case "user":
      return `same user, ${gapText(gap)} gap (${value ?? ""})`;
  }
}

/** On one line, the strongest first. */
export function evidenceText(evidence: readonly GuessEvidence[], gap: number): string {
  return evidence.map((one) => oneText(one, gap)).join(" · ");
}

/** Line by line, with how many turns were joined by each. */
export function evidenceTitle(evidence: readonly GuessEvidence[], gap: number): string {
  return evidence.map((one) => `${oneText(one, gap)}: joins ${plural(one.turns, "turn")}`).join("\n");
}
