/** Time at work, and the gate that keeps keys from acting on an item that nobody has seen. */
import type { Pace } from "../../contract/contract";
import { formatCount, plural } from "../format";

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

/** What the pace is taken over: the library measures it, and every screen that shows it says so. */
export function paceOver(pace: Pace): string {
  return `Median of the last ${plural(pace.items, "submitted item")} in this queue, pauses over a minute left out`;
}

/** Whole minutes in words: `45 min`, `2 h 05 min`. */
export function formatMinutes(minutes: number): string {
  if (minutes < 60) return `${minutes} min`;
  return `${formatCount(Math.floor(minutes / 60))} h ${String(minutes % 60).padStart(2, "0")} min`;
}
