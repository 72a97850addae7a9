/** The conversation, and a sub-agent beside it. */
import { useCallback, useRef, useState } from "react";
import styles from "./conversation.module.css";
import { Reader, type ConversationListProps } from "./Reader";

export type { ConversationPane } from "./Reader";

export function ConversationList(props: ConversationListProps) {
  const { conversation } = props;
  // Known by its run: indexes of side threads move while more of them come in.
  const [run, setRun] = useState<string | null>(null);
  const [hand, setHand] = useState<"conversation" | "beside">("conversation");
  const at = run === null ? -1 : conversation.side_threads.findIndex(({ run_id: id }) => id === run);
  const pair = useRef<HTMLDivElement>(null);
  const touchConversation = useCallback(() => setHand("conversation"), []);
  const touchBeside = useCallback(() => setHand("beside"), []);
  const leave = useCallback(() => {
    setRun(null);
    setHand("conversation");
    pair.current?.querySelector<HTMLElement>("[data-entry][tabindex='0']")?.focus();
  }, []);
  const shown = at >= 0;
  return (
    <div ref={pair} className={styles.pair}>
      <Reader {...props} entered={null} besides={shown} keys={!shown || hand === "conversation"} onTouch={touchConversation} onEnter={setRun} onLeave={leave} />
      {shown ? <Reader {...props} key={run} run={null} entered={at} besides={false} keys={hand === "beside"} onTouch={touchBeside} onEnter={setRun} onLeave={leave} /> : null}
    </div>
  );
}
