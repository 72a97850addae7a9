import { describe, expect, it } from "vitest";
import { active, away, formatMinutes, Gate, NO_TIME, paceOver } from "./pace";

describe("active time", () => {
  it("leaves out long pauses and other windows", () => {
    let time = NO_TIME;
    for (const at of [0, 10_000, 15_000]) time = active(time, at);
    time = away(time, 20_000);
    time = active(time, 500_000);
    time = active(time, 503_000);
    // Two minutes of nothing.
    time = active(time, 623_000);
    expect(time.total).toBe(23_000);
  });
});

describe("the gate", () => {
  it("lets one press through for an item that was painted (annotation-ux check 2)", () => {
    const gate = new Gate();
    const submitted: string[] = [];
    const press = (item: string): void => {
      if (!gate.isOpen(item)) return;
      gate.close();
      submitted.push(item);
    };
    press("a");
    gate.painted("a");
    for (let times = 0; times < 50; times += 1) press("a");
    press("b");
    gate.painted("b");
    press("b");
    expect(submitted).toEqual(["a", "b"]);
  });
});

describe("the pace in words", () => {
  it("counts in whole minutes and says over what it is", () => {
    expect([0, 1, 59, 60, 125, 60 * 1000].map(formatMinutes)).toEqual(["0 min", "1 min", "59 min", "1 h 00 min", "2 h 05 min", "1,000 h 00 min"]);
    expect(paceOver({ items: 12, per_item_ms: 9000, per_hour: 400, left_minutes: 3 })).toBe("Median of the last 12 submitted items in this queue, pauses over a minute left out");
  });
});
