import { describe, expect, it } from "vitest";
import { sharesOf } from "./prompt";

const METER = { system: 100, tools: 0, history: 300, retrieved: 0, user: 100, input_tokens: 50, cache_read_tokens: null };

describe("what fills the window", () => {
  it("is told in shares of the characters", () => {
    expect(sharesOf(METER).map(({ part, share, tokens }) => [part, share, tokens])).toEqual([
      ["system", 0.2, 10],
      ["history", 0.6, 30],
      ["user", 0.2, 10],
    ]);
  });
  it("is nothing where nothing was given", () => {
    expect(sharesOf({ ...METER, system: 0, history: 0, user: 0 })).toEqual([]);
    expect(sharesOf({ ...METER, input_tokens: null })[0]?.tokens).toBeNull();
  });
});
