/** Colours for code: words, texts, numbers and remarks of most languages, told apart without knowing the language. */

export type TokenKind = "plain" | "keyword" | "string" | "number" | "comment" | "name" | "added" | "removed";

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

/** Longer code stays plain. */
export const MOST_HIGHLIGHTED = 200_000;

const KEYWORDS = new Set(
  (
    "abstract and as async await begin break case catch class const continue crate def default defer del delete do elif else end enum except export extends extern " +
    "false False final finally fn for foreach from func function global go goto if impl implements import in include instanceof interface is lambda let local loop match mod " +
    "module mut namespace new nil None not null of or package pass private protected pub public raise ref return self static struct super switch then this throw trait true " +
    "True try type typeof undefined union unless unsafe until use using var void when where while with yield " +
    "select SELECT FROM WHERE INSERT UPDATE DELETE JOIN ON GROUP ORDER BY LIMIT VALUES INTO CREATE TABLE"
  ).split(" "),
);

const HASH_REMARKS = new Set(["py", "python", "sh", "bash", "shell", "zsh", "rb", "ruby", "yaml", "yml", "toml", "perl", "r", "dockerfile", "make", "makefile", "ini", "conf"]);
const SLASH_REMARKS = /\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/.source;
const HASH_REMARK = /#[^\n]*/.source;
const DASH_REMARK = /--[^\n]*/.source;
const STRINGS = /"""[\s\S]*?(?:"""|$)|'''[\s\S]*?(?:'''|$)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?|`(?:\\.|[^`\\])*`?/.source;
const NUMBERS = /\b(?:0[xX][\da-fA-F_]+|\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?)\b/.source;
const WORDS = /[A-Za-z_$][\w$]*/.source;

/** The code in pieces; joined they are the code again. */
export function tokensOf(code: string, language: string): Token[] {
  const name = language.toLowerCase();
  if (code.length > MOST_HIGHLIGHTED || name === "text" || name === "plain") return [{ kind: "plain", text: code }];
  if (name === "diff" || name === "patch") return diffTokens(code);
  const isJson = name === "json" || name === "jsonl";
  const remarks = isJson ? null : HASH_REMARKS.has(name) ? HASH_REMARK : name === "sql" || name === "lua" ? DASH_REMARK : SLASH_REMARKS;
  const pattern = new RegExp([...(remarks === null ? [] : [`(?<comment>${remarks})`]), `(?<string>${STRINGS})`, `(?<number>${NUMBERS})`, `(?<word>${WORDS})`].join("|"), "g");
  const tokens: Token[] = [];
  let from = 0;
  const plain = (to: number): void => {
    if (to > from) tokens.push({ kind: "plain", text: code.slice(from, to) });
  };
  for (const match of code.matchAll(pattern)) {
    const { comment, string, number, word } = match.groups ?? {};
    const [text] = match;
    let kind: TokenKind = "plain";
    if (comment !== undefined) kind = "comment";
    else if (string !== undefined) kind = isJson && /^\s*:/.test(code.slice(match.index + text.length, match.index + text.length + 8)) ? "name" : "string";
    else if (number !== undefined) kind = "number";
    else if (word !== undefined && KEYWORDS.has(word)) kind = "keyword";
    if (kind === "plain") continue;
    plain(match.index);
    tokens.push({ kind, text });
    from = match.index + text.length;
  }
  plain(code.length);
  return tokens;
}

function diffTokens(code: string): Token[] {
  return code.split(/(?<=\n)/).map((text) => {
    if (/^(?:\+\+\+|---|@@)/.test(text)) return { kind: "keyword", text };
    return { kind: text.startsWith("+") ? "added" : text.startsWith("-") ? "removed" : "plain", text };
  });
}
