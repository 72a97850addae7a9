import { clsx } from "clsx";
import styles from "./table.module.css";

interface SortHeaderProps {
  readonly label: string;
  readonly right?: boolean;
  /** Place of the column, from 1. */
  readonly place: number;
  readonly className?: string;
  /** `null` when another column decides the order. */
  readonly ascending: boolean | null;
  /** Why the column cannot decide the order, where it cannot. */
  readonly disabledReason?: string;
  readonly onSort: () => void;
}

/** The arrow has its own room, so that nothing shifts when the order changes. */
export function SortHeader({ label, right = false, place, className, ascending, disabledReason, onSort }: SortHeaderProps) {
  const order = ascending === null ? "none" : ascending ? "ascending" : "descending";
  return (
    <span role="columnheader" aria-colindex={place} aria-sort={order} className={clsx(right && styles.right, className)}>
      <button type="button" disabled={disabledReason !== undefined} title={disabledReason} className={clsx(styles.sort, ascending !== null && styles.sorted)} onClick={onSort}>
        {right && ascending !== null ? arrow(ascending) : ""}
        {label}
        {!right && ascending !== null ? arrow(ascending) : ""}
      </button>
    </span>
  );
}

function arrow(ascending: boolean): string {
  return ascending ? " ↑ " : " ↓ ";
}
