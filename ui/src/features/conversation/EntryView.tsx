/** One entry of the list: the beginning of a turn, a message, a sub-agent. */
import { clsx } from "clsx";
import { DatabaseZap, Eye, FileText, MessageSquarePlus, PanelRight, SquareArrowOutUpRight } from "lucide-react";
import { CopyButton } from "../../components/CopyButton";
import { Chip, StatusChip } from "../../components/Chip";
import { IconButton } from "../../components/ui/Button";
import { KeysOf } from "../../components/ui/Keys";
import { useItemScope } from "../../data/item";
import { useWholeTexts } from "../../data/queries";
import { useUi } from "../../data/ui";
import { costOfRun } from "../../lib/cost";
import { EARLIER, errorId, hiddenText, messageMarkdown, pauseBefore, ROLE_NAMES, sideId, threadOf, wordsOf, type Entry } from "../../lib/conversation";
import { exactDuration, formatCost, formatCount, formatDuration, formatTime, isoTime, plural } from "../../lib/format";
import { callOfSide, totalsOf } from "../../lib/nesting";
import { valueText } from "../../lib/feedback";
import { cardStyles, Chevron, MessageFrame } from "../messages/Cards";
import { FormMenu } from "../messages/FormMenu";
import type { ConversationMessage, FeedbackRow } from "../../contract/contract";
import { Blocks, CallCard, ErrorText, useReading } from "./Blocks";
import { Files } from "./MediaBlock";
import styles from "./conversation.module.css";

interface EntryViewProps {
  readonly entry: Entry;
  /** The card of the message goes on in the rows below. */
  readonly goesOn: boolean;
}

export function EntryView({ entry, goesOn }: EntryViewProps) {
  switch (entry.kind) {
    case "turn":
      return <TurnHead turn={entry.turn} />;
    case "earlier":
      return <EarlierLine messages={entry.messages} />;
    case "error":
      return <TurnError turn={entry.turn} />;
    case "side":
      return <SideCard side={entry.side} />;
    case "message":
      return <MessageCard id={entry.id} side={entry.side} index={entry.index} goesOn={goesOn} />;
  }
}

function TurnHead({ turn: number }: { readonly turn: number }) {
  const { conversation, hidden, showRun, feedback } = useReading();
  const turn = conversation.turns[number];
  if (!turn) return null;
  const { root_run_id: root, messages } = turn;
  // Files of runs that said nothing stand at the turn.
  const told = new Set(conversation.messages.slice(turn.first_message, turn.first_message + messages).map(({ run_id: run }) => run));
  const files = turn.files.filter(({ run_id: run }) => !told.has(run));
  const pause = pauseBefore(conversation.turns, number);
  return (
    <>
      {pause === null ? null : <p className={styles.pause}>{formatDuration(pause)} later</p>}
      <div className={styles.turn}>
        <h2 className={styles.turnName} data-searched="no">{conversation.turns.length > 1 ? `Turn ${formatCount(number + 1)}` : "Trace"}</h2>
        <span className={styles.turnTitle} title={turn.name}>
          {turn.name}
        </span>
        {turn.status === null || turn.status === "success" ? null : <StatusChip status={turn.status} />}
        <span className={styles.turnFacts} data-searched="no">
          {hiddenText([turn], hidden ? "shown" : "hidden")}
          {turn.latency === null ? null : <span title={exactDuration(turn.latency)}>{formatDuration(turn.latency)}</span>}
          <span title={isoTime(turn.start)}>{formatTime(turn.start)}</span>
          <Judgements rows={ofRun(feedback, root ?? "", null)} />
          {root === null || showRun === null ? null : (
            <IconButton label={`Show turn ${number + 1} in the tree`} onClick={() => showRun(number, root)}>
              <SquareArrowOutUpRight size={12} />
            </IconButton>
          )}
        </span>
      </div>
      <Files traceId={turn.trace_id} files={files} />
      {messages === 0 ? <p className={styles.quiet}>Nothing was said in this trace.</p> : null}
    </>
  );
}

/** In place of what was said in earlier turns, and above it when it is open. */
function EarlierLine({ messages }: { readonly messages: number }) {
  const { isOpen, toggle } = useReading();
  const open = isOpen(EARLIER);
  return (
    <button type="button" className={clsx(cardStyles.fold, styles.earlier)} aria-expanded={open} title="What this trace was told of earlier turns" onClick={() => toggle(EARLIER)} data-searched="no">
      <Chevron open={open} />
      {plural(messages, "message")} from before
      <KeysOf command="messages.open" />
    </button>
  );
}

/** Why a turn failed, where it ended. */
function TurnError({ turn: number }: { readonly turn: number }) {
  const { conversation } = useReading();
  const error = conversation.turns[number]?.error ?? null;
  return error === null ? null : <ErrorText fold={errorId(number)} text={error} />;
}

/** The head of a sub-agent; the first of a call has the call above it, and all are in one card (`Edges`). */
function SideCard({ side: number }: { readonly side: number }) {
  const { conversation, isOpen, toggle, showRun, actions } = useReading();
  const side = conversation.side_threads[number];
  if (!side) return null;
  const open = isOpen(sideId(number));
  const called = callOfSide(conversation, number);
  const thread = called ? threadOf(conversation, called.side) : [];
  const caller = called ? thread[called.index] : undefined;
  // What the call took is what its only sub-agent took.
  const same = called !== null && called.call.side_threads.length === 1;
  const { cost } = totalsOf(side.messages);
  const facts = [plural(side.messages.length, "message"), cost === null || (same && called.call.cost !== null) ? null : formatCost(cost), open ? null : lastWords(side.messages)];
  return (
    <div className={styles.called}>
      {called?.first && caller ? <CallCard bare fold={called.fold} call={called.call} message={caller} thread={thread} /> : null}
      <div className={styles.side}>
        <button type="button" className={cardStyles.fold} aria-expanded={open} onClick={() => toggle(sideId(number))}>
          <Chevron open={open} />
          <span className={styles.sideKind} data-searched="no">
            Sub-agent
          </span>
          <b className={styles.sideName} title={side.label}>
            {side.label}
          </b>
          <span className={cardStyles.label} data-searched="no">
            {facts.filter(Boolean).join(" · ")}
          </span>
        </button>
        <span className={cardStyles.tools} data-searched="no">
          {side.status === "success" ? null : <StatusChip status={side.status} />}
          {side.latency === null || (same && called.call.latency !== null) ? null : <span className={clsx("num", styles.figure)}>{formatDuration(side.latency)}</span>}
          {actions === null ? null : (
            <IconButton label={`Read ${side.label} beside the conversation`} command="messages.enter" onClick={() => actions.enter(number)}>
              <PanelRight size={13} />
            </IconButton>
          )}
          {showRun === null ? null : (
            <IconButton label={`Show ${side.label} in the tree`} onClick={() => showRun(side.turn, side.run_id)}>
              <SquareArrowOutUpRight size={12} />
            </IconButton>
          )}
        </span>
      </div>
    </div>
  );
}

interface MessageCardProps {
  readonly id: string;
  readonly side: number | null;
  readonly index: number;
  readonly goesOn: boolean;
}

function MessageCard({ id, side, index, goesOn }: MessageCardProps) {
  const { of, hidden, conversation, isOpen, toggle, showRun, actions, feedback, judged } = useReading();
  const whole = useWholeTexts(of, hidden, conversation.stamp);
  const thread = threadOf(conversation, side);
  const message = thread[index];
  if (!message) return null;
  const { role, usage, model, cost, latency } = message;
  const isSystem = role === "system";
  const open = !isSystem || isOpen(id);
  const first = message.blocks[0];
  const turn = conversation.turns[message.turn];
  const files = turn && isFirstOfRun(thread, index) ? turn.files.filter(({ run_id: run }) => run === message.run_id) : [];
  const tools = (
    <>
      <span className={styles.inHand}>
        {role !== "tool" && open && message.blocks.some(({ type }) => type === "text") ? <FormMenu part={role} /> : null}
        <CopyButton label="Copy the message as Markdown" command="messages.copy_markdown" icon={<FileText size={13} />} text={() => messageMarkdown(message, thread, whole)} />
        {actions === null ? null : (
          <>
            {(role === "ai" && message.produced) || message.system_changed ? (
              <IconButton label={message.system_changed ? "What changed since the call before" : "What the model saw"} command="messages.prompt" onClick={() => actions.showPrompt(message.turn, message.run_id, message.system_changed)}>
                <Eye size={13} />
              </IconButton>
            ) : null}
            <AddMessage message={message} />
            <IconButton label="Judge the message" command="messages.judge" onClick={() => actions.judge(side, index)}>
              <MessageSquarePlus size={13} />
            </IconButton>
          </>
        )}
      </span>
      <span className={styles.figures}>
        {id === judged ? <span className={styles.judged}>judged output</span> : null}
        <Judgements rows={ofRun(feedback, message.run_id, message)} />
        {message.hidden ? <span className={styles.warning}>{message.hidden}</span> : null}
        {message.extracted ? null : (
          <span className={styles.warning} title="No message was found in this trace; inputs or outputs of its root stand in for one">
            not extracted
          </span>
        )}
        {model === null ? null : (
          <span className={styles.model} title={model} data-searched="yes">
            {model}
          </span>
        )}
        {usage?.total ? (
          <span className={clsx("num", styles.figure)} title={`${formatCount(usage.input)} in, ${formatCount(usage.output)} out`}>
            {formatCount(usage.total)} tokens
          </span>
        ) : null}
        {cost === null ? null : (
          <span className={clsx("num", styles.figure)} data-cost={costOfRun(conversation, message.turn, message.run_id)}>
            {formatCost(cost)}
          </span>
        )}
        {latency === null ? null : (
          <span className={clsx("num", styles.figure)} title={exactDuration(latency)}>
            {formatDuration(latency)}
          </span>
        )}
      </span>
      <CopyButton label="Copy the message" command="messages.copy" text={() => wordsOf(message, whole)} />
      {showRun === null ? null : (
        <IconButton label="Show the run in the tree" command="messages.run" onClick={() => showRun(message.turn, message.run_id)}>
          <SquareArrowOutUpRight size={13} />
        </IconButton>
      )}
    </>
  );
  const label = open ? (message.name ?? message.raw_role) : first?.type === "text" ? first.text.text.slice(0, 200) : "";
  return (
    <div className={clsx(cardStyles.card, message.hidden && styles.ghost, goesOn && cardStyles.goesOn, id === judged && styles.judgedCard)}>
      <MessageFrame
        role={ROLE_NAMES[role]}
        label={
          <>
            {message.system_changed ? <span className={styles.warning}>changed </span> : null}
            {label}
          </>
        }
        tools={tools}
        open={open}
        onFold={isSystem ? () => toggle(id) : undefined}
      >
        <Blocks id={id} message={message} thread={thread} blocks={message.blocks} />
        {turn ? <Files traceId={turn.trace_id} files={files} /> : null}
        {message.alternatives.map((blocks, place) => (
          // Answers have no identity but their order.
          // oxlint-disable-next-line react/no-array-index-key
          <section key={place} className={styles.group} aria-label={`Answer ${place + 2}`}>
            <p className={styles.caption}>Answer {place + 2}</p>
            <Blocks id={`${id} answer ${place}`} message={message} thread={thread} blocks={blocks} />
          </section>
        ))}
      </MessageFrame>
    </div>
  );
}

/** The run of a message as an example. In a queue the review screen has its own way to a dataset. */
function AddMessage({ message }: { readonly message: ConversationMessage }) {
  const { conversation } = useReading();
  const open = useUi((state) => state.open);
  const reviewing = useItemScope() !== null;
  const traceId = conversation.turns[message.turn]?.trace_id;
  if (reviewing || traceId === undefined) return null;
  const source = { type: "runs" as const, runs: [{ trace_id: traceId, run_id: message.run_id }] };
  return (
    <IconButton label="Add the run of the message to a dataset" onClick={() => open({ name: "add-to-dataset", datasetId: null, source, label: message.produced ? "The run that said this" : "The first run that was told this" })}>
      <DatabaseZap size={13} />
    </IconButton>
  );
}
function isFirstOfRun(thread: readonly ConversationMessage[], index: number): boolean {
  const run = thread[index]?.run_id;
  return thread.findIndex(({ run_id: id }) => id === run) === index;
}

/** What was said about a message, or about a run and none of its messages. */
function ofRun(feedback: ReadonlyMap<string, readonly FeedbackRow[]>, run: string, message: ConversationMessage | null): FeedbackRow[] {
  return (feedback.get(run) ?? []).filter(({ message: about }) => {
    if (message === null) return about === null;
    return about !== null && about.includes(`"${message.hash}"`);
  });
}

/** More of them are counted. */
const CHIPS = 3;

function Judgements({ rows }: { readonly rows: readonly FeedbackRow[] }) {
  if (rows.length === 0) return null;
  return (
    <span className={styles.judgements}>
      {rows.slice(0, CHIPS).map((row) => {
        const value = valueText(row);
        const text = value === null ? row.key : `${row.key}: ${value}`;
        return (
          <Chip key={row.id} title={row.comment === null ? text : `${text}\n${row.comment}`}>
            <span className={styles.judgedKey}>{row.key}</span>
            {value === null ? null : `: ${value}`}
          </Chip>
        );
      })}
      {rows.length > CHIPS ? <span className={styles.quiet}>+{formatCount(rows.length - CHIPS)}</span> : null}
    </span>
  );
}

/** How a sub-agent ended. */
function lastWords(messages: readonly ConversationMessage[]): string | null {
  const text = messages.findLast(({ role }) => role === "ai")?.blocks.find((block) => block.type === "text");
  return text?.type === "text" ? text.text.text.slice(0, 160).replace(/\s+/g, " ") : null;
}
