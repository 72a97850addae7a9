import { describe, expect, it } from "vitest";
import { barOf, fitAll, fitRun, isWhole, moveEdge, pan, ticks, tickLabel, viewBetween, zoom } from "./timeline";

const total = 10e9;

describe("the view", () => {
  it("stays within the trace", () => {
    expect(pan(fitAll(total), -1, total)).toEqual(fitAll(total));
    expect(zoom(fitAll(total), 4, 0.5, total)).toEqual(fitAll(total));
    expect(fitRun(0, 1e9, total).from).toBe(0);
  });
  it("keeps the place under the pointer when zooming", () => {
    const view = zoom({ from: 0, to: 10e9 }, 0.5, 0.3, total);
    expect(view.from + (view.to - view.from) * 0.3).toBeCloseTo(3e9);
  });
});

describe("the window of the mini-map", () => {
  const view = { from: 2e9, to: 4e9 };
  it("moves one edge and holds the other", () => expect(moveEdge(view, "to", 7e9, total)).toEqual({ from: 2e9, to: 7e9 }));
  it("never turns inside out", () => {
    const { from, to } = moveEdge(view, "from", 9e9, total);
    expect(to).toBe(4e9);
    expect(from).toBeLessThan(to);
  });
  it("is chosen in either direction", () => expect(viewBetween(6e9, 1e9, total)).toEqual({ from: 1e9, to: 6e9 }));
  it("knows when it is all", () => {
    expect(isWhole(moveEdge({ from: 0, to: 4e9 }, "to", 99e9, total), total)).toBe(true);
    expect(isWhole(view, total)).toBe(false);
  });
});

describe("bars", () => {
  const view = { from: 2e9, to: 4e9 };
  it("are cut at the edges", () => expect(barOf(1e9, 2e9, view)).toEqual({ left: 0, width: 50 }));
  it("are left out when outside", () => expect(barOf(5e9, 1e9, view)).toBeNull());
});

describe("ticks", () => {
  it("are round", () => expect(ticks({ from: 0, to: 12.84e9 }, 5)).toEqual([0, 5e9, 10e9]));
  it("have the decimals they need", () => {
    expect(tickLabel(2.5e9, 5e8)).toBe("2.5 s");
    expect(tickLabel(5e9, 5e9)).toBe("5 s");
    expect(tickLabel(20e6, 1e7)).toBe("20 ms");
  });
});
