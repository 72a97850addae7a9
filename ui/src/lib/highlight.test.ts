import { describe, expect, it } from "vitest";
import { tokensOf } from "./highlight";

function drawn(code: string, language: string): string {
  return tokensOf(code, language)
    .map(({ kind, text }) => (kind === "plain" ? text : `<${kind}:${text}>`))
    .join("");
}

describe("code", () => {
  it("is told apart in several languages", () => {
    expect(drawn('let a = "x"; // y', "rust")).toBe('<keyword:let> a = <string:"x">; <comment:// y>');
    expect(drawn("def f():\n  return 12 # z", "python")).toBe("<keyword:def> f():\n  <keyword:return> <number:12> <comment:# z>");
    expect(drawn('{"a": [1, true, "b"]}', "json")).toBe('{<name:"a">: [<number:1>, <keyword:true>, <string:"b">]}');
    expect(drawn("+new\n-old\n same", "diff")).toBe("<added:+new\n><removed:-old\n> same");
  });
  it("stays the same text, whatever it is", () => {
    for (const code of ["", "'open", "/* open", "`", '"""', "a'b\"c`d", "\u0000 \uD800"]) {
      for (const language of ["", "js", "python", "sql", "diff"]) expect(tokensOf(code, language).map(({ text }) => text).join("")).toBe(code);
    }
  });
});
