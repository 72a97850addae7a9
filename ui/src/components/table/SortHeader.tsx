import { clsx } from "clsx";
import styles from "./table.module.css";

interface SortHeaderProps {
  readonly label: string;
  readonly right?: boolean;
  /** `null` when another column decides the order. */
  readonly ascending: boolean | null;
  readonly onSort: () => void;
}

/** The arrow has its own room, so that nothing shifts when the order changes. */
export function SortHeader({ label, right = false, ascending, onSort }: SortHeaderProps) {
  const order = ascending === null ? "none" : ascending ? "ascending" : "descending";
  return (
    <span role="columnheader" aria-sort={order} className={clsx(right && styles.right)}>
      <button type="button" tabIndex={-1} className={clsx(styles.sort, ascending !== null && styles.sorted)} onClick={onSort}>
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
