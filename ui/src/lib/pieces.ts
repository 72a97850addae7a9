/** Marking what was found. Marks are stretches of a text, never HTML. */
import type { TextMark } from "../contract/contract";

export interface Piece {
  /** Where it begins. */
  readonly at: number;
  readonly text: string;
  readonly marked: boolean;
}

/** Marks in one text; many more would only slow the drawing. */
const MOST = 500;

/** The pieces of a line whose marks are known. */
export function piecesAt(text: string, marks: readonly TextMark[]): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  const push = (end: number, marked: boolean): void => {
    if (end > at) pieces.push({ at, text: text.slice(at, end), marked });
    at = Math.max(at, end);
  };
  for (const { start, end } of marks) {
    push(start, false);
    push(end, true);
  }
  push(text.length, false);
  return pieces;
}

/** The pieces of a text in which these words stand somewhere. */
export function piecesOf(text: string, words: readonly string[]): Piece[] {
  const marks: TextMark[] = [];
  for (const word of words.filter((one) => one !== "")) {
    for (let start = text.indexOf(word); start >= 0 && marks.length < MOST; start = text.indexOf(word, start + word.length)) {
      marks.push({ start, end: start + word.length });
    }
  }
  return piecesAt(
    text,
    marks.toSorted((a, b) => a.start - b.start || b.end - a.end),
  );
}

/** The words that the marks of a line stand for, each once. */
export function markedWords(text: string, marks: readonly TextMark[]): string[] {
  return [...new Set(marks.map(({ start, end }) => text.slice(start, end)))];
}
