import { expect, test } from "vitest";
import { markedWords, piecesAt, piecesOf } from "./pieces";

const drawn = (pieces: ReturnType<typeof piecesOf>): string => pieces.map(({ text, marked }) => (marked ? `[${text}]` : text)).join("");

test("known places are marked", () => {
  expect(drawn(piecesAt("one two three", [{ start: 4, end: 7 }]))).toBe("one [two] three");
  expect(drawn(piecesAt("all", [{ start: 0, end: 3 }]))).toBe("[all]");
  expect(drawn(piecesAt("none", []))).toBe("none");
});

test("words are marked wherever they stand, and overlaps once", () => {
  expect(drawn(piecesOf("aba aba", ["aba"]))).toBe("[aba] [aba]");
  expect(drawn(piecesOf("abcd", ["bc", "abc"]))).toBe("[abc]d");
  expect(drawn(piecesOf("<b>x</b>", ["x", ""]))).toBe("<b>[x]</b>");
});

test("the words of the marks come once each", () => {
  expect(markedWords("Zürich, zürich, Zürich", [{ start: 0, end: 6 }, { start: 8, end: 14 }, { start: 16, end: 22 }])).toEqual(["Zürich", "zürich"]);
});
