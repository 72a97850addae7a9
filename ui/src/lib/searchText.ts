/** Texts of the search bar as clauses: put in, taken out, completed. The core reads them; here they are only pieced together. */

/** A value as the search bar reads it back. */
export function quoteValue(value: string): string {
  return /^[\p{L}\p{N}_][\p{L}\p{N}_.@/+-]*$/u.test(value) && !/^(and|or|not)$/i.test(value) ? value : `"${value.replace(/["\\]/g, (char) => `\\${char}`)}"`;
}

/** The condition that a field has a value; keys with signs of the language are put in quotes. */
export function clauseOf(field: string, value: string): string {
  if (field === "feedback") return `feedback.${quoteKey(value)}:*`;
  const [first = "", ...rest] = field.split(".");
  const name = rest.length === 0 ? first : `${first}.${quoteKey(rest.join("."))}`;
  return `${name}:${quoteValue(value)}`;
}

function quoteKey(key: string): string {
  return /^[\p{L}\p{N}_.-]+$/u.test(key) ? key : `"${key.replace(/["\\]/g, (char) => `\\${char}`)}"`;
}

/** Parts of a text that spaces separate, outside of quotes and brackets. */
export function partsOf(text: string): { readonly start: number; readonly end: number; readonly text: string }[] {
  const parts: { start: number; end: number; text: string }[] = [];
  let start = -1;
  let quoted = false;
  let depth = 0;
  for (let at = 0; at <= text.length; at += 1) {
    const char = text[at];
    const ends = char === undefined || (!quoted && depth === 0 && /\s/.test(char));
    if (ends) {
      if (start >= 0) parts.push({ start, end: at, text: text.slice(start, at) });
      start = -1;
      continue;
    }
    if (start < 0) start = at;
    if (char === "\\") at += 1;
    else if (char === '"') quoted = !quoted;
    else if (!quoted && /[([{]/.test(char)) depth += 1;
    else if (!quoted && /[)\]}]/.test(char)) depth = Math.max(0, depth - 1);
  }
  return parts;
}

export function hasClause(text: string, clause: string): boolean {
  return partsOf(text).some((part) => part.text === clause);
}

export function withoutClause(text: string, clause: string): string {
  return partsOf(text)
    .filter((part) => part.text !== clause)
    .map((part) => part.text)
    .join(" ");
}

/** Puts a condition in, or takes it out when it is there; its opposite goes. A text with `OR` is taken as a whole. */
export function toggleClause(text: string, clause: string, exclude: boolean): string {
  const wanted = exclude ? `-${clause}` : clause;
  if (hasClause(text, wanted)) return withoutClause(text, wanted);
  const rest = withoutClause(text, exclude ? clause : `-${clause}`);
  if (rest === "") return wanted;
  const isChoice = partsOf(rest).some((part) => /^or$/i.test(part.text));
  return `${isChoice ? `(${rest})` : rest} ${wanted}`;
}

/** What is being typed at a place of the text: a field, or a value of one. */
export interface Typed {
  readonly start: number;
  readonly end: number;
  readonly negated: boolean;
  /** `null` while the name of a field or a word is typed. */
  readonly field: string | null;
  readonly text: string;
}

export function typedAt(text: string, caret: number): Typed {
  const part = partsOf(text).find(({ start, end }) => start < caret && caret <= end) ?? { start: caret, end: caret, text: "" };
  const negated = part.text.startsWith("-");
  const body = part.text.slice(negated ? 1 : 0, caret - part.start);
  const colon = body.indexOf(":");
  const field = colon < 0 ? null : body.slice(0, colon);
  return { start: part.start, end: part.end, negated, field, text: colon < 0 ? body : body.slice(colon + 1) };
}

/** The text with what is typed replaced, and where the caret goes. */
export function complete(text: string, typed: Typed, clause: string): { readonly text: string; readonly caret: number } {
  const done = clause.endsWith(":") || /[<>=~]$/.test(clause) ? clause : `${clause} `;
  const inserted = `${typed.negated ? "-" : ""}${done}`;
  const after = text.slice(typed.end);
  return { text: text.slice(0, typed.start) + inserted + (done.endsWith(" ") ? after.trimStart() : after), caret: typed.start + inserted.length };
}
