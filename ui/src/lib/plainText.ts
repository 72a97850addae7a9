/** What a text is taken for when it is shown. The rule must be predictable: nobody is asked. */

/** Beyond this a text is shown as it is: reading markup from it would hold up the screen. */
export const MOST_MARKDOWN = 100_000;

const MARKS: readonly RegExp[] = [
  /^#{1,6} \S/m, // headings
  /^\s*(?:[-*+]|\d{1,3}[.)]) \S.*\n(?:.*\n)*?\s*(?:[-*+]|\d{1,3}[.)]) \S/m, // lists of two at least
  /^\s*(?:```|~~~)/m, // fences
  /^\s*\|.+\|\s*\n\s*\|[\s:|-]+\|/m, // tables
  /\[[^\]\n]+\]\([^)\s]+\)/, // links
  /\*\*[^*\n]+\*\*/, // strong
  /(?:^|\s)`[^`\n]+`/, // code
];

/** How a text is shown: as it looks, as it is, or as the markup it may be. */
export type TextForm = "auto" | "text" | "markdown";

/** What a form is remembered for. */
export type TextPart = "system" | "human" | "ai" | "thought";

/** The forms that were remembered, from what was stored, whatever that is. */
export function readForms(stored: unknown): Readonly<Partial<Record<TextPart, TextForm>>> {
  const forms: Partial<Record<TextPart, TextForm>> = {};
  if (typeof stored !== "object" || stored === null) return forms;
  for (const part of ["system", "human", "ai", "thought"] as const) {
    const form: unknown = Reflect.get(stored, part);
    if (form === "text" || form === "markdown") forms[part] = form;
  }
  return forms;
}

/** Whether a text has marks of Markdown that are hardly there by chance. */
export function looksLikeMarkdown(text: string): boolean {
  return text.length <= MOST_MARKDOWN && MARKS.some((mark) => mark.test(text));
}

/** A whole object or list of JSON. */
export function looksLikeJson(text: string): boolean {
  const trimmed = text.trim();
  if (!/^(?:\{[\s\S]*\}|\[[\s\S]*\])$/.test(trimmed)) return false;
  try {
    JSON.parse(trimmed);
    return true;
  } catch {
    return false;
  }
}

/** Longer texts are folded, so that one message does not fill many screens. */
const FOLDED_CHARS = 3_000;
const FOLDED_LINES = 40;
const KEPT_CHARS = 1_500;
const KEPT_LINES = 20;

/** The beginning of a long text; `null` where the text is short enough to be shown whole. */
export function beginningOf(text: string): string | null {
  let lines = 1;
  let cut = -1;
  for (let at = text.indexOf("\n"); at >= 0 && lines <= FOLDED_LINES; at = text.indexOf("\n", at + 1)) {
    if (lines === KEPT_LINES) cut = at;
    lines += 1;
  }
  if (text.length <= FOLDED_CHARS && lines <= FOLDED_LINES) return null;
  const kept = Math.min(cut < 0 ? KEPT_CHARS : cut, KEPT_CHARS);
  const space = text.lastIndexOf("\n", kept);
  const end = space > kept / 2 ? space : kept;
  // A pair of surrogates stays whole.
  return text.slice(0, /[\uD800-\uDBFF]/.test(text[end - 1] ?? "") ? end - 1 : end);
}
