import { describe, expect, it } from "vitest";
import { formatBytes, formatCost, formatCostInColumn, formatCount, formatDuration, formatPartCost, formatPercent, formatTime } from "./format";

describe("formatDuration", () => {
  it.each([
    [null, "–"],
    [0, "0 s"],
    [420, "420 ns"],
    [420_000, "420 µs"],
    [999_600, "1 ms"],
    [12_400_000, "12.4 ms"],
    [48_000_000, "48 ms"],
    [212_000_000, "212 ms"],
    [999_700_000, "1.00 s"],
    [1_240_000_000, "1.24 s"],
    [59_999_000_000, "1m 00s"],
    [125_000_000_000, "2m 05s"],
    [3_720_000_000_000, "1h 02m"],
    [100_800_000_000_000, "1d 04h"],
    [-12_400_000, "−12.4 ms"],
  ])("%s is %s", (nanos, text) => expect(formatDuration(nanos)).toBe(text));
});

describe("a cost of which a part is not known", () => {
  it.each([
    ["0.0717", 0, "$0.0717", "$0.0717"],
    ["0.0717", 2, "≥ $0.0717", "≥ $0.0717"],
    ["3.39", 1, "≥ $3.39", "≥ $3.3900"],
    ["1234.5", 0, "$1,234.50", "$1,234.5000"],
    ["0.085", 0, "$0.085", "$0.0850"],
    ["0.00000022", 0, "$0.00000022", "<$0.0001"],
    ["0", 0, "$0", "$0.0000"],
    [null, 3, "unknown", "unknown"],
    [null, 0, "–", "–"],
  ])("%s with %i unknown runs is %s, in a column %s", (usd, unknown, alone, inColumn) => {
    expect([formatPartCost(usd, unknown), formatCostInColumn(usd, unknown)]).toEqual([alone, inColumn]);
  });
});

describe("formatCost", () => {
  it.each([
    [null, "–"],
    ["0", "$0"],
    ["0.0417", "$0.0417"],
    ["0.5", "$0.50"],
    ["0.0092", "$0.0092"],
    ["0.000042", "$0.000042"],
    ["0.000000001", "<$0.00000001"],
    ["1234.5", "$1,234.50"],
    ["-0.5", "−$0.50"],
  ])("%s is %s", (usd, text) => expect(formatCost(usd)).toBe(text));
});

describe("counts, bytes and shares", () => {
  it("groups counts and says unknown as a dash", () => {
    expect(formatCount(38412)).toBe("38,412");
    expect(formatCount(null)).toBe("–");
  });
  it.each([
    [0, "0 B"],
    [1023, "1023 B"],
    [1536, "1.5 KB"],
    [1_048_575, "1.0 MB"],
    [1_181_116_006, "1.1 GB"],
  ])("%s bytes is %s", (bytes, text) => expect(formatBytes(bytes)).toBe(text));
  it("keeps a decimal under ten percent", () => {
    expect(formatPercent(0.071)).toBe("7.1 %");
    expect(formatPercent(0.71)).toBe("71 %");
    expect(formatPercent(0)).toBe("0 %");
  });
  it("does not invent a time", () => expect(formatTime("soon")).toBe("–"));
});
