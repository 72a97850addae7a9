import { CopyButton } from "../../components/CopyButton";
import styles from "./run.module.css";

interface RunErrorProps {
  readonly message: string;
  readonly kind: string | null;
  readonly stacktrace: string | null;
}

/** What went wrong, above everything else; the stack is there when it is wanted. */
export function RunErrorCard({ message, kind, stacktrace }: RunErrorProps) {
  const text = kind && !message.startsWith(kind) ? `${kind}: ${message}` : message;
  return (
    <div className={styles.error} role="group" aria-label="Error">
      <div className={styles.errorHead}>
        <p className={styles.errorText}>{text}</p>
        <CopyButton label="Copy the error" text={() => (stacktrace ? `${text}\n\n${stacktrace}` : text)} />
      </div>
      {stacktrace ? (
        <details className={styles.stack}>
          <summary>Stack trace</summary>
          <pre>{stacktrace}</pre>
        </details>
      ) : null}
    </div>
  );
}
