/** What is read beside the conversation: which sub-agent, who called it, and how much it took. */
import { SquareArrowOutUpRight, X } from "lucide-react";
import { Button, IconButton } from "../../components/ui/Button";
import { StatusChip } from "../../components/Chip";
import { KeysOf } from "../../components/ui/Keys";
import { callsOf, sidesAbove } from "../../lib/conversation";
import { exactDuration, formatCost, formatCount, formatDuration, plural } from "../../lib/format";
import { callOfSide, totalsOf } from "../../lib/nesting";
import { useReading } from "./Blocks";
import styles from "./conversation.module.css";

interface SideHeadProps {
  readonly side: number;
  readonly onFind: () => void;
  readonly onLeave: () => void;
}

export function SideHead({ side: number, onFind, onLeave }: SideHeadProps) {
  const { conversation, showRun, actions } = useReading();
  const side = conversation.side_threads[number];
  if (!side) return null;
  const { calls, tokens, cost } = totalsOf(side.messages);
  const tools = side.messages.reduce((sum, message) => sum + callsOf(message).length, 0);
  const caller = callOfSide(conversation, number)?.call.name ?? null;
  const above = sidesAbove(conversation, side.parent).toReversed();
  return (
    <header className={styles.sideHead}>
      <nav className={styles.path} aria-label="Where this is read">
        {above.map((id) => {
          const at = Number(id.slice("side ".length));
          return (
            <span key={id} className={styles.path}>
              <button type="button" className={styles.parent} onClick={() => actions?.enter(at)}>
                {conversation.side_threads[at]?.label ?? ""}
              </button>
              <span aria-hidden>›</span>
            </span>
          );
        })}
        <b className={styles.oneLine} aria-current="page" title={side.label}>
          {side.label}
        </b>
      </nav>
      {side.status === "success" ? null : <StatusChip status={side.status} />}
      <span className={styles.sideTools}>
        <Button onClick={onFind}>
          Find
          <KeysOf command="messages.find" />
        </Button>
        {showRun === null ? null : (
          <IconButton label={`Show ${side.label} in the tree`} onClick={() => showRun(side.turn, side.run_id)}>
            <SquareArrowOutUpRight size={13} />
          </IconButton>
        )}
        <Button onClick={onLeave} aria-label={`Close ${side.label}`}>
          <X size={13} />
          <KeysOf command="messages.list" />
        </Button>
      </span>
      <p className={styles.sideFacts}>
        <span>
          called by {caller === null ? (above.length > 0 ? "a sub-agent" : "the agent") : <b>{caller}</b>}
          {conversation.turns.length > 1 ? `, turn ${formatCount(side.turn + 1)}` : ""}
        </span>
        <span>{plural(calls, "model call")}</span>
        {tools > 0 ? <span>{plural(tools, "tool call")}</span> : null}
        {tokens > 0 ? <span>{formatCount(tokens)} tokens</span> : null}
        {cost === null ? null : <span>{formatCost(cost)}</span>}
        {side.latency === null ? null : <span title={exactDuration(side.latency)}>{formatDuration(side.latency)}</span>}
      </p>
    </header>
  );
}
