import { Link } from "@tanstack/react-router";
import { clsx } from "clsx";
import { memo } from "react";
import { Skeleton } from "../../components/States";
import tableStyles from "../../components/table/table.module.css";
import rowStyles from "../../components/ui/rows.module.css";
import type { ExampleRow } from "../../contract/contract";
import { onOneLine } from "../../lib/example";
import { DASH, formatTimeShort, isoTime, shortId } from "../../lib/format";
import styles from "./datasets.module.css";

interface ExampleLineProps {
  /** `null` while it is on its way. */
  readonly example: ExampleRow | null;
  readonly index: number;
  readonly top: number;
  readonly active: boolean;
  readonly chosen: boolean;
  readonly now: number;
}

export const ExampleLine = memo(function ExampleLine({ example, index, top, active, chosen, now }: ExampleLineProps) {
  const at = { transform: `translateY(${top}px)` };
  const classes = clsx(rowStyles.row, tableStyles.columns, styles.examples);
  if (!example) {
    return (
      <div role="row" aria-rowindex={index + 2} className={classes} style={at}>
        <span aria-hidden />
        <span role="gridcell">
          <Skeleton width="60%" />
        </span>
      </div>
    );
  }
  const { inputs, outputs, splits, source, modified } = example;
  return (
    <div role="row" id={`example-${index}`} data-row={index} aria-rowindex={index + 2} aria-selected={active} className={classes} style={at}>
      <span role="gridcell" className={tableStyles.choose} data-choose>
        {/* The grid has the focus; X chooses. */}
        <input type="checkbox" tabIndex={-1} readOnly checked={chosen} aria-label={`Choose example ${index + 1}`} />
      </span>
      <span role="gridcell" className={styles.payload} title={inputs}>
        {onOneLine(inputs)}
      </span>
      <span role="gridcell" className={clsx(styles.payload, styles.outputs, outputs === null && rowStyles.unknown)} title={outputs ?? "Nothing is expected"}>
        {outputs === null ? DASH : onOneLine(outputs)}
      </span>
      <span role="gridcell" className={splits.length === 0 ? rowStyles.unknown : rowStyles.quiet} title={splits.join(", ")}>
        {splits.length === 0 ? DASH : splits.join(", ")}
      </span>
      <span role="gridcell" className={clsx(styles.source, source === null && rowStyles.unknown)}>
        {source === null ? (
          DASH
        ) : (
          <Link to="/trace/$traceId" params={{ traceId: source.trace_id }} search={{ run: source.run_id }} tabIndex={-1} title="Show the run that it was made of">
            {shortId(source.run_id)}
          </Link>
        )}
      </span>
      <span role="gridcell" className={clsx("num", styles.when)} title={isoTime(modified)}>
        {formatTimeShort(modified, now)}
      </span>
    </div>
  );
});
