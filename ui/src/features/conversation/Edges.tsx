/** What stands around an entry of the list: the cards of the sub-agents that it is in, drawn row by row. */
import { clsx } from "clsx";
import type { CSSProperties } from "react";
import type { Level } from "../../lib/nesting";
import styles from "./edges.module.css";

/** Room at the sides of the list, between its rows, between a card and what stands in it. */
const SIDE = 16;
const GAP = 8;
const INSET = 10;
const PAD = 6;
/** Deeper ones stand where these do, or nothing would be left to read in. */
const DEEPEST = 4;

interface Place {
  readonly level: Level;
  readonly frame: CSSProperties | null;
  readonly card: CSSProperties;
}

/** Where the cards around an entry lie, and what they leave of its row. */
export function roomOf(levels: readonly Level[]): { readonly style: CSSProperties; readonly places: readonly Place[] } {
  let [left, right, bottom] = [SIDE, SIDE, 0];
  const places = levels.map((level, depth): Place => {
    const { owner, begins, ends, ownerEnds } = level;
    const shift = depth < DEEPEST ? 1 : 0;
    const frame = owner === null ? null : { left, right, top: -GAP, bottom: ownerEnds ? bottom : 0 };
    if (ownerEnds) bottom += INSET;
    if (owner !== null) [left, right] = [left + INSET * shift, right + INSET * shift];
    const card = { left, right, top: begins ? 0 : -GAP, bottom: ends ? bottom : 0 };
    if (ends) bottom += PAD;
    [left, right] = [left + (INSET + 3) * shift, right + INSET * shift];
    return { level, frame, card };
  });
  const begins = levels.at(-1)?.begins === true;
  return { style: { paddingLeft: left, paddingRight: right, paddingBottom: bottom, ...(begins ? { paddingTop: PAD } : {}) }, places };
}

export function Edges({ levels }: { readonly levels: readonly Level[] }) {
  return roomOf(levels).places.map(({ level, frame, card }) => (
    <span key={level.side} aria-hidden>
      {frame ? <span className={clsx(styles.frame, level.ownerEnds && styles.closed)} style={frame} /> : null}
      <span className={clsx(styles.card, level.begins && styles.begins, level.ends && styles.ends, level.owner !== null && styles.called, level.failed && styles.failed)} style={card} />
    </span>
  ));
}
