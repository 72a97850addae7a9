import { useEffect, useState } from "react";
import { timestampMillis } from "../../lib/format";

/** A run without an end that nothing was heard of for as long no longer counts as running. */
const IDLE_LIMIT_MS = 10 * 60_000;
const PACE_MS = 250;

/** Nanoseconds from the start of a running trace to now; `null` when it is not running, or was given up. */
export function useElapsed(start: string | null, measured: number): number | null {
  const [now, setNow] = useState(Date.now);
  const began = timestampMillis(start);
  const running = began !== null && now - began - measured / 1e6 < IDLE_LIMIT_MS;
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => setNow(Date.now()), PACE_MS);
    return () => clearInterval(timer);
  }, [running]);
  return running ? Math.max((now - began) * 1e6, measured) : null;
}
