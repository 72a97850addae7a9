import { describe, expect, it } from "vitest";
import type { AssignmentState } from "../../contract/contract";
import { decided, neighbour, placeOf, upcoming, withAgain, withRow, withState, type ReviewOrder } from "./order";

const LETTERS: Readonly<Record<string, AssignmentState>> = { p: "pending", d: "draft", s: "submitted", k: "skipped" };

/** `p s p`: items 0, 1, 2 in these states. */
function order(drawing: string): ReviewOrder {
  const states = drawing.split(" ").map((letter) => LETTERS[letter] ?? "pending");
  return { ids: states.map((_, index) => String(index)), states, statuses: states.map(() => "needs_review"), again: new Set() };
}

describe("upcoming", () => {
  it("goes on behind the item and then from the beginning", () => {
    expect(upcoming(order("p s p k d p"), "2", 5)).toEqual(["4", "5", "0"]);
    expect(upcoming(order("p s p"), null, 1)).toEqual(["0"]);
    expect(upcoming(order("p p p p p p p p"), "0", 5)).toHaveLength(5);
  });
  it("is empty when nothing is left", () => {
    expect(upcoming(order("s k s"), "1", 5)).toEqual([]);
    expect(upcoming(order("s p"), "1", 5)).toEqual([]);
  });
  it("leaves out what others have completed", () => {
    const done: ReviewOrder = { ...order("p p"), statuses: ["completed", "needs_review"] };
    expect(upcoming(done, null, 5)).toEqual(["1"]);
  });
});

describe("moving about", () => {
  it("ends at the ends", () => {
    expect(neighbour(order("s p"), "0", 1)).toBe("1");
    expect(neighbour(order("s p"), "1", 1)).toBeNull();
    expect(neighbour(order("s p"), "0", -1)).toBeNull();
  });
});

describe("steps", () => {
  it("that are under way count already", () => {
    const after = withState(order("p p p"), "1", "submitted");
    expect(upcoming(after, "0", 5)).toEqual(["2"]);
    expect(decided(after)).toBe(1);
  });
  it("that put an item off put it at the end", () => {
    const after = withState(order("p p p"), "0", "draft", true);
    expect(after.ids).toEqual(["1", "2", "0"]);
    expect(upcoming(after, "2", 5)).toEqual(["0", "1"]);
  });
});

describe("an item as the library has it", () => {
  const row = { id: "1", position: 2, state: "reserved", status: "needs_review" } as const;
  it("takes its state in the same place", () => expect(withRow(order("p s p"), row)?.states[1]).toBe("reserved"));
  it("is another order when it moved", () => expect(withRow(order("p s p"), { ...row, position: 3 })).toBeNull());
  it("is another order when it was taken out", () => expect(withRow(order("p s p"), { ...row, position: 0 })).toBeNull());
});

describe("items that come again", () => {
  const again = [{ item_id: "r", behind: "1" }];
  it("come behind the one they follow, or behind the one on the screen, and only once", () => {
    expect(withAgain(order("s p p"), again, "1").ids).toEqual(["0", "1", "r", "2"]);
    const late = withAgain(order("s s p"), again, "2");
    expect(late.ids).toEqual(["0", "1", "2", "r"]);
    expect(upcoming(late, "2", 5)).toEqual(["r"]);
    expect(withAgain(late, again, "0")).toBe(late);
    expect(withAgain(order("s s"), [{ item_id: "r", behind: "gone" }], null).ids).toEqual(["r", "0", "1"]);
  });
  it("are counted nowhere", () => {
    const found = withState(withAgain(order("s s p"), again, "1"), "r", "submitted");
    expect(decided(found)).toBe(2);
    expect(["0", "1", "r", "2"].map((id) => placeOf(found, id))).toEqual([1, 2, 2, 3]);
  });
});
