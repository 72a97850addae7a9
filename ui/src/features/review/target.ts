/** What an item is of, in the terms of the screens that show it. */
import type { ItemTarget } from "../../contract/contract";
import type { ConversationRef } from "../../data/queries";

export type ItemView = "messages" | "turns" | "details" | "raw";

export const VIEW_NAMES: Readonly<Record<ItemView, string>> = { messages: "Messages", turns: "Turns", details: "Details", raw: "Raw" };

/** The views of a target; a run has no turns, and a pair is only compared. */
export function viewsOf(target: ItemTarget): readonly ItemView[] {
  if (target.type === "pair") return ["messages", "raw"];
  return target.type === "run" ? ["messages", "details", "raw"] : ["messages", "turns", "details", "raw"];
}

export function conversationOf(target: ItemTarget): ConversationRef | null {
  if (target.type === "trace") return { trace_id: target.run.trace_id };
  if (target.type === "thread") return { thread: target.thread, ...(target.project === "" ? {} : { project: target.project }) };
  return null;
}

export const TARGET_WORDS: Readonly<Record<ItemTarget["type"], string>> = { run: "run", trace: "trace", thread: "thread", pair: "pair" };
