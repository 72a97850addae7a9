import { clsx } from "clsx";
import type { ReactNode } from "react";
import type { RunStatus } from "../contract/contract";
import styles from "./ui/ui.module.css";

export const STATUS_NAMES: Readonly<Record<RunStatus, string>> = {
  success: "Success",
  error: "Error",
  pending: "Running",
  interrupted: "Interrupted",
};

export function Chip({ children, title }: { readonly children: ReactNode; readonly title?: string }) {
  return (
    <span className={styles.chip} title={title}>
      {children}
    </span>
  );
}

export function StatusChip({ status }: { readonly status: RunStatus }) {
  return <span className={clsx(styles.chip, styles[status])}>{STATUS_NAMES[status]}</span>;
}
