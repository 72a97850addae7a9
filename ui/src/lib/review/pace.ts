/** Time at work, and the gate that keeps keys from acting on an item that nobody has seen. */

/** Pauses beyond this are not work (annotation-ux §16). */
const IDLE_MS = 60_000;

/** Time with an item before the eyes. Fed with what happens; reads no clock. */
export interface ActiveTime {
  readonly total: number;
  /** Since when it counts; `null` while the window is elsewhere. */
  readonly since: number | null;
}

export const NO_TIME: ActiveTime = { total: 0, since: null };

/** Something was done at this time: a key, a move of the pointer, a scroll. */
export function active(time: ActiveTime, now: number): ActiveTime {
  if (time.since === null) return { ...time, since: now };
  const gap = now - time.since;
  return { total: time.total + (gap > IDLE_MS ? 0 : Math.max(gap, 0)), since: now };
}

/** The window lost the focus, or the item was left. */
export function away(time: ActiveTime, now: number): ActiveTime {
  return { ...active(time, now), since: null };
}

/**
 * Closed from the moment of a step until the next item has been painted: a key that was pressed before must never act
 * on an item that the reviewer has not seen.
 */
export class Gate {
  #shown: string | null = null;

  /** Whether keys may act on this item. */
  isOpen(item: string): boolean {
    return this.#shown === item;
  }

  close(): void {
    this.#shown = null;
  }

  /** The item is on the screen. */
  painted(item: string): void {
    this.#shown = item;
  }
}

/** Milliseconds an item takes and items an hour, of the items of this session; the rate is that of the last ten. */
export function speedOf(times: readonly number[]): { readonly median: number; readonly perHour: number } | null {
  if (times.length === 0) return null;
  const sorted = times.toSorted((a, b) => a - b);
  const median = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
  const recent = times.slice(-10);
  const mean = recent.reduce((sum, time) => sum + time, 0) / recent.length;
  return { median, perHour: 3_600_000 / Math.max(mean, 1) };
}
