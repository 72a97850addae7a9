/**
 * The cards of messages, wherever messages are shown. Texts are shown as they are: no markup is read from them and
 * nothing is loaded for them.
 */
import { clsx } from "clsx";
import { ChevronRight } from "lucide-react";
import type { ReactNode } from "react";
import styles from "./messages.module.css";

interface MessageFrameProps {
  readonly role: string;
  /** Quiet words behind the role. */
  readonly label?: ReactNode;
  /** Figures and buttons at the end of the line. */
  readonly tools: ReactNode;
  /** Without it the message cannot be folded. */
  readonly onFold?: (() => void) | undefined;
  readonly open: boolean;
  readonly children: ReactNode;
}

/** Head and body of a message; the card around them is the caller's, who may give it a place in a list. */
export function MessageFrame({ role, label, tools, onFold, open, children }: MessageFrameProps) {
  const who = (
    <>
      <span className={styles.role} data-searched="no">{role}</span>
      <span className={styles.label}>{label}</span>
    </>
  );
  return (
    <>
      <header className={clsx(styles.head, open && styles.open)}>
        {onFold ? (
          <button type="button" className={styles.fold} aria-expanded={open} onClick={onFold}>
            <Chevron open={open} />
            {who}
          </button>
        ) : (
          <span className={styles.fold}>{who}</span>
        )}
        <span className={styles.tools} data-searched="no">{tools}</span>
      </header>
      {open ? <div className={styles.body}>{children}</div> : null}
    </>
  );
}

export function Chevron({ open }: { readonly open: boolean }) {
  return <ChevronRight size={13} className={clsx(styles.chevron, open && styles.turned)} aria-hidden />;
}

export function Words({ children }: { readonly children: ReactNode }) {
  return <p className={styles.text}>{children}</p>;
}

export function Code({ children }: { readonly children: ReactNode }) {
  return <pre className={styles.code}>{children}</pre>;
}

interface FoldedProps {
  readonly title: ReactNode;
  readonly open: boolean;
  readonly onFold: () => void;
  readonly children: ReactNode;
}

/** Something that is closed until it is asked for, such as a thought. */
export function Folded({ title, open, onFold, children }: FoldedProps) {
  return (
    <div className={styles.thinking}>
      <button type="button" className={styles.summary} data-searched="no" aria-expanded={open} onClick={onFold}>
        <Chevron open={open} />
        {title}
      </button>
      {open ? children : null}
    </div>
  );
}

interface ToolCardProps {
  readonly name: string;
  /** Arguments on one line, while the card is closed. */
  readonly line?: string;
  readonly failed?: boolean;
  /** State, time and links. */
  readonly tools?: ReactNode;
  readonly open: boolean;
  /** The card around it is drawn elsewhere. */
  readonly bare?: boolean;
  /** Without it the card is always open. */
  readonly onFold?: (() => void) | undefined;
  readonly children: ReactNode;
}

/** A tool call inside the message that made it. */
export function ToolCard({ name, line, failed = false, tools, open, bare = false, onFold, children }: ToolCardProps) {
  return (
    <div className={bare ? styles.bare : clsx(styles.call, failed && styles.failed)} data-call>
      <div className={styles.callHead}>
        {onFold ? (
          <button type="button" className={styles.fold} aria-expanded={open} onClick={onFold}>
            <Chevron open={open} />
            <span className={styles.callName} title={name}>
              {name}
            </span>
            <code className={styles.line}>{open ? "" : line}</code>
          </button>
        ) : (
          <span className={styles.callName} title={name}>
            {name}
          </span>
        )}
        {tools ? <span className={styles.tools} data-searched="no">{tools}</span> : null}
      </div>
      {open ? children : null}
    </div>
  );
}

export { styles as cardStyles };
