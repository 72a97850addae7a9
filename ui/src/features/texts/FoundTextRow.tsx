import { clsx } from "clsx";
import { memo } from "react";
import styles from "../../components/table/table.module.css";
import { TypeIcon } from "../../components/TypeIcon";
import rowStyles from "../../components/ui/rows.module.css";
import type { FoundText } from "../../contract/contract";
import { formatCount, formatTimeShort, isoTime } from "../../lib/format";
import { piecesAt } from "../../lib/pieces";
import own from "./texts.module.css";

interface FoundTextRowProps {
  readonly index: number;
  readonly top: number;
  readonly active: boolean;
  readonly hit: FoundText;
  readonly now: number;
}

/** The part and the key; what lies between is in the title. */
function shortField({ part, pointer }: FoundText): string {
  const steps = pointer.split("/").slice(1);
  const key = steps.findLast((step) => !/^\d+$/.test(step));
  if (key === undefined) return part;
  return steps.length > 1 && steps[0] !== key ? `${part} › … › ${key}` : `${part} › ${key}`;
}

export const FoundTextRow = memo(function FoundTextRow({ index, top, active, hit, now }: FoundTextRowProps) {
  const field = `${hit.part}${hit.pointer.replaceAll("/", " › ")}`;
  return (
    <div
      role="row"
      id={`text-${index}`}
      data-row={index}
      aria-rowindex={index + 2}
      aria-selected={active}
      className={clsx(rowStyles.row, styles.columns, own.hit)}
      style={{ transform: `translateY(${top}px)` }}
    >
      <span role="gridcell" aria-colindex={1} className={styles.name} title={hit.name}>
        <TypeIcon type={hit.run_type} />
        <span className={clsx(styles.nameText, hit.status === "error" && rowStyles.bad)}>{hit.name}</span>
      </span>
      <span role="gridcell" aria-colindex={2} className={clsx(own.field, rowStyles.quiet)} title={field}>
        {shortField(hit)}
      </span>
      <span role="gridcell" aria-colindex={3} title={hit.line}>
        {piecesAt(hit.line, hit.marks).map(({ at, text, marked }) => (marked ? <mark key={at}>{text}</mark> : <span key={at}>{text}</span>))}
        {hit.more > 0 ? <span className={rowStyles.unknown} title="Other texts of the run that have it too">{` +${formatCount(hit.more)}`}</span> : null}
      </span>
      <span role="gridcell" aria-colindex={4} className={clsx(own.trace, rowStyles.quiet)} title={`${hit.trace_name}, project ${hit.project}`}>
        {hit.trace_name}
      </span>
      <span role="gridcell" aria-colindex={5} className="num" title={isoTime(hit.start)}>
        {formatTimeShort(hit.start, now)}
      </span>
    </div>
  );
});
