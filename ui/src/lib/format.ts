/**
 * How numbers and times are written (viewer-ux §23), in one place so that every screen says the same thing.
 * Unknown is always a dash, never 0.
 */
import type { DurationNanos, Timestamp, Usd } from "../contract/contract";

export const DASH = "–";

const grouped = new Intl.NumberFormat("en-US");
const SECOND = 1e9;

/** Exact counts, grouped: `38,412`. */
export function formatCount(value: number | null | undefined): string {
  return value === null || value === undefined ? DASH : grouped.format(value);
}

/** `420 ns`, `420 µs`, `12.4 ms`, `1.24 s`, `2m 05s`, `1h 02m`, `3d 04h`. */
export function formatDuration(nanos: DurationNanos | null | undefined): string {
  if (nanos === null || nanos === undefined) return DASH;
  if (nanos < 0) return `−${formatDuration(-nanos)}`;
  if (nanos === 0) return "0 s";
  if (nanos < 999.5) return `${Math.round(nanos)} ns`;
  if (nanos < 999.5e3) return `${threeDigits(nanos / 1e3)} µs`;
  if (nanos < 999.5e6) return `${threeDigits(nanos / 1e6)} ms`;
  if (nanos < 59.995 * SECOND) return `${(nanos / SECOND).toFixed(2)} s`;
  const seconds = Math.round(nanos / SECOND);
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${pad(seconds % 60)}s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)}h ${pad(minutes % 60)}m`;
  const hours = Math.round(minutes / 60);
  return `${Math.floor(hours / 24)}d ${pad(hours % 24)}h`;
}

/** Every digit, for tooltips: `1,240,000,000 ns`. */
export function exactDuration(nanos: DurationNanos | null | undefined): string {
  return nanos === null || nanos === undefined ? "not recorded" : `${grouped.format(nanos)} ns`;
}

/** At least two significant digits and never `$0.00` for a cost that is not zero. */
export function formatCost(usd: Usd | null | undefined): string {
  if (usd === null || usd === undefined) return DASH;
  const value = Number(usd);
  if (!Number.isFinite(value)) return usd;
  if (value < 0) return `−${formatCost(usd.replace(/^-/, ""))}`;
  if (value === 0) return "$0";
  if (value >= 1) return `$${value.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
  if (value >= 0.01) return `$${trimZeros(value.toFixed(4), 2)}`;
  if (value < 1e-8) return "<$0.00000001";
  const decimals = Math.min(8, Math.max(4, 1 - Math.floor(Math.log10(value))));
  return `$${value.toFixed(decimals)}`;
}

/** A cost of which so many runs are not known: it is at least that, which a sign tells and no colour. */
export function formatPartCost(usd: Usd | null | undefined, unknownRuns: number): string {
  if (unknownRuns === 0) return formatCost(usd);
  return usd === null || usd === undefined ? "unknown" : `≥ ${formatCost(usd)}`;
}

/** The same with four decimals, so that the points of a column stand below each other. */
export function formatCostInColumn(usd: Usd | null | undefined, unknownRuns = 0): string {
  const value = Number(usd);
  if (usd === null || usd === undefined || !Number.isFinite(value) || value < 0) return formatPartCost(usd, unknownRuns);
  const text = value > 0 && value < 0.000_05 ? "<$0.0001" : `$${value.toLocaleString("en-US", { minimumFractionDigits: 4, maximumFractionDigits: 4 })}`;
  return unknownRuns > 0 ? `≥ ${text}` : text;
}

/** Binary units with one decimal: `1.1 GB`. */
export function formatBytes(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined) return DASH;
  if (bytes < 1024) return `${bytes} B`;
  let value = bytes;
  for (const unit of ["KB", "MB", "GB"]) {
    value /= 1024;
    if (value < 1023.95) return `${value.toFixed(1)} ${unit}`;
  }
  return `${(value / 1024).toFixed(1)} TB`;
}

/** One decimal under ten: `7.1 %`, `71 %`. */
export function formatPercent(share: number): string {
  const percent = share * 100;
  return `${percent < 9.95 && percent > 0 ? percent.toFixed(1) : Math.round(percent)} %`;
}

/** Milliseconds since 1970 of a timestamp; `null` when it is not one. */
export function timestampMillis(timestamp: Timestamp | null | undefined): number | null {
  if (!timestamp || !/^-?\d+$/.test(timestamp)) return null;
  return Number(BigInt(timestamp) / 1_000_000n);
}

/** `20 Nov 2026, 14:02:11`, local zone. */
export function formatTime(timestamp: Timestamp | null | undefined): string {
  const millis = timestampMillis(timestamp);
  if (millis === null) return DASH;
  const date = new Date(millis);
  return `${date.getDate()} ${month(date)} ${date.getFullYear()}, ${clock(date)}`;
}

/** For narrow columns: the clock for today, day and minute within the year, the date before that. */
export function formatTimeShort(timestamp: Timestamp | null | undefined, now: number): string {
  const millis = timestampMillis(timestamp);
  if (millis === null) return DASH;
  const date = new Date(millis);
  const today = new Date(now);
  if (date.toDateString() === today.toDateString()) return clock(date);
  if (date.getFullYear() === today.getFullYear()) return `${date.getDate()} ${month(date)} ${clock(date).slice(0, 5)}`;
  return `${date.getDate()} ${month(date)} ${date.getFullYear()}`;
}

/** ISO 8601 with milliseconds, for tooltips and copies. */
export function isoTime(timestamp: Timestamp | null | undefined): string {
  const millis = timestampMillis(timestamp);
  return millis === null ? "not recorded" : new Date(millis).toISOString();
}

/** The first eight characters of an id. */
export function shortId(id: string): string {
  return id.slice(0, 8);
}

/** `1 run`, `2 runs`. */
export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${count === 1 ? noun : `${noun}s`}`;
}

function threeDigits(value: number): string {
  if (value >= 99.95) return String(Math.round(value));
  return trimZeros(value.toFixed(1), 0);
}

function trimZeros(text: string, keep: number): string {
  const [whole = "", fraction = ""] = text.split(".");
  let end = fraction.length;
  while (end > keep && fraction[end - 1] === "0") end -= 1;
  return end === 0 ? whole : `${whole}.${fraction.slice(0, end)}`;
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}

function month(date: Date): string {
  return ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][date.getMonth()] ?? "";
}

function clock(date: Date): string {
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
}
