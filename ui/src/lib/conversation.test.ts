import { describe, expect, it } from "vitest";
import type { Conversation, ConversationMessage, CutText, MessageBlock, MessageToolCall, SideThread } from "../contract/contract";
import { earlierOf, EARLIER, entriesOf, entryIdOf, entryOfRun, foldsAround, foldsOf, foundAmong, hiddenText, messageMarkdown, nextFound, outlineOf, pauseBefore, searchText, sidesAbove, splitError, wordsOf } from "./conversation";

const cut = (text: string): CutText => ({ text, bytes: text.length, cut: null });
const words = (text: string): MessageBlock => ({ type: "text", text: cut(text), annotations: null });

function message(role: ConversationMessage["role"], run: string, blocks: MessageBlock[], more: Partial<ConversationMessage> = {}): ConversationMessage {
  return {
    role, run_id: run, blocks, raw_role: null, name: null, alternatives: [], turn: 0, produced: role === "ai", start: null, latency: null,
    model: null, usage: null, cost: null, answers: null, system_changed: false, extracted: true, hidden: null, path: "", hash: "", ...more,
  };
}

function call(name: string, result: number | null, sides: number[] = []): MessageToolCall {
  return { id: `id-${name}`, name, arguments: { json: true, text: cut('{"q":"x"}') }, state: result === null ? "unanswered" : "answered", result, run_id: `run-${name}`, latency: null, cost: null, side_threads: sides };
}

function side(label: string, parent: number | null, at: number | null, messages: ConversationMessage[]): SideThread {
  return { run_id: `run-${label}`, label, turn: 0, parent, message: at, call: null, status: "success", latency: null, messages };
}

/** A question, two calls of which one starts an agent, their results, the answer; the agent starts another. */
const TALK: Conversation = {
  stamp: "1",
  turns: [
    { trace_id: "t", root_run_id: "root", name: "agent", status: "success", error: null, start: null, latency: null, shape: null, first_message: 0, messages: 5, hidden: [{ reason: "middleware", runs: 2 }], files: [] },
    { trace_id: "u", root_run_id: "root2", name: "agent", status: "success", error: null, start: null, latency: null, shape: null, first_message: 5, messages: 0, hidden: [{ reason: "compaction", runs: 1 }], files: [] },
  ],
  messages: [
    message("human", "llm1", [words("Find it")]),
    message("ai", "llm1", [{ type: "reasoning", text: cut("Two tools") }, { type: "tool_calls", calls: [call("task", 2, [0]), call("fetch", 3)] }]),
    message("tool", "run-task", [{ type: "tool_result", name: "task", content: [words("deep result")], is_error: false, error: null }], { answers: 1 }),
    message("tool", "run-fetch", [{ type: "tool_result", name: "fetch", content: [words("page")], is_error: false, error: null }], { answers: 1 }),
    message("ai", "llm2", [words("Done")]),
  ],
  side_threads: [
    side("researcher", null, 1, [message("human", "llm3", [words("task")]), message("ai", "llm3", [words("found")])]),
    side("helper", 0, 0, [message("ai", "llm4", [words("inner")])]),
  ],
};

const ids = (open: readonly string[]) => entriesOf(TALK, (id) => open.includes(id)).map(({ id, depth }) => `${depth} ${id}`);

describe("nextFound", () => {
  const all = entriesOf(TALK, () => true);
  const found = all.filter(({ id }) => id === "message 1" || id === "side 1 message 0");
  it("goes on from where the reader is, and around", () => {
    expect(nextFound(all, found, "message 0", 1)?.id).toBe("message 1");
    expect(nextFound(all, found, "message 1", 1)?.id).toBe("side 1 message 0");
    expect(nextFound(all, found, "message 4", 1)?.id).toBe("message 1");
    expect(nextFound(all, found, "message 1", -1)?.id).toBe("side 1 message 0");
    expect(nextFound(all, [], "message 1", 1)).toBeUndefined();
  });
});

describe("entriesOf", () => {
  it("tells results at their calls and keeps sub-agents closed", () => {
    expect(ids([])).toEqual(["0 turn 0", "0 message 0", "0 message 1", "0 side 0", "0 message 4", "0 turn 1"]);
  });
  it("opens sub-agents in place, one in another", () => {
    expect(ids(["side 0", "side 1"]).slice(3, 8)).toEqual(["0 side 0", "1 side 0 message 0", "1 side 1", "2 side 1 message 0", "1 side 0 message 1"]);
  });
  it("shows a result whose call is not there", () => {
    const lost = { ...TALK, turns: TALK.turns.slice(0, 1).map((turn) => ({ ...turn, messages: 1 })), messages: TALK.messages.slice(2, 3), side_threads: [] };
    expect(entriesOf(lost, () => false).map(({ id }) => id)).toEqual(["turn 0", "message 0"]);
  });
  it("ends where a sub-agent names itself", () => {
    const loop = { ...TALK, side_threads: [side("loop", 0, null, [])] };
    expect(entriesOf(loop, () => true).filter(({ kind }) => kind === "side")).toEqual([]);
    expect(sidesAbove(loop, 0)).toEqual(["side 0"]);
  });
});

const ofTrace = (messages: ConversationMessage[], error: string | null = null): Conversation => ({
  ...TALK,
  turns: TALK.turns.slice(0, 1).map((turn) => ({ ...turn, messages: messages.length, status: error === null ? "success" : "error", error: error === null ? null : cut(error) })),
  messages,
  side_threads: [],
});
const listOf = (conversation: Conversation, open: boolean) => entriesOf(conversation, () => open, null, earlierOf(conversation)).map(({ id }) => id);

describe("what only repeats earlier turns", () => {
  const told = (role: ConversationMessage["role"], text: string) => message(role, "root", [words(text)], { produced: false });
  const history = [told("system", "Be kind"), told("human", "One?"), told("ai", "1"), told("human", "Two?")];
  const third = ofTrace([...history, message("ai", "llm", [words("2")]), told("human", "Go on"), message("ai", "llm", [words("3")])]);
  it("is what stands before the question of the first answer of its own", () => {
    expect(earlierOf(third)).toEqual({ from: 1, to: 3 });
    expect(listOf(third, false)).toEqual(["turn 0", "message 0", EARLIER, "message 3", "message 4", "message 5", "message 6"]);
    expect(listOf(third, true).slice(0, 5)).toEqual(["turn 0", "message 0", EARLIER, "message 1", "message 2"]);
  });
  it("is what stands before the last question where it failed without an answer", () => {
    expect(earlierOf(ofTrace(history, "Boom"))).toEqual({ from: 1, to: 3 });
    expect(earlierOf(ofTrace(history))).toBeNull();
  });
  it("is nothing in a first turn, in a thread and where something of the trace would be hidden", () => {
    expect(earlierOf(ofTrace([told("human", "One?"), message("ai", "llm", [words("1")])]))).toBeNull();
    expect(earlierOf(ofTrace([told("human", "One"), told("human", "Two?"), message("ai", "llm", [words("1")])]))).toBeNull();
    expect(earlierOf(TALK)).toBeNull();
    expect(earlierOf({ ...third, side_threads: [side("researcher", null, 2, [])] })).toBeNull();
  });
  it("is opened for a match in it, and gives way to the question of a run", () => {
    const all = entriesOf(third, () => true);
    expect(foldsAround(third, all.find(({ id }) => id === "message 2") ?? (all[0] as (typeof all)[number]))).toContain(EARLIER);
    expect(entryOfRun(ofTrace(history, "Boom"), "root")?.id).toBe("message 0");
    expect(entryOfRun(ofTrace(history.slice(1), "Boom"), "root")?.id).toBe("message 2");
  });
});

describe("the error of a turn", () => {
  const failed: Conversation = { ...TALK, turns: TALK.turns.map((turn, at) => (at === 0 ? { ...turn, status: "error", error: cut("Boom: no room\n\nTraceback") } : turn)) };
  const all = entriesOf(failed, () => true);
  it("stands behind what was said in it", () => {
    expect(entriesOf(failed, () => false).map(({ id }) => id)).toEqual(["turn 0", "message 0", "message 1", "side 0", "message 4", "turn 0 error", "turn 1"]);
  });
  it("is found where the core names its turn", () => {
    const found = (text: string) => foundAmong(failed, all, [{ type: "turn", turn: 0 }], text).map(({ id }) => id);
    expect(found("boom")).toEqual(["turn 0 error"]);
    expect(found("agent")).toEqual(["turn 0"]);
    expect(found("in the part that came cut")).toEqual(["turn 0 error"]);
    expect(foundAmong(failed, all, [{ type: "turn", turn: 1 }], "agent").map(({ id }) => id)).toEqual(["turn 1"]);
  });
  it("is opened to be read", () => {
    const error = all.find(({ kind }) => kind === "error");
    expect(error && foldsAround(failed, error)).toEqual(["turn 0 error", "turn 0 error text"]);
  });
});

describe("a message", () => {
  const asked = TALK.messages[1];
  if (!asked) throw new Error("no message");
  it("opens its thought and its calls", () => {
    expect(foldsOf("message 1", asked)).toEqual(["message 1 block 0", "message 1 block 1 call 0", "message 1 block 1 call 1"]);
  });
  it("is found by the results of its calls", () => {
    const found = entriesOf(TALK, () => false).filter((entry) => searchText(TALK, entry).includes("deep result"));
    expect(found.map(({ id }) => id)).toEqual(["message 1"]);
  });
  it("is the one that its run produced, or that called the run", () => {
    expect(entryOfRun(TALK, "llm1")?.id).toBe("message 1");
    expect(entryOfRun(TALK, "run-fetch")?.id).toBe("message 1");
    expect(entryOfRun(TALK, "llm4")?.id).toBe("side 1 message 0");
    expect(entryOfRun(TALK, "root")).toBeNull();
  });
  it("is copied whole where it came cut", async () => {
    const long = message("human", "llm1", [{ type: "text", text: { text: "beg", bytes: 9, cut: 4 }, annotations: null }]);
    expect(await wordsOf(long, (text) => Promise.resolve(text.cut === 4 ? "beginning" : text.text))).toBe("beginning");
  });
  it("is written as Markdown with calls and results", async () => {
    const text = await messageMarkdown(asked, TALK.messages, (part) => Promise.resolve(part.text));
    expect(text).toBe(
      [
        "### AI", "> Two tools",
        "#### Tool call: task (`id-task`)", '```json\n{\n  "q": "x"\n}\n```', "#### Tool result: task", "deep result",
        "#### Tool call: fetch (`id-fetch`)", '```json\n{\n  "q": "x"\n}\n```', "#### Tool result: fetch", "page",
      ].join("\n\n"),
    );
  });
});

it("counts what is hidden over all turns", () => {
  expect(hiddenText(TALK.turns, "hidden")).toBe("3 hidden: 2 middleware, 1 compaction");
  expect(hiddenText(TALK.turns.slice(0, 1), "shown")).toBe("2 shown: middleware");
  expect(hiddenText([], "hidden")).toBeNull();
});

it.each([
  ["boom", "boom", ""],
  ["boom\n\nTraceback (most recent call last):\n  File x", "boom", "Traceback (most recent call last):\n  File x"],
  ["boom\nTraceback (most recent call last):\n  File x", "boom", "Traceback (most recent call last):\n  File x"],
])("splits the error %j", (text, first, rest) => {
  expect(splitError(text)).toEqual({ message: first, rest });
});

it("tells of pauses of more than five minutes", () => {
  const [first, second] = TALK.turns;
  if (!first || !second) throw new Error("no turns");
  const minute = 60e9;
  const at = (minutes: number) => pauseBefore([{ ...first, start: "1767225600000000001", latency: minute }, { ...second, start: String(1767225600000000001n + BigInt(minutes * minute)) }], 1);
  expect(at(6)).toBeNull();
  expect(at(7)).toBe(6 * minute);
  expect(pauseBefore(TALK.turns, 0)).toBeNull();
  expect(pauseBefore(TALK.turns, 1)).toBeNull();
});

describe("a sub-agent by itself", () => {
  it("is a list of its own, with what it started", () => {
    const listed = entriesOf(TALK, () => true, 0).map(({ id }) => id);
    expect(listed.every((id) => id.startsWith("side ") && id !== "side 0")).toBe(true);
    expect(listed[0]).toBe("side 0 message 0");
  });
});

describe("the outline", () => {
  it("has the first words of each turn, else its name", () => {
    expect(outlineOf(TALK)).toEqual([
      { turn: 0, words: "Find it", failed: false, errors: 0 },
      { turn: 1, words: "agent", failed: false, errors: 0 },
    ]);
  });
});

describe("places that the core found", () => {
  it("are entries of the list", () => {
    const listed = new Set(entriesOf(TALK, () => true).map(({ id }) => id));
    const places = [{ type: "turn", turn: 0 }, { type: "side", side: 0 }, { type: "message", side: null, message: 1 }, { type: "message", side: 0, message: 0 }] as const;
    expect(places.map((place) => listed.has(entryIdOf(place)))).toEqual([true, true, true, true]);
  });
});
