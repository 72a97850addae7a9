import { describe, expect, it } from "vitest";
import { parseJson } from "./json";
import { messagesOf } from "./messages";

const read = (value: unknown) => messagesOf(parseJson(JSON.stringify(value)) ?? { kind: "null" });

describe("messagesOf", () => {
  it("reads OpenAI messages with calls", () => {
    const messages = read({
      messages: [
        { role: "user", content: "hi" },
        { role: "assistant", content: null, tool_calls: [{ id: "1", function: { name: "find", arguments: '{"q":1}' } }] },
        { role: "tool", content: "done" },
      ],
    });
    expect(messages?.map((message) => message.role)).toEqual(["human", "ai", "tool"]);
    expect(messages?.[1]?.blocks[0]).toEqual({ kind: "tool_call", call: { name: "find", id: "1", args: '{\n  "q": 1\n}' } });
    expect(messages?.[2]?.blocks[0]).toEqual({ kind: "tool_result", text: "done" });
  });
  it("reads LangChain constructors, nested a level", () => {
    const messages = read({ messages: [[{ id: ["langchain", "schema", "HumanMessage"], kwargs: { content: "hi", type: "human" } }]] });
    expect(messages?.[0]).toMatchObject({ role: "human", blocks: [{ kind: "text", text: "hi" }] });
  });
  it("reads parts of OpenTelemetry", () => {
    const messages = read({ messages: [{ role: "assistant", parts: [{ type: "text", content: "yes" }, { type: "tool_call", id: "a", name: "f", arguments: {} }] }] });
    expect(messages?.[0]?.blocks.map((block) => block.kind)).toEqual(["text", "tool_call"]);
  });
  it("reads choices", () => {
    expect(read({ choices: [{ message: { role: "assistant", content: "ok" } }] })?.[0]?.role).toBe("ai");
  });
  it("shows a call once", () => {
    const messages = read({ messages: [{ role: "ai", content: [{ type: "tool_use", id: "1", name: "f", input: {} }], tool_calls: [{ id: "1", name: "f", args: {} }] }] });
    expect(messages?.[0]?.blocks).toHaveLength(1);
  });
  it.each([[{ query: "x" }], [{ messages: [1, 2] }], [{ messages: [] }], ["text"], [[{ id: 1 }]]])("leaves %j to the tree", (value) => {
    expect(read(value)).toBeNull();
  });
});
