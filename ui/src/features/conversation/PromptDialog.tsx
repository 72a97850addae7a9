/** What the model saw: the exact input list of a call, with what came, went or changed since its agent's call before. */
import { clsx } from "clsx";
import { useCallback, useMemo, useRef, useState } from "react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { toast } from "sonner";
import { ErrorState, Skeleton } from "../../components/States";
import { Button } from "../../components/ui/Button";
import { Dialog } from "../../components/ui/Dialog";
import { Segments } from "../../components/ui/Segments";
import { WordDiff } from "../../components/WordDiff";
import type { ContextMeter, ConversationMessage, MessageBlock, Prompt, PromptChange, PromptMessage, PromptTool, RequestFormat } from "../../contract/contract";
import { promptTextQuery, usePrompt, writeRequest, type PromptRef } from "../../data/conversation";
import { ROLE_NAMES } from "../../lib/conversation";
import { formatCount, plural } from "../../lib/format";
import { sharesOf } from "../../lib/prompt";
import { Folded, cardStyles } from "../messages/Cards";
import { Blocks, LongText, ReadingContext, type Reading } from "./Blocks";
import styles from "./prompt.module.css";

interface PromptDialogProps {
  readonly prompt: PromptRef;
  /** Opens on what is new since the call before. */
  readonly changes?: boolean | undefined;
  readonly onClose: () => void;
}

const CHANGE_NAMES: Readonly<Record<PromptChange, string>> = { same: "", added: "new", removed: "gone", changed: "changed" };

const SHOWN = [
  ["all", "Everything"],
  ["changes", "Changes only"],
] as const;

export function PromptDialog({ prompt: ref, changes = false, onClose }: PromptDialogProps) {
  const prompt = usePrompt(ref);
  return (
    <Dialog title="What the model saw" wide onClose={onClose}>
      {prompt.error ? (
        <ErrorState title="The input could not be read" error={prompt.error} onRetry={() => void prompt.refetch()} />
      ) : prompt.data ? (
        <Shown prompt={prompt.data} of={ref} changes={changes} />
      ) : (
        <div className={styles.loading} aria-busy>
          <Skeleton width="70%" />
          <Skeleton width="50%" />
        </div>
      )}
    </Dialog>
  );
}

function Shown({ prompt, of, changes }: { readonly prompt: Prompt; readonly of: PromptRef; readonly changes: boolean }) {
  const [only, setOnly] = useState<"all" | "changes">(changes ? "changes" : "all");
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const toggle = useCallback((id: string) => setOpen((before) => (before.has(id) ? new Set([...before].filter((known) => known !== id)) : new Set([...before, id]))), []);
  const reading = useMemo(
    (): Reading => ({
      of: of.of,
      hidden: of.hidden,
      conversation: { stamp: prompt.stamp, turns: [], messages: [], side_threads: [] },
      isOpen: (id) => open.has(id),
      toggle,
      showRun: null,
      readText: (number) => promptTextQuery(of, prompt.stamp, number),
      actions: null,
      feedback: new Map(),
      judged: null,
    }),
    [of, prompt.stamp, open, toggle],
  );
  const messages = only === "all" ? prompt.messages : prompt.messages.filter(({ change }) => change !== "same");
  return (
    <ReadingContext value={reading}>
      <Meter meter={prompt.meter} />
      <div className={styles.bar}>
        <span className={styles.quiet}>{changesText(prompt)}</span>
        <span className={styles.tools}>
          {prompt.previous ? <Segments label="Messages shown" options={SHOWN} value={only} onChange={setOnly} /> : null}
          <CopyRequest of={of} format="openai" name="OpenAI" />
          <CopyRequest of={of} format="anthropic" name="Anthropic" />
          <CopyRequest of={of} format="curl" name="curl" />
        </span>
      </div>
      <Tools tools={only === "all" ? prompt.tools : prompt.tools.filter(({ change }) => change !== "same")} />
      {messages.length === 0 ? <p className={styles.quiet}>{only === "changes" ? "Nothing changed since the call before." : "No input was recorded for this call."}</p> : <MessageList messages={messages} />}
    </ReadingContext>
  );
}

function changesText({ messages, previous }: Prompt): string {
  const count = (change: PromptChange): number => messages.filter((message) => message.change === change).length;
  const given = messages.length - count("removed");
  if (previous === null) return `${plural(given, "message")}; the first call of this agent`;
  const parts = [
    [count("added"), "new"],
    [count("changed"), "changed"],
    [count("removed"), "gone"],
  ] as const;
  const told = parts.filter(([number]) => number > 0).map(([number, word]) => `${formatCount(number)} ${word}`);
  return `${plural(given, "message")}; since the call before: ${told.length === 0 ? "no change" : told.join(", ")}`;
}

function CopyRequest({ of, format, name }: { readonly of: PromptRef; readonly format: RequestFormat; readonly name: string }) {
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(await writeRequest(of, format));
      toast.success(`Copied as a request for ${name}`);
    } catch (error) {
      toast.error(error instanceof Error ? error.message : "Copying failed.");
    }
  };
  return (
    <Button title={`Copy the input as a request for ${name}`} onClick={() => void copy()}>
      Copy as {name}
    </Button>
  );
}

/** What fills the window: shares by characters, tokens as told. */
function Meter({ meter }: { readonly meter: ContextMeter }) {
  const shares = sharesOf(meter);
  const cached = meter.cache_read_tokens !== null && meter.input_tokens ? Math.min(meter.cache_read_tokens / meter.input_tokens, 1) : null;
  return (
    <section className={styles.meter} aria-label="What fills the window">
      <div className={styles.stack} aria-hidden>
        {shares.map(({ part, share }) => (
          <i key={part} className={styles[part]} style={{ width: `${share * 100}%` }} />
        ))}
      </div>
      {cached === null ? null : (
        <div className={styles.cache} aria-hidden>
          <i style={{ width: `${cached * 100}%` }} />
        </div>
      )}
      <ul className={styles.legend}>
        {shares.map(({ part, name, share, tokens, chars }) => (
          <li key={part} title={`${formatCount(chars)} characters`}>
            <i className={styles[part]} aria-hidden />
            {name} <b className="num">{percent(share)}</b>
            {tokens === null ? null : <span className={styles.quiet}>≈ {formatCount(tokens)}</span>}
          </li>
        ))}
        {cached === null ? null : (
          <li>
            <i className={styles.cached} aria-hidden />
            Read from the cache <b className="num">{percent(cached)}</b> <span className={styles.quiet}>{formatCount(meter.cache_read_tokens)}</span>
          </li>
        )}
      </ul>
      <p className={styles.quiet}>
        {meter.input_tokens === null ? "The tokens of the input are not known. " : `${plural(meter.input_tokens, "token")} in. `}
        Shares are estimated from characters.
      </p>
    </section>
  );
}

function percent(share: number): string {
  return share > 0 && share < 0.01 ? "<1%" : `${Math.round(share * 100)}%`;
}

function Tools({ tools }: { readonly tools: readonly PromptTool[] }) {
  const [open, setOpen] = useState(false);
  if (tools.length === 0) return null;
  const changed = tools.filter(({ change }) => change !== "same").length;
  return (
    <div className={styles.offered}>
      <Folded title={`${plural(tools.length, "tool")} offered${changed > 0 ? `, ${formatCount(changed)} changed` : ""}`} open={open} onFold={() => setOpen(!open)}>
        {tools.map(({ name, change, definition }) => (
          <div key={`${change} ${name}`} className={clsx(styles.message, styles[change])}>
            <p className={styles.head}>
              <b>{name}</b>
              <Mark change={change} />
            </p>
            <LongText fold={`tool ${name} ${change}`} text={definition} code json />
          </div>
        ))}
      </Folded>
    </div>
  );
}

function Mark({ change }: { readonly change: PromptChange }) {
  return change === "same" ? null : <span className={clsx(styles.mark, styles[`${change}Mark`])}>{CHANGE_NAMES[change]}</span>;
}

function MessageList({ messages }: { readonly messages: readonly PromptMessage[] }) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({ count: messages.length, getScrollElement: () => scroller.current, estimateSize: () => 72, gap: 6, overscan: 6 });
  // The end is what the call was made for.
  const [begun] = useState(() => messages.findIndex(({ change }) => change !== "same"));
  const arrived = useRef(false);
  const arrive = (element: HTMLDivElement | null): void => {
    scroller.current = element;
    if (!element || arrived.current) return;
    arrived.current = true;
    requestAnimationFrame(() => virtualizer.scrollToIndex(begun < 0 ? 0 : begun, { align: "start" }));
  };
  return (
    // The list is scrolled by keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div ref={arrive} className={styles.scroller} tabIndex={0} role="list" aria-label="Input of the model">
      <div className={styles.list} style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map(({ index, start }) => {
          const message = messages[index];
          if (!message) return null;
          return (
            <div key={index} ref={virtualizer.measureElement} data-index={index} role="listitem" className={styles.item} style={{ transform: `translateY(${start}px)` }}>
              <PromptCard id={`input ${index}`} message={message} />
            </div>
          );
        })}
      </div>
    </div>
  );
}

const NO_THREAD: readonly ConversationMessage[] = [];

function PromptCard({ id, message }: { readonly id: string; readonly message: PromptMessage }) {
  const { change, role, raw_role: raw, name, blocks, before } = message;
  const [was, setWas] = useState(false);
  const words = onlyWords(blocks);
  const old = onlyWords(before);
  const shown = { role, blocks, turn: 0 } as unknown as ConversationMessage;
  return (
    <div className={clsx(styles.message, styles[change])}>
      <p className={styles.head}>
        <b>{ROLE_NAMES[role]}</b>
        <span className={styles.quiet}>{name ?? raw}</span>
        <Mark change={change} />
        {change === "changed" ? (
          <button type="button" className={cardStyles.more} aria-pressed={was} onClick={() => setWas(!was)}>
            {was ? "as it is" : "what changed"}
          </button>
        ) : null}
      </p>
      {was && words !== null && old !== null ? (
        <WordDiff before={old} after={words} />
      ) : (
        <Blocks id={was ? `${id} before` : id} message={shown} thread={NO_THREAD} blocks={was ? before : blocks} />
      )}
    </div>
  );
}

/** The words of blocks that are nothing but whole words. */
function onlyWords(blocks: readonly MessageBlock[]): string | null {
  const texts = blocks.map((block) => (block.type === "text" && block.text.cut === null ? block.text.text : null));
  return texts.includes(null) || texts.length === 0 ? null : texts.join("\n\n");
}
