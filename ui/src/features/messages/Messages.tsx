/** Messages as cards. Texts are shown as they are: no markup is read from them and nothing is loaded for them. */
import { clsx } from "clsx";
import { useState } from "react";
import { CopyButton } from "../../components/CopyButton";
import type { Block, Message, Role } from "../../lib/messages";
import styles from "./messages.module.css";

const ROLE_NAMES: Readonly<Record<Role, string>> = { system: "System", human: "Human", ai: "AI", tool: "Tool", other: "Message" };
/** Long conversations show their end, where the question is. */
const SHOWN = 40;

export function Messages({ messages }: { readonly messages: readonly Message[] }) {
  const [all, setAll] = useState(false);
  const hidden = all ? 0 : Math.max(messages.length - SHOWN, 0);
  return (
    <div>
      {hidden > 0 ? (
        <button type="button" className={styles.more} onClick={() => setAll(true)}>
          show {hidden} earlier messages
        </button>
      ) : null}
      {messages.slice(hidden).map((message, index) => (
        // Messages have no identity but their order.
        // oxlint-disable-next-line react/no-array-index-key
        <MessageCard key={hidden + index} message={message} />
      ))}
    </div>
  );
}

function MessageCard({ message }: { readonly message: Message }) {
  const { role, label, blocks } = message;
  const [open, setOpen] = useState(role !== "system");
  const text = blocks.map(blockText).join("\n\n");
  return (
    <article className={styles.card} aria-label={`${ROLE_NAMES[role]} message`}>
      <header className={clsx(styles.head, open && styles.open)}>
        <button type="button" className={styles.fold} aria-expanded={open} onClick={() => setOpen(!open)}>
          <span className={styles.role}>{ROLE_NAMES[role]}</span>
          <span className={styles.label}>{open ? label : text.slice(0, 200)}</span>
        </button>
        <CopyButton label="Copy the message" text={() => text} />
      </header>
      {open ? (
        <div className={styles.body}>
          {blocks.length === 0 ? <p className={styles.quiet}>empty message</p> : null}
          {blocks.map((block, index) => (
            // oxlint-disable-next-line react/no-array-index-key
            <BlockView key={index} block={block} />
          ))}
        </div>
      ) : null}
    </article>
  );
}

function BlockView({ block }: { readonly block: Block }) {
  switch (block.kind) {
    case "text":
      return <p className={styles.text}>{block.text}</p>;
    case "thinking":
      return (
        <details className={styles.thinking}>
          <summary>Thought</summary>
          <p className={styles.text}>{block.text === "" ? "not disclosed" : block.text}</p>
        </details>
      );
    case "tool_call":
      return (
        <div className={styles.call}>
          <p className={styles.callName}>{block.call.name}</p>
          <pre className={styles.code}>{block.call.args === "" ? "no arguments" : block.call.args}</pre>
        </div>
      );
    case "tool_result":
      return <pre className={styles.code}>{block.text === "" ? "empty result" : block.text}</pre>;
    case "other":
      return (
        <details>
          <summary className={styles.quiet}>{block.label}</summary>
          <pre className={styles.code}>{block.json}</pre>
        </details>
      );
  }
}

function blockText(block: Block): string {
  switch (block.kind) {
    case "text":
    case "thinking":
    case "tool_result":
      return block.text;
    case "tool_call":
      return `${block.call.name}(${block.call.args})`;
    case "other":
      return block.json;
  }
}
