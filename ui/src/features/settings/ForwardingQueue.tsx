import { clsx } from "clsx";
import { useEffect, useState } from "react";
import { ErrorState } from "../../components/States";
import { Button } from "../../components/ui/Button";
import type { ForwardStatus, WaitingEntry } from "../../contract/contract";
import { useClearForwarding, useForwardingQueue, useRetryForwarding } from "../../data/queries";
import { formatBytes, formatCount, timestampMillis } from "../../lib/format";
import styles from "./settings.module.css";

interface ForwardingQueueProps {
  readonly status: ForwardStatus;
  readonly paused: boolean;
  readonly onPause: (paused: boolean) => void;
}

/** How sending on stands, what waits for it, and what can be done about it. */
export function ForwardingQueue({ status, paused, onPause }: ForwardingQueueProps) {
  const [shown, setShown] = useState(false);
  const retry = useRetryForwarding();
  const clear = useClearForwarding();
  const seconds = useSecondsUntil(paused ? null : (status.next_try ?? null));
  const failure = clear.error ?? retry.error;
  return (
    <div className={styles.queue}>
      <p className={styles.help} role="status">
        <span className={styles.numbers}>
          {paused ? "Paused. " : null}
          {formatCount(status.waiting)} waiting{status.waiting > 0 ? ` (${formatBytes(status.waiting_bytes)})` : ""}, {formatCount(status.sent)} sent,{" "}
          {formatCount(status.failed)} given up since the start
          {seconds !== null && status.waiting > 0 ? `. Next try ${seconds > 0 ? `in ${seconds} s` : "now"}` : null}
        </span>
        {status.last_error ? <span className={styles.reason}>{status.last_error}</span> : null}
      </p>
      <div className={clsx(styles.line, styles.wrap)}>
        <Button onClick={() => onPause(!paused)}>{paused ? "Resume" : "Pause"}</Button>
        {seconds !== null && status.waiting > 0 ? (
          <Button disabled={retry.isPending} onClick={() => retry.mutate()}>
            Try now
          </Button>
        ) : null}
        {status.waiting > 0 ? (
          <>
            <Button aria-expanded={shown} onClick={() => setShown(!shown)}>
              {shown ? "Hide what waits" : "Show what waits"}
            </Button>
            <Forget waiting={status.waiting} disabled={clear.isPending} onForget={() => clear.mutate()} />
          </>
        ) : null}
      </div>
      {failure ? (
        <p className={styles.failed} role="alert">
          {failure.message}
        </p>
      ) : null}
      {shown && status.waiting > 0 ? <Entries /> : null}
    </div>
  );
}

/** Asks once more in its own place: what is forgotten is never sent. */
function Forget({ waiting, disabled, onForget }: { readonly waiting: number; readonly disabled: boolean; readonly onForget: () => void }) {
  const [asked, setAsked] = useState(false);
  return (
    <>
      <Button
        tone={asked ? "danger" : "plain"}
        disabled={disabled}
        onClick={(event) => {
          // The second click of a double click is no answer.
          if (event.detail > 1) return;
          setAsked(!asked);
          if (asked) onForget();
        }}
      >
        {asked ? `Forget ${formatCount(waiting)} without sending` : "Forget what waits…"}
      </Button>
      {asked ? <Button onClick={() => setAsked(false)}>Keep</Button> : null}
    </>
  );
}

/** Entries of one answer: the oldest, which go next. */
function Entries() {
  const queue = useForwardingQueue();
  if (queue.error) return <ErrorState title="The queue could not be read" error={queue.error} onRetry={() => void queue.refetch()} />;
  if (!queue.data) return null;
  return (
    // It is longer than its box, and the keyboard scrolls what has the focus.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <ol className={styles.entries} tabIndex={0} aria-label="Waiting to be sent">
      {queue.data.map((entry) => (
        <li key={entry.id}>
          <span className={styles.entryNames}>
            {nameOf(entry)}
            {entry.note === null ? null : <small className={styles.entryNote}>{entry.note}</small>}
          </span>
          <span className={styles.numbers}>{formatBytes(entry.bytes)}</span>
        </li>
      ))}
      {queue.data.length >= SHOWN ? <li>Only the next {SHOWN} are shown</li> : null}
    </ol>
  );
}

const SHOWN = 50;

function nameOf({ runs, feedback, names }: WaitingEntry): string {
  if (feedback > 0) return `${formatCount(feedback)} feedback`;
  const records = `${formatCount(runs)} ${runs === 1 ? "record" : "records"}`;
  return names.length > 0 ? `${records} of ${names.join(", ")}` : records;
}

/** Whole seconds until a time in nanoseconds since 1970, counted down. */
function useSecondsUntil(time: string | null): number | null {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const until = timestampMillis(time);
  return until === null ? null : Math.max(0, Math.ceil((until - now) / 1000));
}
