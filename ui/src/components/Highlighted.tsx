import { useMemo } from "react";
import { tokensOf } from "../lib/highlight";
import styles from "./highlight.module.css";

interface HighlightedProps {
  readonly code: string;
  readonly language: string;
}

/** Code in colours; elements and never HTML. */
export function Highlighted({ code, language }: HighlightedProps) {
  const tokens = useMemo(() => tokensOf(code, language), [code, language]);
  return tokens.map(({ kind, text }, place) =>
    kind === "plain" ? (
      text
    ) : (
      // Pieces have no identity but their order.
      // oxlint-disable-next-line react/no-array-index-key
      <span key={place} className={styles[kind]}>
        {text}
      </span>
    ),
  );
}
