/** One entry of the list: the beginning of a turn, a message, a sub-agent. */
import { clsx } from "clsx";
import { DatabaseZap, FileText, SquareArrowOutUpRight } from "lucide-react";
import { CopyButton } from "../../components/CopyButton";
import { StatusChip } from "../../components/Chip";
import { IconButton } from "../../components/ui/Button";
import type { ConversationMessage } from "../../contract/contract";
import { useItemScope } from "../../data/item";
import { useWholeTexts } from "../../data/queries";
import { useUi } from "../../data/ui";
import { costOfRun } from "../../lib/cost";
import { hiddenText, messageMarkdown, pauseBefore, ROLE_NAMES, sideId, threadOf, wordsOf, type Entry } from "../../lib/conversation";
import { exactDuration, formatCost, formatCount, formatDuration, formatTime, isoTime, plural } from "../../lib/format";
import { cardStyles, Chevron, MessageFrame } from "../messages/Cards";
import { Blocks, ErrorText, useReading } from "./Blocks";
import styles from "./conversation.module.css";

export function EntryView({ entry }: { readonly entry: Entry }) {
  switch (entry.kind) {
    case "turn":
      return <TurnHead turn={entry.turn} />;
    case "side":
      return <SideCard side={entry.side} />;
    case "message":
      return <MessageCard id={entry.id} side={entry.side} index={entry.index} />;
  }
}

function TurnHead({ turn: number }: { readonly turn: number }) {
  const { conversation, hidden, showRun } = useReading();
  const turn = conversation.turns[number];
  if (!turn) return null;
  const { root_run_id: root, messages } = turn;
  const pause = pauseBefore(conversation.turns, number);
  return (
    <>
      {pause === null ? null : <p className={styles.pause}>{formatDuration(pause)} later</p>}
      <div className={styles.turn}>
        <h2 className={styles.turnName}>Turn {formatCount(number + 1)}</h2>
        <span className={styles.turnTitle} title={turn.name}>
          {turn.name}
        </span>
        {turn.status === null || turn.status === "success" ? null : <StatusChip status={turn.status} />}
        <span className={styles.turnFacts}>
          {hiddenText([turn], hidden ? "shown" : "hidden")}
          {turn.latency === null ? null : <span title={exactDuration(turn.latency)}>{formatDuration(turn.latency)}</span>}
          <span title={isoTime(turn.start)}>{formatTime(turn.start)}</span>
          {root === null ? null : (
            <IconButton label={`Show turn ${number + 1} in the tree`} onClick={() => showRun(number, root)}>
              <SquareArrowOutUpRight size={12} />
            </IconButton>
          )}
        </span>
      </div>
      {turn.error ? (
        <ErrorText fold={`turn ${number}`} text={turn.error} />
      ) : null}
      {messages === 0 ? <p className={styles.quiet}>Nothing was said in this trace.</p> : null}
    </>
  );
}

function SideCard({ side: number }: { readonly side: number }) {
  const { conversation, isOpen, toggle, showRun } = useReading();
  const side = conversation.side_threads[number];
  if (!side) return null;
  const open = isOpen(sideId(number));
  return (
    <div className={styles.side}>
      <button type="button" className={cardStyles.fold} aria-expanded={open} onClick={() => toggle(sideId(number))}>
        <Chevron open={open} />
        <span className={styles.sideKind}>Sub-agent</span>
        <b className={styles.turnTitle}>{side.label}</b>
        <span className={cardStyles.label}>{plural(side.messages.length, "message")}</span>
      </button>
      <span className={cardStyles.tools}>
        {side.status === "success" ? null : <StatusChip status={side.status} />}
        {side.latency === null ? null : <span className={clsx("num", styles.figure)}>{formatDuration(side.latency)}</span>}
        <IconButton label={`Show ${side.label} in the tree`} onClick={() => showRun(side.turn, side.run_id)}>
          <SquareArrowOutUpRight size={12} />
        </IconButton>
      </span>
    </div>
  );
}

interface MessageCardProps {
  readonly id: string;
  readonly side: number | null;
  readonly index: number;
}

function MessageCard({ id, side, index }: MessageCardProps) {
  const { of, hidden, conversation, isOpen, toggle, showRun } = useReading();
  const whole = useWholeTexts(of, hidden, conversation.stamp);
  const thread = threadOf(conversation, side);
  const message = thread[index];
  if (!message) return null;
  const { role, usage, model, cost, latency } = message;
  const isSystem = role === "system";
  const open = !isSystem || isOpen(id);
  const first = message.blocks[0];
  const tools = (
    <>
      {message.hidden ? <span className={styles.warning}>{message.hidden}</span> : null}
      {message.extracted ? null : (
        <span className={styles.warning} title="No message was found in this trace; inputs or outputs of its root stand in for one">
          not extracted
        </span>
      )}
      {model === null ? null : (
        <span className={styles.model} title={model}>
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
      <CopyButton label="Copy the message" text={() => wordsOf(message, whole)} />
      <CopyButton label="Copy the message as Markdown" icon={<FileText size={13} />} text={() => messageMarkdown(message, thread, whole)} />
      <AddMessage message={message} />
      <IconButton label="Show the run in the tree" onClick={() => showRun(message.turn, message.run_id)}>
        <SquareArrowOutUpRight size={13} />
      </IconButton>
    </>
  );
  const label = open ? (message.name ?? message.raw_role) : first?.type === "text" ? first.text.text.slice(0, 200) : "";
  return (
    <div className={clsx(cardStyles.card, message.hidden && styles.ghost)}>
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
