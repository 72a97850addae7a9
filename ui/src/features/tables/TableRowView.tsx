import { clsx } from "clsx";
import { memo } from "react";
import { Skeleton } from "../../components/States";
import table from "../../components/table/table.module.css";
import rowStyles from "../../components/ui/rows.module.css";
import type { TableRow } from "../../contract/contract";
import type { Column } from "./columns";
import styles from "./tables.module.css";

interface RowProps {
  readonly id: string;
  readonly index: number;
  readonly top: number;
  readonly height: number;
  readonly active: boolean;
  readonly selected: boolean;
  /** Whether any row is selected: then what is in hand is not what is selected. */
  readonly selecting: boolean;
  /** `undefined` while it is on its way. */
  readonly row: TableRow | undefined;
  readonly columns: readonly Column[];
  /** Names of the columns that runs were opened for, in the order of the row's cells. */
  readonly opened: readonly string[];
  readonly now: number;
  /** Its number in the thread that is shown. */
  readonly turn?: number | undefined;
}

export const TableRowView = memo(function TableRowView({ id, index, top, height, active, selected, selecting, row, columns, opened, now, turn }: RowProps) {
  const place = { transform: `translateY(${top}px)`, height };
  const classes = clsx(rowStyles.row, table.columns, styles.row);
  if (row === undefined) {
    return (
      <div role="row" aria-rowindex={index + 2} className={classes} style={place}>
        <span role="gridcell" className={styles.first}>
          <Skeleton width="60%" />
        </span>
      </div>
    );
  }
  const context = { now, turn, value: (column: string) => row.cells[opened.indexOf(column)] ?? null };
  const roomy = height > 30;
  return (
    <div
      role="row"
      id={id}
      data-row={index}
      data-active={active || undefined}
      data-selected={selected || undefined}
      aria-rowindex={index + 2}
      aria-selected={selecting ? selected : active}
      className={classes}
      style={place}
    >
      {columns.map((column, at) => {
        const { text, title, tone, node, costOf } = column.cell(row, context);
        return (
          <span
            key={column.id}
            role="gridcell"
            aria-colindex={at + 1}
            title={title}
            data-cost={costOf}
            className={clsx(column.right && "num", tone && rowStyles[tone], at === 0 && styles.first, (at === 0 || node !== undefined) && table.name, roomy && column.wraps && styles.wraps)}
          >
            {at === 0 ? <span className={styles.check} data-check aria-hidden data-on={selected || undefined} /> : null}
            {node ?? (at === 0 ? <span className={table.nameText}>{text}</span> : text)}
          </span>
        );
      })}
    </div>
  );
});
