import { describe, expect, it } from "vitest";
import type { Conversation, ConversationMessage, CutText, MessageToolCall, SideThread } from "../contract/contract";
import { entriesOf } from "./conversation";
import { callOfSide, nestingOf, totalsOf } from "./nesting";

const cut = (text: string): CutText => ({ text, bytes: text.length, cut: null });

function message(run: string, calls: MessageToolCall[] = [], more: Partial<ConversationMessage> = {}): ConversationMessage {
  return {
    role: "ai", run_id: run, blocks: [{ type: "text", text: cut(run), annotations: null }, ...(calls.length > 0 ? [{ type: "tool_calls" as const, calls }] : [])], raw_role: null, name: null, alternatives: [], turn: 0, produced: true,
    start: null, latency: null, model: null, usage: null, cost: null, answers: null, system_changed: false, extracted: true, hidden: null, path: "", hash: "", ...more,
  };
}

function call(name: string, sides: number[]): MessageToolCall {
  return { id: name, name, arguments: null, state: "answered", result: null, run_id: name, latency: null, cost: null, side_threads: sides };
}

function side(label: string, parent: number | null, at: number | null, messages: ConversationMessage[]): SideThread {
  return { run_id: label, label, turn: 0, parent, message: at, call: at === null ? null : 0, status: "success", latency: null, messages };
}

/** A message with two calls that start an agent each; the first agent starts one of its own. */
const TALK: Conversation = {
  stamp: "1",
  turns: [{ trace_id: "t", root_run_id: "root", name: "agent", status: "success", error: null, start: null, latency: null, shape: null, first_message: 0, messages: 2, hidden: [], files: [] }],
  messages: [message("first", [call("task", [0]), call("other", [1])]), message("last")],
  side_threads: [side("a", null, 0, [message("a1", [call("deep", [2])]), message("a2")]), side("b", null, 0, [message("b1")]), side("c", 0, 0, [message("c1")])],
};

const drawn = (open: boolean) => {
  const entries = entriesOf(TALK, () => open);
  const { levels, goOn } = nestingOf(TALK, entries, null);
  return {
    goOn: [...goOn],
    rows: entries.map(({ id }, at) => `${id}: ${(levels[at] ?? []).map(({ side: of, begins, ends, ownerEnds }) => [String(of), begins ? "begins" : "", ends ? "ends" : "", ownerEnds ? "closes" : ""].filter(Boolean).join(" ")).join(", ")}`),
  };
};

describe("nestingOf", () => {
  it("puts each sub-agent in the card of its call, and all in that of the message", () => {
    expect(drawn(false)).toEqual({ goOn: ["message 0"], rows: ["turn 0: ", "message 0: ", "side 0: 0 begins ends", "side 1: 1 begins ends closes", "message 1: "] });
  });
  it("goes on with the edge as long as messages follow", () => {
    expect(drawn(true).rows).toEqual([
      "turn 0: ",
      "message 0: ",
      "side 0: 0 begins",
      "side 0 message 0: 0",
      "side 2: 0, 2 begins",
      "side 2 message 0: 0, 2 ends closes",
      "side 0 message 1: 0 ends",
      "side 1: 1 begins",
      "side 1 message 0: 1 ends closes",
      "message 1: ",
    ]);
    expect(drawn(true).goOn).toEqual(["message 0", "side 0 message 0"]);
  });
  it("draws nothing around the messages of the sub-agent that is read", () => {
    const entries = entriesOf(TALK, () => true, 0);
    expect(nestingOf(TALK, entries, 0).levels.map((levels) => levels.length)).toEqual([0, 1, 1, 0]);
  });
  it("ends where a sub-agent names itself", () => {
    const loop = { ...TALK, side_threads: [side("loop", 0, 0, [message("x", [call("again", [0])])])] };
    expect(nestingOf(loop, [{ kind: "side", id: "side 0", depth: 0, side: 0 }], null).levels[0]?.length).toBeLessThan(3);
  });
});

it("knows the call of a sub-agent", () => {
  expect(callOfSide(TALK, 2)?.call.name).toBe("deep");
  expect(callOfSide({ ...TALK, side_threads: [side("a", null, null, [])] }, 0)).toBeNull();
});

it("adds up what the calls of models took", () => {
  expect(totalsOf([message("x", [], { cost: "0.5" }), message("x", [], { role: "tool", cost: "9" }), message("y")])).toEqual({ calls: 2, tokens: 0, cost: "0.5" });
});
