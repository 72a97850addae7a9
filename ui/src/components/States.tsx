/** What stands in for content: nothing there, or something failed. Both say why and offer one way on. */
import type { ReactNode } from "react";
import { RpcError } from "../platform";
import { Button } from "./ui/Button";
import styles from "./ui/ui.module.css";

interface EmptyProps {
  readonly title: string;
  readonly children?: ReactNode;
  readonly action?: ReactNode;
}

export function EmptyState({ title, children, action }: EmptyProps) {
  return (
    <div className={styles.state} role="status">
      <p className={styles.stateTitle}>{title}</p>
      {children ? <p>{children}</p> : null}
      {action ? <div className={styles.stateActions}>{action}</div> : null}
    </div>
  );
}

interface ErrorProps {
  readonly title: string;
  readonly error: Error;
  readonly onRetry: () => void;
}

export function ErrorState({ title, error, onRetry }: ErrorProps) {
  const detail = error instanceof RpcError ? error.detail : null;
  return (
    <div className={styles.state} role="alert">
      <p className={styles.stateTitle}>{title}</p>
      <p>{error.message}</p>
      {detail ? <p className={styles.stateDetail}>{detail}</p> : null}
      <div className={styles.stateActions}>
        <Button onClick={onRetry}>Try again</Button>
      </div>
    </div>
  );
}

/** Keeps the shape of a text that is still to come. */
export function Skeleton({ width }: { readonly width: string }) {
  return <span className={styles.skeleton} style={{ width }} />;
}
