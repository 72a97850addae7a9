/** A conversation turn by turn: what went in and what came out of each. The last one is open. */
import { useState } from "react";
import { ErrorState } from "../../components/States";
import { StatusChip } from "../../components/Chip";
import { useConversation, type ConversationRef } from "../../data/queries";
import { exactDuration, formatDuration, plural } from "../../lib/format";
import { Chevron } from "../messages/Cards";
import { Loading, OneRun } from "./ItemView";
import styles from "./review.module.css";

/** Turns beyond this many are folded into one line. */
const SHOWN = 50;

interface TurnsViewProps {
  readonly of: ConversationRef;
  readonly onShowRun: (traceId: string, runId: string) => void;
}

export function TurnsView({ of, onShowRun }: TurnsViewProps) {
  const conversation = useConversation(of, false);
  const [opened, setOpened] = useState<ReadonlySet<number> | null>(null);
  const [all, setAll] = useState(false);
  if (conversation.error) return <ErrorState title="The turns could not be read" error={conversation.error} onRetry={() => void conversation.refetch()} />;
  if (!conversation.data) return <Loading />;
  const { turns } = conversation.data;
  const open = opened ?? new Set([turns.length - 1]);
  const first = all ? 0 : Math.max(turns.length - SHOWN, 0);
  const toggle = (turn: number): void => setOpened(open.has(turn) ? new Set([...open].filter((one) => one !== turn)) : new Set([...open, turn]));
  return (
    // A pane that scrolls can be reached by keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={styles.scroll} data-item-scroll tabIndex={0} role="region" aria-label="Turns">
      {first > 0 ? (
        <button type="button" className={styles.folded} onClick={() => setAll(true)}>
          {plural(first, "earlier turn")} folded: show
        </button>
      ) : null}
      {turns.slice(first).map((turn, index) => {
        const number = first + index;
        const isOpen = open.has(number);
        return (
          <section key={turn.trace_id} className={styles.turn} aria-label={`Turn ${number + 1}`}>
            <header className={styles.turnHead}>
              <button type="button" className={styles.turnName} aria-expanded={isOpen} onClick={() => toggle(number)}>
                <Chevron open={isOpen} />
                <b>Turn {number + 1}</b>
                <span className={styles.quiet}>{turn.name}</span>
              </button>
              {turn.status === null || turn.status === "success" ? null : <StatusChip status={turn.status} />}
              {turn.latency === null ? null : (
                <span className={styles.figure} title={exactDuration(turn.latency)}>
                  {formatDuration(turn.latency)}
                </span>
              )}
              {turn.root_run_id === null ? null : (
                <button type="button" className={styles.link} onClick={() => onShowRun(turn.trace_id, turn.root_run_id ?? "")}>
                  tree
                </button>
              )}
            </header>
            {isOpen && turn.root_run_id !== null ? <OneRun traceId={turn.trace_id} runId={turn.root_run_id} raw={false} /> : null}
          </section>
        );
      })}
    </div>
  );
}
