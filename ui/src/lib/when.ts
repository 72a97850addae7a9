/** Ranges of time in words: `last 3d`, `yesterday`, `2026-11-20 14:00 to 2026-11-21`. Days and clocks are local. */

export interface TimeRange {
  /** Milliseconds since 1970; `null` is open. */
  readonly from: number | null;
  readonly to: number | null;
}

export const PRESETS: readonly (readonly [string, string])[] = [
  ["last 15m", "Last 15 minutes"],
  ["last 1h", "Last hour"],
  ["last 24h", "Last 24 hours"],
  ["today", "Today"],
  ["yesterday", "Yesterday"],
  ["last 7d", "Last 7 days"],
  ["last 30d", "Last 30 days"],
];

/** Ranges of whole days, for what is kept by day. */
export const DAY_PRESETS = PRESETS.filter(([words]) => !/\d[mh]$/.test(words));

export interface DayRange {
  /** First and last day, both included; `undefined` is open. */
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/** The days that a range in words touches. */
export function daysOf(words: string | undefined, now: number): DayRange {
  const range = words === undefined ? null : parseWhen(words, now);
  return { from: dayOf(range?.from ?? null), to: dayOf(range?.to ?? null) };
}

/** Words for a range of days: those of a preset where one means the same. */
export function wordsOfDays({ from, to }: DayRange, now: number): string | undefined {
  if (from === undefined && to === undefined) return undefined;
  const preset = DAY_PRESETS.find(([words]) => {
    const days = daysOf(words, now);
    return days.from === from && days.to === to;
  });
  if (preset) return preset[0];
  if (to === undefined) return `since ${from}`;
  return from === undefined ? `until ${to}` : `${from} to ${to}`;
}

/** The local day as `2026-11-20`. */
export function dayOf(millis: number | null): string | undefined {
  if (millis === null) return undefined;
  const date = new Date(millis);
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}

const UNITS: Readonly<Record<string, number>> = { s: 1e3, m: 60e3, h: 3600e3, d: 86_400e3, w: 7 * 86_400e3 };
const LONG = /^(?:sec(?:ond)?|min(?:ute)?|hour|day|week)s?$/;

/** `null` when the text is no range. */
export function parseWhen(text: string, now: number): TimeRange | null {
  const words = text.trim().toLowerCase().replace(/\s+/g, " ");
  if (words === "") return null;
  const last = /^(?:the )?(?:last|past) (?:(\d+(?:\.\d+)?) ?)?([a-z]+)$/.exec(words);
  if (last) {
    const unit = unitOf(last[2] ?? "");
    const count = last[1] === undefined ? 1 : Number(last[1]);
    return unit === null || !Number.isFinite(count * unit) ? null : { from: now - count * unit, to: null };
  }
  const since = /^(?:since|after|from) (.+)$/.exec(words);
  if (since && !/ (?:to|until|-) /.test(words)) return open(point(since[1] ?? "", now, "first"), null);
  const until = /^(?:before|until) (.+)$/.exec(words);
  if (until) return open(null, point(until[1] ?? "", now, "first"));
  const [first = "", second, ...more] = words.replace(/^from /, "").split(/ (?:to|until|-|–) /);
  if (more.length > 0) return null;
  if (second !== undefined) {
    const from = point(first, now, "first");
    // A clock alone is of the day that came before it.
    const day = from === null ? now : from;
    const to = /^\d{1,2}:\d{2}/.test(second) ? point(second, day, "last") : point(second, now, "last");
    return from === null || to === null || to < from ? null : { from, to };
  }
  const from = point(first, now, "first");
  const to = point(first, now, "last");
  return from === null || to === null ? null : { from, to };
}

function open(from: number | null, to: number | null): TimeRange | null {
  return from === null && to === null ? null : { from, to };
}

function unitOf(word: string): number | null {
  const short = LONG.test(word) || word.length === 1 ? word[0] : undefined;
  return (short === undefined ? undefined : UNITS[short]) ?? null;
}

/** The first or last millisecond of a day, minute or second. */
function point(text: string, now: number, end: "first" | "last"): number | null {
  const match = /^(?:(today|yesterday|now|\d{4}-\d{2}-\d{2}))?[ t]?(?:(\d{1,2}):(\d{2})(?::(\d{2}))?)?$/.exec(text.trim());
  if (!match || text.trim() === "") return null;
  const [, day, hours, minutes, seconds] = match;
  if (day === "now") return hours === undefined ? now : null;
  const date = new Date(now);
  date.setHours(0, 0, 0, 0);
  if (day === "yesterday") date.setDate(date.getDate() - 1);
  else if (day !== undefined && day !== "today") {
    const [year = 0, month = 0, of = 0] = day.split("-").map(Number);
    date.setFullYear(year, month - 1, of);
    if (date.getMonth() !== month - 1 || date.getDate() !== of) return null;
  }
  if (hours === undefined) {
    if (end === "last") date.setDate(date.getDate() + 1);
    return date.getTime() - (end === "last" ? 1 : 0);
  }
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds ?? 0) > 59) return null;
  date.setHours(Number(hours), Number(minutes), Number(seconds ?? 0), 0);
  const length = seconds === undefined ? 60_000 : 1000;
  return date.getTime() + (end === "last" ? length - 1 : 0);
}

/** Nanoseconds as the core takes them. */
export function toNanos(millis: number | null): string | null {
  return millis === null ? null : `${Math.round(millis)}000000`;
}
