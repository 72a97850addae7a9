/** A text in which what was found is marked, wherever it stands. */
import { Fragment } from "react";
import { piecesOf } from "../lib/pieces";

export function Marked({ text, marks }: { readonly text: string; readonly marks: readonly string[] }) {
  return piecesOf(text, marks).map(({ at, text: piece, marked }) => (marked ? <mark key={at}>{piece}</mark> : <Fragment key={at}>{piece}</Fragment>));
}
