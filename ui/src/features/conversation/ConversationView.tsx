/** The conversation of a trace or a thread: loaded, or why it cannot be. */
import { EmptyState, ErrorState, Skeleton } from "../../components/States";
import { useConversation, type ConversationRef } from "../../data/queries";
import { useState } from "react";
import { ConversationList, type ConversationPane } from "./ConversationList";
import styles from "./conversation.module.css";

interface ConversationViewProps {
  readonly of: ConversationRef;
  /** The run whose message comes first into sight. */
  readonly run: string | null;
  readonly onShowRun: (traceId: string, runId: string) => void;
  /** How it stands beside a rubric: it leaves focus and single keys alone, and tells which run is in hand. */
  readonly pane?: ConversationPane;
}

export function ConversationView({ of, run, onShowRun, pane }: ConversationViewProps) {
  const [hidden, setHidden] = useState(false);
  const conversation = useConversation(of, hidden);
  if (conversation.data && !conversation.error) {
    if (conversation.data.turns.length === 0) return <EmptyState title="Nothing was said">There are no runs here.</EmptyState>;
    return <ConversationList of={of} conversation={conversation.data} hidden={hidden} onHidden={setHidden} run={run} onShowRun={onShowRun} pane={pane} />;
  }
  if (conversation.error) return <ErrorState title="The messages could not be read" error={conversation.error} onRetry={() => void conversation.refetch()} />;
  return (
    <div className={styles.loading} aria-busy>
      {["40%", "75%", "60%", "70%", "35%"].map((width) => (
        <Skeleton key={width} width={width} />
      ))}
    </div>
  );
}
