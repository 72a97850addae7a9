/**
 * Recognises chat-like payloads and brings them to one form.
 *
 * Frameworks write messages in a handful of shapes (OpenAI, Anthropic, LangChain, OpenTelemetry GenAI). Whatever is
 * not recognised is left to the JSON tree: showing less than was sent would be worse than showing it plainly.
 */
import { field, parseJson, stringOf, writeJson, type JsonValue } from "./json";

export type Role = "system" | "human" | "ai" | "tool" | "other";

export interface ToolCall {
  readonly name: string;
  readonly id: string | null;
  /** Arguments as JSON text. */
  readonly args: string;
}

export type Block =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "thinking"; readonly text: string }
  | { readonly kind: "tool_call"; readonly call: ToolCall }
  | { readonly kind: "tool_result"; readonly text: string }
  | { readonly kind: "other"; readonly label: string; readonly json: string };

export interface Message {
  readonly role: Role;
  /** The name of the speaker if there is one; the role as sent when it is not one that is known. */
  readonly label: string;
  readonly blocks: readonly Block[];
}

const ROLES: Readonly<Record<string, Role>> = {
  system: "system",
  developer: "system",
  user: "human",
  human: "human",
  assistant: "ai",
  ai: "ai",
  model: "ai",
  aimessagechunk: "ai",
  tool: "tool",
  function: "tool",
};

/** The messages of a payload, or `null` when it is not a conversation. */
export function messagesOf(payload: JsonValue): Message[] | null {
  const list = messageList(payload);
  if (!list || list.length === 0) return null;
  const messages: Message[] = [];
  for (const item of list) {
    const message = messageOf(item);
    if (!message) return null;
    messages.push(message);
  }
  return messages;
}

function messageList(payload: JsonValue): readonly JsonValue[] | null {
  const found = field(payload, "messages") ?? (payload.kind === "array" ? payload : undefined);
  if (found?.kind === "array") {
    const first = found.items[0];
    return first?.kind === "array" ? first.items : found.items;
  }
  const choices = field(payload, "choices");
  if (choices?.kind === "array") return choices.items.map((choice) => field(choice, "message") ?? choice);
  const generations = field(payload, "generations");
  if (generations?.kind === "array") {
    const flat = generations.items.flatMap((item) => (item.kind === "array" ? item.items : [item]));
    return flat.map((item) => field(item, "message") ?? item);
  }
  return messageOf(payload) ? [payload] : null;
}

function messageOf(item: JsonValue): Message | null {
  const inner = field(item, "kwargs") ?? field(item, "data") ?? item;
  const sent = stringOf(field(inner, "role")) ?? stringOf(field(item, "role")) ?? typeOf(item) ?? stringOf(field(inner, "type"));
  if (sent === undefined) return null;
  const role = ROLES[sent.toLowerCase()];
  const content = field(inner, "content") ?? field(inner, "parts");
  if (!role && content === undefined) return null;
  if (content === undefined && !field(inner, "tool_calls")) return null;
  const name = stringOf(field(inner, "name"));
  const blocks = [...contentBlocks(content, role ?? "other"), ...toolCalls(field(inner, "tool_calls"))];
  return { role: role ?? "other", label: name ?? (role ? "" : sent), blocks: withoutDoubles(blocks) };
}

/** LangChain's constructor form names the class: `["langchain", …, "HumanMessage"]`. */
function typeOf(item: JsonValue): string | undefined {
  const id = field(item, "id");
  if (id?.kind === "array") return stringOf(id.items.at(-1))?.replace(/Message(Chunk)?$/, "").toLowerCase();
  return stringOf(field(item, "type"));
}

function contentBlocks(content: JsonValue | undefined, role: Role): Block[] {
  if (content === undefined || content.kind === "null") return [];
  if (content.kind === "string") {
    if (content.value === "") return [];
    return [role === "tool" ? { kind: "tool_result", text: content.value } : { kind: "text", text: content.value }];
  }
  if (content.kind === "array") return content.items.flatMap((part) => partBlocks(part, role));
  return partBlocks(content, role);
}

function partBlocks(part: JsonValue, role: Role): Block[] {
  if (part.kind === "string") return contentBlocks(part, role);
  const type = stringOf(field(part, "type")) ?? "";
  const text = stringOf(field(part, "text")) ?? stringOf(field(part, "content"));
  switch (type) {
    case "thinking":
    case "reasoning":
      return [{ kind: "thinking", text: stringOf(field(part, "thinking")) ?? text ?? "" }];
    case "tool_use":
    case "tool_call":
      return [{ kind: "tool_call", call: callOf(part) }];
    case "tool_result":
    case "tool_call_response": {
      const result = field(part, "content") ?? field(part, "response") ?? field(part, "result");
      return [{ kind: "tool_result", text: plainText(result) }];
    }
    default:
      if (text !== undefined && (type === "" || type.includes("text"))) return [{ kind: "text", text }];
      return [{ kind: "other", label: type || part.kind, json: writeJson(part) }];
  }
}

function toolCalls(calls: JsonValue | undefined): Block[] {
  if (calls?.kind !== "array") return [];
  return calls.items.map((call) => ({ kind: "tool_call", call: callOf(call) }) as const);
}

function callOf(call: JsonValue): ToolCall {
  const inner = field(call, "function") ?? call;
  const args = field(inner, "arguments") ?? field(inner, "args") ?? field(inner, "input");
  const parsed = args?.kind === "string" ? parseJson(args.value) : null;
  return {
    name: stringOf(field(inner, "name")) ?? "tool",
    id: stringOf(field(call, "id")) ?? null,
    args: parsed ? writeJson(parsed) : args ? plainText(args) : "",
  };
}

function plainText(value: JsonValue | undefined): string {
  if (value === undefined) return "";
  if (value.kind === "string") return value.value;
  if (value.kind === "array" && value.items.every((item) => stringOf(field(item, "text")) !== undefined)) {
    return value.items.map((item) => stringOf(field(item, "text"))).join("\n");
  }
  return writeJson(value);
}

/** LangChain sends a call twice: as a content part and in `tool_calls`. */
function withoutDoubles(blocks: readonly Block[]): Block[] {
  const seen = new Set<string>();
  return blocks.filter((block) => {
    if (block.kind !== "tool_call" || block.call.id === null) return true;
    const fresh = !seen.has(block.call.id);
    seen.add(block.call.id);
    return fresh;
  });
}
