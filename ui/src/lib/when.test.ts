import { describe, expect, it } from "vitest";
import { daysOf, parseWhen, toNanos, wordsOfDays } from "./when";

const NOW = new Date(2026, 10, 26, 15, 30, 0).getTime();
const at = (day: number, hours = 0, minutes = 0): number => new Date(2026, 10, day, hours, minutes).getTime();

describe("ranges of time in words", () => {
  it.each([
    ["last 3d", { from: NOW - 3 * 86_400_000, to: null }],
    ["Last 15 minutes", { from: NOW - 15 * 60_000, to: null }],
    ["past hour", { from: NOW - 3_600_000, to: null }],
    ["today", { from: at(26), to: at(27) - 1 }],
    ["yesterday 14:00 to 16:00", { from: at(25, 14), to: at(25, 16, 1) - 1 }],
    ["2026-11-20 to 2026-11-21", { from: at(20), to: at(22) - 1 }],
    ["since 2026-11-20 08:30", { from: at(20, 8, 30), to: null }],
    ["before yesterday", { from: null, to: at(25) }],
    ["14:00 to now", { from: at(26, 14), to: NOW }],
  ])("%s", (text, range) => {
    expect(parseWhen(text, NOW)).toEqual(range);
  });

  it.each(["", "soon", "last", "2026-02-31", "25:00", "last 3 fortnights", "2026-11-21 to 2026-11-20"])("%s is none", (text) => {
    expect(parseWhen(text, NOW)).toBeNull();
  });

  it("writes nanoseconds", () => {
    expect(toNanos(1_700_000_000_123)).toBe("1700000000123000000");
  });

  it.each([
    ["last 7d", { from: "2026-11-19", to: undefined }],
    ["yesterday", { from: "2026-11-25", to: "2026-11-25" }],
    ["2026-11-02 to 2026-11-05", { from: "2026-11-02", to: "2026-11-05" }],
    ["since 2026-11-02", { from: "2026-11-02", to: undefined }],
    [undefined, { from: undefined, to: undefined }],
  ])("%s touches days, which are named so again", (words, days) => {
    expect(daysOf(words, NOW)).toEqual(days);
    expect(wordsOfDays(days, NOW)).toBe(words);
  });

  it("names an open beginning", () => {
    expect(wordsOfDays({ from: undefined, to: "2026-11-05" }, NOW)).toBe("until 2026-11-05");
  });
});
