import { describe, expect, it } from "vitest";
import { decodeString, field, isNothing, parseJson, pointerStep, stringOf, writeJson } from "./json";

describe("isNothing", () => {
  it.each([null, "", "null", '{"output":null}', '{"a":{"b":null},"c":[null]}'])("holds of %j", (preview) => expect(isNothing(preview)).toBe(true));
  it.each(["nothing", "{}", "[]", '{"output":null,"n":0}', '{"output":""}', '{"output":null', "null and void"])("does not hold of %j", (preview) => expect(isNothing(preview)).toBe(false));
});

describe("parseJson", () => {
  it("keeps numbers as written", () => {
    const text = '{"big":9007199254740993,"small":0.10000000000000000001,"e":1E+2}';
    expect(writeJson(parseJson(text) ?? { kind: "null" }, false)).toBe(text);
  });
  it("keeps double keys and lets the last one win", () => {
    const value = parseJson('{"a":"1","a":"2"}') ?? undefined;
    expect(value?.kind === "object" && value.entries.length).toBe(2);
    expect(stringOf(field(value, "a"))).toBe("2");
  });
  it.each(["", "{", "[1,]", '{"a" 1}', '"open', "nul", "1 2", "01"])("refuses %j", (text) => expect(parseJson(text)).toBeNull());
  it("refuses what is nested too deeply instead of overflowing", () => {
    expect(parseJson("[".repeat(100_000))).toBeNull();
  });
  it("writes with indent", () => {
    expect(writeJson(parseJson('{"a":[1,{}]}') ?? { kind: "null" })).toBe('{\n  "a": [\n    1,\n    {}\n  ]\n}');
  });
});

describe("strings and pointers", () => {
  it("decodes a string cut inside an escape", () => {
    expect(decodeString('"one\\ntwo\\u00', true)).toBe("one\ntwo");
    expect(decodeString('"all"', false)).toBe("all");
  });
  it("escapes pointers", () => expect(pointerStep("/a", "b/c~d")).toBe("/a/b~1c~0d"));
});
