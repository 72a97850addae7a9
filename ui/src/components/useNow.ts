import { useEffect, useState } from "react";

const MINUTE = 60_000;

/** The time to the minute: what "today" means changes while the window is open, but rows must not change with it. */
export function useNow(): number {
  const [now, setNow] = useState(() => Math.floor(Date.now() / MINUTE) * MINUTE);
  useEffect(() => {
    const timer = setInterval(() => setNow(Math.floor(Date.now() / MINUTE) * MINUTE), MINUTE);
    return () => clearInterval(timer);
  }, []);
  return now;
}
