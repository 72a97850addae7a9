/**
 * A JSON reader that keeps numbers as they were written and keys in their order, doubles included.
 *
 * `JSON.parse` would round 2⁵³+1 and 0.10000000000000000001; a trace viewer must show what was sent.
 */
import type { JsonKind, JsonNode } from "../contract/contract";

export type JsonValue =
  | { readonly kind: "null" }
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "number"; readonly text: string }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "array"; readonly items: readonly JsonValue[] }
  | { readonly kind: "object"; readonly entries: readonly (readonly [string, JsonValue])[] };

/** Deeper documents are read in windows by the core instead. */
const DEEPEST = 500;

/** `null` when the text is not JSON or is nested too deeply to be read here. */
export function parseJson(text: string): JsonValue | null {
  const reader = new Reader(text);
  try {
    return reader.document();
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

class Reader {
  private at = 0;

  constructor(private readonly text: string) {}

  document(): JsonValue {
    const value = this.value(0);
    this.space();
    if (this.at < this.text.length) throw this.unexpected();
    return value;
  }

  private value(depth: number): JsonValue {
    if (depth > DEEPEST) throw new SyntaxError("nested too deeply");
    this.space();
    switch (this.text[this.at]) {
      case "{":
        return this.object(depth);
      case "[":
        return this.array(depth);
      case '"':
        return { kind: "string", value: this.string() };
      case "t":
        return this.word("true", { kind: "boolean", value: true });
      case "f":
        return this.word("false", { kind: "boolean", value: false });
      case "n":
        return this.word("null", { kind: "null" });
      default:
        return this.number();
    }
  }

  private object(depth: number): JsonValue {
    const entries: [string, JsonValue][] = [];
    this.at += 1;
    if (this.take("}")) return { kind: "object", entries };
    do {
      this.space();
      if (this.text[this.at] !== '"') throw this.unexpected();
      const key = this.string();
      if (!this.take(":")) throw this.unexpected();
      entries.push([key, this.value(depth + 1)]);
    } while (this.take(","));
    if (!this.take("}")) throw this.unexpected();
    return { kind: "object", entries };
  }

  private array(depth: number): JsonValue {
    const items: JsonValue[] = [];
    this.at += 1;
    if (this.take("]")) return { kind: "array", items };
    do items.push(this.value(depth + 1));
    while (this.take(","));
    if (!this.take("]")) throw this.unexpected();
    return { kind: "array", items };
  }

  private string(): string {
    const start = this.at;
    this.at += 1;
    while (this.at < this.text.length) {
      const char = this.text[this.at];
      if (char === '"') {
        this.at += 1;
        return JSON.parse(this.text.slice(start, this.at)) as string;
      }
      this.at += char === "\\" ? 2 : 1;
    }
    throw this.unexpected();
  }

  private number(): JsonValue {
    const pattern = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.text);
    if (!match) throw this.unexpected();
    this.at = pattern.lastIndex;
    return { kind: "number", text: match[0] };
  }

  private word(word: string, value: JsonValue): JsonValue {
    if (!this.text.startsWith(word, this.at)) throw this.unexpected();
    this.at += word.length;
    return value;
  }

  private take(char: string): boolean {
    this.space();
    if (this.text[this.at] !== char) return false;
    this.at += 1;
    return true;
  }

  private space(): void {
    while (this.at < this.text.length && " \n\r\t".includes(this.text[this.at] ?? "x")) this.at += 1;
  }

  private unexpected(): SyntaxError {
    return new SyntaxError(`unexpected character at ${this.at}`);
  }
}

/** Value of a key; the last one wins, as in every reader of JSON. */
export function field(value: JsonValue | undefined, key: string): JsonValue | undefined {
  if (value?.kind !== "object") return undefined;
  return value.entries.findLast(([name]) => name === key)?.[1];
}

/** The text of a string value. */
export function stringOf(value: JsonValue | undefined): string | undefined {
  return value?.kind === "string" ? value.value : undefined;
}

/** Writes a value back, with two spaces of indent when `pretty`. */
export function writeJson(value: JsonValue, pretty = true, indent = ""): string {
  const inner = `${indent}  `;
  const join = (parts: string[], open: string, close: string): string => {
    if (parts.length === 0) return open + close;
    if (!pretty) return open + parts.join(",") + close;
    return `${open}\n${parts.map((part) => inner + part).join(",\n")}\n${indent}${close}`;
  };
  switch (value.kind) {
    case "null":
      return "null";
    case "boolean":
      return String(value.value);
    case "number":
      return value.text;
    case "string":
      return JSON.stringify(value.value);
    case "array":
      return join(value.items.map((item) => writeJson(item, pretty, inner)), "[", "]");
    case "object":
      return join(
        value.entries.map(([key, item]) => `${JSON.stringify(key)}:${pretty ? " " : ""}${writeJson(item, pretty, inner)}`),
        "{",
        "}",
      );
  }
}

/** One step of a JSON pointer (RFC 6901). */
export function pointerStep(pointer: string, key: string): string {
  return `${pointer}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** The same node the core would send for a value read here. */
export function nodeOf(value: JsonValue, key: string, pointer: string): JsonNode {
  const kind: JsonKind = value.kind;
  const scalar = value.kind !== "array" && value.kind !== "object";
  return {
    key,
    pointer,
    kind,
    text: scalar ? writeJson(value, false) : "",
    cut: false,
    bytes: 0,
    children: value.kind === "array" ? value.items.length : value.kind === "object" ? value.entries.length : 0,
  };
}

/** Children with their keys, in order. */
export function childrenOf(value: JsonValue): readonly (readonly [string, JsonValue])[] {
  if (value.kind === "object") return value.entries;
  if (value.kind === "array") return value.items.map((item, index) => [String(index), item] as const);
  return [];
}

/** Whether a preview tells nothing: there is none, or it is JSON that holds nulls alone. */
export function isNothing(preview: string | null): boolean {
  if (preview === null || preview === "") return true;
  const empty = (value: JsonValue): boolean => value.kind === "null" || (childrenOf(value).length > 0 && childrenOf(value).every(([, child]) => empty(child)));
  // Texts are not read as JSON: most of them are none.
  const value = /^\s*[[{n]/.test(preview) && preview.includes("null") ? parseJson(preview) : null;
  return value !== null && empty(value);
}

/** The text of a JSON string that may have been cut anywhere, even inside an escape. */
export function decodeString(text: string, cut: boolean): string {
  let body = text.startsWith('"') ? text.slice(1) : text;
  if (!cut) body = body.replace(/"$/, "");
  for (let drop = 0; drop <= 12 && drop <= body.length; drop += 1) {
    try {
      return JSON.parse(`"${body.slice(0, body.length - drop)}"`) as string;
    } catch {
      // An escape was cut; try without its last character.
    }
  }
  return body;
}
