/** What fills the window of a model. */
import type { ContextMeter } from "../contract/contract";

export type MeterPart = "system" | "tools" | "history" | "retrieved" | "user";

export interface Share {
  readonly part: MeterPart;
  readonly name: string;
  readonly chars: number;
  /** From 0 to 1. */
  readonly share: number;
  /** Estimated from the share of the characters; `null` where the tokens of the input are not known. */
  readonly tokens: number | null;
}

const NAMES: readonly (readonly [MeterPart, string])[] = [
  ["system", "System"],
  ["tools", "Tool definitions"],
  ["history", "History"],
  ["retrieved", "Retrieved"],
  ["user", "User"],
];

/** Parts that are there, in the order of the window. */
export function sharesOf(meter: ContextMeter): Share[] {
  const all = NAMES.reduce((sum, [part]) => sum + meter[part], 0);
  return NAMES.filter(([part]) => meter[part] > 0).map(([part, name]) => {
    const share = meter[part] / all;
    return { part, name, chars: meter[part], share, tokens: meter.input_tokens === null ? null : Math.round(meter.input_tokens * share) };
  });
}
