/** What was taken away and what came, word by word. */
import { diffWordsWithSpace } from "diff";
import { useMemo } from "react";
import styles from "./diff.module.css";

/** Comparing longer texts word by word would hold up the screen. */
const LONGEST = 100_000;

interface WordDiffProps {
  readonly before: string;
  readonly after: string;
}

export function WordDiff({ before, after }: WordDiffProps) {
  const parts = useMemo(() => (before.length + after.length > LONGEST ? null : diffWordsWithSpace(before, after, { timeout: 200 })), [before, after]);
  if (!parts) return <p className={styles.tooLong}>These texts are too long to be compared word by word.</p>;
  return (
    <p className={styles.diff}>
      {parts.map(({ value, added, removed }, place) => {
        // Parts have no identity but their order.
        // oxlint-disable-next-line react/no-array-index-key
        if (removed) return <del key={place}>{value}</del>;
        // oxlint-disable-next-line react/no-array-index-key
        if (added) return <ins key={place}>{value}</ins>;
        // oxlint-disable-next-line react/no-array-index-key
        return <span key={place}>{value}</span>;
      })}
    </p>
  );
}
