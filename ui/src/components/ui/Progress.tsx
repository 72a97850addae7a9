import { clsx } from "clsx";
import styles from "./Progress.module.css";

interface ProgressProps {
  /** Says what moves on, where nothing beside it does. */
  readonly label?: string;
  /** From 0 to 1; `null` while nobody knows. */
  readonly share: number | null;
}

export function Progress({ label, share }: ProgressProps) {
  const known = share !== null;
  return (
    <span
      className={styles.track}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={known ? Math.round(share * 100) : undefined}
    >
      <span className={clsx(styles.done, !known && styles.unknown)} style={known ? { width: `${share * 100}%` } : undefined} />
    </span>
  );
}
