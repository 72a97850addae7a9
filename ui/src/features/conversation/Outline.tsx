/** The turns at the right of a conversation, each with its first words. */
import { clsx } from "clsx";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef } from "react";
import type { Conversation } from "../../contract/contract";
import { outlineOf } from "../../lib/conversation";
import { formatCount, plural } from "../../lib/format";
import styles from "./outline.module.css";

interface OutlineProps {
  readonly conversation: Conversation;
  /** The turn in hand. */
  readonly turn: number | undefined;
  readonly onTurn: (turn: number) => void;
}

const ROW = 44;

export function Outline({ conversation, turn, onTurn }: OutlineProps) {
  const lines = useMemo(() => outlineOf(conversation), [conversation]);
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({ count: lines.length, getScrollElement: () => scroller.current, estimateSize: () => ROW, overscan: 8 });
  useEffect(() => {
    if (turn !== undefined) virtualizer.scrollToIndex(turn, { align: "auto" });
  }, [turn, virtualizer]);
  return (
    <nav className={styles.outline} aria-label="Outline">
      <p className={styles.title}>{plural(lines.length, "turn")}</p>
      <div ref={scroller} className={styles.scroller}>
        <div className={styles.list} style={{ height: virtualizer.getTotalSize() }}>
          {virtualizer.getVirtualItems().map(({ index, start }) => {
            const line = lines[index];
            if (!line) return null;
            return (
              <button
                key={index}
                type="button"
                // The keys [ and ] walk through turns; a stop for each of thousands would help nobody.
                tabIndex={index === (turn ?? 0) ? 0 : -1}
                className={clsx(styles.line, index === turn && styles.current)}
                style={{ transform: `translateY(${start}px)`, height: ROW }}
                aria-current={index === turn || undefined}
                onClick={() => onTurn(index)}
              >
                <span className={styles.number}>{formatCount(index + 1)}</span>
                <span className={styles.words} title={line.words}>
                  {line.words}
                </span>
                {line.failed || line.errors > 0 ? (
                  <span className={styles.bad} title={line.failed ? "The turn failed" : plural(line.errors, "error")}>
                    {line.failed ? "failed" : formatCount(line.errors)}
                    <span className={styles.spoken}>{line.failed ? "" : " errors"}</span>
                  </span>
                ) : null}
              </button>
            );
          })}
        </div>
      </div>
    </nav>
  );
}
