import { clsx } from "clsx";
import type { RunType } from "../contract/contract";
import types from "./ui/types.module.css";
import styles from "./ui/ui.module.css";

/** A letter beside the colour, so that colour is never the only sign. */
const LETTERS: Readonly<Record<RunType, string>> = {
  chain: "C",
  llm: "L",
  tool: "T",
  retriever: "R",
  embedding: "E",
  prompt: "P",
  parser: "S",
};

export function TypeIcon({ type }: { readonly type: RunType }) {
  return (
    <span className={clsx(styles.type, types[type])} title={type} aria-hidden>
      {LETTERS[type]}
    </span>
  );
}
