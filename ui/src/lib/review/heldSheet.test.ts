import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { HeldSheet } from "./heldSheet";
import { EMPTY_SHEET, type Sheet } from "./sheet";

const typed = (note: string, edits: number): Sheet => ({ ...EMPTY_SHEET, note, edits });
const PENDING = { id: "item", state: "pending" } as const;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("what is typed is to be saved a quarter of a second after the last change, once", () => {
  const held = new HeldSheet("item 1", PENDING, EMPTY_SHEET);
  const saved: (string | undefined)[] = [];
  const save = (): void => void saved.push(held.toSave(false)?.note);
  expect(held.take(typed("a", 1), save)).toBe("changed");
  vi.advanceTimersByTime(200);
  held.take(typed("ab", 2), save);
  vi.advanceTimersByTime(249);
  expect(saved).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(saved).toEqual(["ab"]);
  expect(held.toSave(false)).toBeNull();
});

test("leaving saves what is there; after a step there is nothing to save", () => {
  const held = new HeldSheet("item 1", PENDING, EMPTY_SHEET);
  expect(held.toSave(true)).toBe(EMPTY_SHEET);
  const late = vi.fn();
  held.take(typed("a", 1), late);
  held.release();
  vi.advanceTimersByTime(1000);
  expect(late).not.toHaveBeenCalled();
  expect(held.toSave(true)).toBeNull();
});

test("an item that somebody else has takes no answers, but lets its keys be walked", () => {
  const held = new HeldSheet("item 1", PENDING, EMPTY_SHEET);
  held.lock(true);
  expect(held.take(typed("a", 1), () => undefined)).toBe("refused");
  expect(held.take({ ...EMPTY_SHEET, current: 1 }, () => undefined)).toBe("moved");
  expect(held.now).toMatchObject({ note: "", current: 1 });
});

test("the first change of a submitted item opens it again", () => {
  const held = new HeldSheet("item 1", { id: "item", state: "submitted" }, typed("before", 0));
  // There is nothing to save, but leaving it lets others have it.
  expect(held.toSave(false)).toBeNull();
  expect(held.toSave(true)?.note).toBe("before");
  expect(held.take(typed("after", 1), () => undefined)).toBe("reopened");
  expect(held.take(typed("after all", 2), () => undefined)).toBe("changed");
  expect(held.toSave(false)?.note).toBe("after all");
});
