/** The messages of one payload as cards. */
import { useState } from "react";
import { CopyButton } from "../../components/CopyButton";
import type { Block, Message, Role } from "../../lib/messages";
import type { TextPart } from "../../lib/plainText";
import { cardStyles as styles, Code, Folded, MessageFrame, ToolCard, Words } from "./Cards";
import { FormMenu } from "./FormMenu";
import { Written } from "./Written";

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
  const part = role === "tool" || role === "other" ? null : role;
  const text = blocks.map(blockText).join("\n\n");
  return (
    <article className={styles.card} aria-label={`${ROLE_NAMES[role]} message`}>
      <MessageFrame
        role={ROLE_NAMES[role]}
        label={open ? label : text.slice(0, 200)}
        tools={
          <>
            {open && part !== null && blocks.some(({ kind }) => kind === "text") ? <FormMenu part={part} /> : null}
            <CopyButton label="Copy the message" text={() => text} />
          </>
        }
        open={open}
        onFold={() => setOpen(!open)}
      >
        {blocks.length === 0 ? <p className={styles.quiet}>empty message</p> : null}
        {blocks.map((block, index) => (
          // oxlint-disable-next-line react/no-array-index-key
          <BlockView key={index} block={block} part={part} />
        ))}
      </MessageFrame>
    </article>
  );
}

function BlockView({ block, part }: { readonly block: Block; readonly part: TextPart | null }) {
  const [open, setOpen] = useState(false);
  switch (block.kind) {
    case "text":
      return <Written text={block.text} part={part} />;
    case "thinking":
      return (
        <Folded title="Thought" open={open} onFold={() => setOpen(!open)}>
          {block.text === "" ? <Words>not disclosed</Words> : <Written text={block.text} part="thought" />}
        </Folded>
      );
    case "tool_call":
      return (
        <ToolCard name={block.call.name} open>
          <Code>{block.call.args === "" ? "no arguments" : block.call.args}</Code>
        </ToolCard>
      );
    case "tool_result":
      return <Code>{block.text === "" ? "empty result" : block.text}</Code>;
    case "other":
      return (
        <Folded title={block.label} open={open} onFold={() => setOpen(!open)}>
          <Code>{block.json}</Code>
        </Folded>
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
