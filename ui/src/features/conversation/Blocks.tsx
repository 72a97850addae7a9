/** What a message of a conversation says, piece by piece. */
import { clsx } from "clsx";
import { createContext, use } from "react";
import { useQuery, type QueryKey } from "@tanstack/react-query";
import { SquareArrowOutUpRight } from "lucide-react";
import { IconButton } from "../../components/ui/Button";
import type { CallState, Conversation, ConversationMessage, CutText, MessageBlock, MessagePayload, MessageToolCall } from "../../contract/contract";
import { costOfRun } from "../../lib/cost";
import type { FeedbackByRun } from "../../data/conversation";
import type { ConversationRef } from "../../data/queries";
import { blockFold, callFold, payloadLine, payloadText, sideId, splitError, textFold } from "../../lib/conversation";
import { formatBytes, formatCost, formatCount, formatDuration } from "../../lib/format";
import { callOfSide } from "../../lib/nesting";
import { beginningOf, type TextPart } from "../../lib/plainText";
import { cardStyles, Code, Folded, ToolCard } from "../messages/Cards";
import { Written } from "../messages/Written";
import { MediaBlock } from "./MediaBlock";
import styles from "./conversation.module.css";

/** What every piece may need of the conversation around it. */
export interface Reading {
  readonly of: ConversationRef;
  /** Whether hidden messages were asked for. */
  readonly hidden: boolean;
  readonly conversation: Conversation;
  readonly isOpen: (id: string) => boolean;
  readonly toggle: (id: string) => void;
  /** Not offered where there is no tree to show a run in. */
  readonly showRun: ((turn: number, runId: string) => void) | null;
  /** How the whole of a cut text is asked for, by its number. */
  readonly readText: (number: number) => { readonly queryKey: QueryKey; readonly queryFn: (context: { signal?: AbortSignal }) => Promise<string> };
  /** What can be done with messages beyond reading them; nothing beside a rubric. */
  readonly actions: ReadingActions | null;
  /** What was said about the runs of the conversation. */
  readonly feedback: FeedbackByRun;
  /** The message that is judged beside a rubric, by its id. */
  readonly judged: string | null;
}

export interface ReadingActions {
  /** What the model saw. */
  /** What a model saw; `changes`: only what is new in it. */
  readonly showPrompt: (turn: number, runId: string, changes?: boolean) => void;
  readonly judge: (side: number | null, index: number) => void;
  /** Reads a sub-agent beside the conversation. */
  readonly enter: (side: number) => void;
}

export const ReadingContext = createContext<Reading | null>(null);

export function useReading(): Reading {
  const reading = use(ReadingContext);
  if (!reading) throw new Error("There is no conversation around this.");
  return reading;
}

interface BlocksProps {
  readonly id: string;
  readonly message: ConversationMessage;
  readonly thread: readonly ConversationMessage[];
  readonly blocks: readonly MessageBlock[];
}

export function Blocks({ id, message, thread, blocks }: BlocksProps) {
  return blocks.map((block, index) => (
    // Blocks have no identity but their order.
    // oxlint-disable-next-line react/no-array-index-key
    <BlockView key={index} id={id} place={index} message={message} thread={thread} block={block} />
  ));
}

interface BlockProps {
  readonly id: string;
  readonly place: number;
  readonly message: ConversationMessage;
  readonly thread: readonly ConversationMessage[];
  readonly block: MessageBlock;
}

function BlockView({ id, place, message, thread, block }: BlockProps) {
  const { isOpen, toggle } = useReading();
  const fold = blockFold(id, place);
  switch (block.type) {
    case "text":
      return (
        <>
          <LongText fold={textFold(fold)} text={block.text} part={message.role === "tool" ? null : message.role} />
          {block.annotations ? <p className={cardStyles.quiet}>with citations: {block.annotations.text.slice(0, 300)}</p> : null}
        </>
      );
    case "reasoning":
      return (
        <Folded title={`Thought (${formatCount(block.text.bytes)} characters)`} open={isOpen(fold)} onFold={() => toggle(fold)}>
          <LongText fold={textFold(fold)} text={block.text} part="thought" />
        </Folded>
      );
    case "tool_calls":
      return <Calls id={id} place={place} message={message} thread={thread} calls={block.calls} />;
    case "tool_result":
      return <Result id={fold} message={message} thread={thread} content={block.content} error={block.error} />;
    case "server_tool":
      return (
        <ToolCard name={block.name} line={payloadLine(block.arguments)} failed={block.is_error} tools={<span className={styles.quiet}>by the vendor</span>} open={isOpen(fold)} onFold={() => toggle(fold)}>
          <Arguments fold={fold} payload={block.arguments} />
          {block.result.length === 0 ? <p className={styles.quiet}>no result</p> : <Blocks id={fold} message={message} thread={thread} blocks={block.result} />}
        </ToolCard>
      );
    case "media":
      return (
        <MediaBlock id={fold} media={block}>
          {block.transcript ? <LongText fold={textFold(fold)} text={block.transcript} /> : null}
        </MediaBlock>
      );
    case "refusal":
      return (
        <div>
          <span className={styles.warning}>Refused</span>
          <LongText fold={textFold(fold)} text={block.text} />
        </div>
      );
    case "error":
      return (
        <ErrorText fold={fold} text={block.text} />
      );
    case "json":
      return (
        <Folded title={`${block.kind ?? "JSON"} (${formatBytes(block.json.bytes)})`} open={isOpen(fold)} onFold={() => toggle(fold)}>
          <LongText fold={textFold(fold)} text={block.json} json code />
        </Folded>
      );
    case "unreadable":
      return (
        <div>
          <span className={styles.warning}>Not readable: {block.reason}</span>
          <LongText fold={textFold(fold)} text={block.text} code />
        </div>
      );
  }
}

interface CallsProps extends Omit<BlockProps, "block"> {
  readonly calls: readonly MessageToolCall[];
}

function Calls({ id, place, message, thread, calls }: CallsProps) {
  const { conversation } = useReading();
  // A call that started sub-agents stands at the head of the first of them, in the rows below.
  const cards = calls.map((call, index) =>
    call.side_threads.some((side) => callOfSide(conversation, side)?.call === call) ? null : (
      <CallCard key={callFold(id, place, index)} fold={callFold(id, place, index)} call={call} message={message} thread={thread} />
    ),
  );
  if (calls.length === 1) return cards;
  return (
    <section className={styles.group} aria-label={`${calls.length} parallel calls`}>
      <p className={clsx(styles.quiet, styles.oneLine)} title={namesOf(calls)} data-searched="no">
        {calls.length} calls in parallel: {namesOf(calls)}
      </p>
      {cards}
    </section>
  );
}

/** `search ×3, fetch`. */
function namesOf(calls: readonly MessageToolCall[]): string {
  const counts = new Map<string, number>();
  for (const { name } of calls) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => (count === 1 ? name : `${name} ×${count}`)).join(", ");
}

const STATE_NAMES: Readonly<Record<CallState, string>> = {
  answered: "",
  failed: "failed",
  interrupted: "interrupted",
  running: "running",
  unanswered: "no result",
};

interface CallCardProps {
  readonly fold: string;
  readonly call: MessageToolCall;
  readonly message: ConversationMessage;
  readonly thread: readonly ConversationMessage[];
  /** Its sub-agents stand below it, and the card is drawn around all of them. */
  readonly bare?: boolean;
}

export function CallCard({ fold, call, message, thread, bare = false }: CallCardProps) {
  const { isOpen, toggle, showRun, conversation } = useReading();
  const result = call.result === null ? undefined : thread[call.result];
  const { run_id: runId } = call;
  const agents = bare ? [] : call.side_threads.map((side) => conversation.side_threads[side]?.label ?? "sub-agent");
  const tools = (
    <>
      {STATE_NAMES[call.state] === "" ? null : <span className={call.state === "failed" ? styles.bad : styles.warning}>{STATE_NAMES[call.state]}</span>}
      {call.cost === null ? null : <span className={clsx("num", styles.figure)} data-cost={costOfRun(conversation, message.turn, runId)}>{formatCost(call.cost)}</span>}
      {call.latency === null ? null : <span className={clsx("num", styles.figure)}>{formatDuration(call.latency)}</span>}
      {runId === null || showRun === null ? null : (
        <IconButton label={`Show the run of ${call.name} in the tree`} onClick={() => showRun(message.turn, runId)}>
          <SquareArrowOutUpRight size={12} />
        </IconButton>
      )}
    </>
  );
  return (
    <ToolCard bare={bare} name={call.name} line={payloadLine(call.arguments)} failed={call.state === "failed"} tools={tools} open={isOpen(fold)} onFold={() => toggle(fold)}>
      <Arguments fold={fold} payload={call.arguments} />
      {agents.length === 0 ? null : (
        <p className={styles.quiet}>
          starts {call.side_threads.map((side, index) => (
            <button key={side} type="button" className={cardStyles.more} onClick={() => toggle(sideId(side))}>
              {agents[index]}
            </button>
          ))}
        </p>
      )}
      <p className={styles.caption}>Result</p>
      {result ? <Blocks id={`${fold} result`} message={message} thread={thread} blocks={result.blocks} /> : <p className={styles.quiet}>no result</p>}
    </ToolCard>
  );
}

function Arguments({ fold, payload }: { readonly fold: string; readonly payload: MessagePayload | null }) {
  if (payload === null) return <p className={styles.quiet}>no arguments</p>;
  return <LongText fold={textFold(`${fold} arguments`)} text={payload.text} code json={payload.json} />;
}

interface ResultProps {
  readonly id: string;
  readonly message: ConversationMessage;
  readonly thread: readonly ConversationMessage[];
  readonly content: readonly MessageBlock[];
  readonly error: CutText | null;
}

/** Words of a tool are data: they stand in code. */
function Result({ id, message, thread, content, error }: ResultProps) {
  return (
    <>
      {error ? (
        <ErrorText fold={`${id} error`} text={error} />
      ) : null}
      {content.map((block, index) =>
        block.type === "text" ? (
          // oxlint-disable-next-line react/no-array-index-key
          <LongText key={index} fold={textFold(`${id} ${index}`)} text={block.text} code />
        ) : block.type === "json" ? (
          // oxlint-disable-next-line react/no-array-index-key
          <LongText key={index} fold={textFold(`${id} ${index}`)} text={block.json} json code />
        ) : (
          // oxlint-disable-next-line react/no-array-index-key
          <BlockView key={index} id={id} place={index} message={message} thread={thread} block={block} />
        ),
      )}
    </>
  );
}

interface ErrorTextProps {
  readonly fold: string;
  readonly text: CutText;
}

/** What went wrong; where it went wrong is folded. */
export function ErrorText({ fold, text }: ErrorTextProps) {
  const { isOpen, toggle } = useReading();
  const { message, rest } = splitError(text.text);
  return (
    <div className={styles.error} role="note" aria-label="Error">
      {rest === "" ? (
        <LongText fold={textFold(fold)} text={text} code />
      ) : (
        <>
          <Code>{message}</Code>
          <Folded title="Where" open={isOpen(fold)} onFold={() => toggle(fold)}>
            <LongText fold={textFold(fold)} text={{ ...text, text: text.cut === null ? rest : text.text }} code />
          </Folded>
        </>
      )}
    </div>
  );
}

interface LongTextProps {
  /** Name of its fold. */
  readonly fold: string;
  readonly text: CutText;
  readonly code?: boolean;
  /** Written over several lines once it is whole. */
  readonly json?: boolean;
  /** Whose words these are; they may be Markdown. */
  readonly part?: TextPart | null;
}

/** A text that may be long or may have come cut: its beginning, and the rest when it is asked for. */
export function LongText({ fold, text, code = false, json = false, part = null }: LongTextProps) {
  const { isOpen, toggle, readText } = useReading();
  const asked = isOpen(fold);
  const whole = useQuery({ ...readText(text.cut ?? 0), enabled: asked && text.cut !== null });
  const all = text.cut === null ? text.text : whole.data;
  const written = all !== undefined && json ? payloadText({ json: true, text: { text: all, bytes: text.bytes, cut: null } }) : (all ?? text.text);
  const beginning = beginningOf(written);
  const shown = asked && all !== undefined ? written : (beginning ?? written);
  return (
    <>
      <Written text={shown} code={code} json={json} part={part} />
      {beginning === null && text.cut === null ? null : (
        <button type="button" className={cardStyles.more} data-searched="no" aria-expanded={asked} disabled={asked && whole.isFetching} onClick={() => (asked && whole.error ? void whole.refetch() : toggle(fold))}>
          {asked && whole.error ? `not read: ${whole.error.message} — try again` : asked && whole.isFetching ? "reading…" : asked ? "show less" : `… show all ${formatBytes(text.bytes)}`}
        </button>
      )}
    </>
  );
}
