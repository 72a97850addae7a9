import { CopyButton } from "../../components/CopyButton";
import { Marked } from "../../components/Marked";
import { useFoundIn } from "./found";
import styles from "./run.module.css";

interface RunErrorProps {
  readonly message: string;
  readonly kind: string | null;
  readonly stacktrace: string | null;
}

/** What went wrong, above everything else; the stack is there when it is wanted. */
export function RunErrorCard({ message, kind, stacktrace }: RunErrorProps) {
  const text = kind && !message.startsWith(kind) ? `${kind}: ${message}` : message;
  const found = useFoundIn("error");
  return (
    <div className={styles.error} role="group" aria-label="Error">
      <div className={styles.errorHead}>
        <p className={styles.errorText}>{found ? <Marked text={text} marks={found.marks} /> : text}</p>
        <CopyButton label="Copy the error" text={() => (stacktrace ? `${text}\n\n${stacktrace}` : text)} />
      </div>
      {stacktrace ? (
        <details className={styles.stack} open={found?.pointer === "/stacktrace" || undefined}>
          <summary>Stack trace</summary>
          <pre>{found ? <Marked text={stacktrace} marks={found.marks} /> : stacktrace}</pre>
        </details>
      ) : null}
    </div>
  );
}
