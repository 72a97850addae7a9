/** What was said about a row, as far as there is room: keys are cut before values are, and what is left is counted. */
import { clsx } from "clsx";
import type { SaidOfRow } from "../../contract/contract";
import { saidText, saidTitle } from "../../lib/feedback";
import { formatCount } from "../../lib/format";
import styles from "./said.module.css";

/** At most as many; in a narrow column fewer, which the style decides by the room, without measuring every row. */
const MOST = 3;
const FROM = [styles.from1, styles.from2, styles.from3] as const;

export function SaidChips({ said }: { readonly said: readonly SaidOfRow[] }) {
  return (
    <span className={styles.said}>
      <span className={styles.row}>
        {said.slice(0, MOST).map((each, at) => (
          <span key={each.key} className={clsx(styles.chip, FROM[at])} title={saidTitle(each)}>
            <i>{each.key}</i>
            <b>{saidText(each)}</b>
          </span>
        ))}
        {FROM.map((from, at) =>
          said.length > at + 1 ? (
            <span key={from} className={clsx(styles.more, from)} title={said.slice(at + 1).map(saidTitle).join("\n\n")}>
              +{formatCount(said.length - at - 1)}
            </span>
          ) : null,
        )}
      </span>
    </span>
  );
}
