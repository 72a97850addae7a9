import { describe, expect, it } from "vitest";
import { keyCaps, matches } from "./keys";

const press = (key: string, flags: Partial<Record<"ctrlKey" | "metaKey" | "altKey" | "shiftKey", boolean>> = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...flags,
});

describe("matches", () => {
  it("knows the modifier of the platform", () => {
    expect(matches("Mod+K", press("k", { ctrlKey: true }), false)).toBe(true);
    expect(matches("Mod+K", press("k", { metaKey: true }), true)).toBe(true);
    expect(matches("Mod+K", press("k", { metaKey: true }), false)).toBe(false);
    expect(matches("K", press("k", { ctrlKey: true }), false)).toBe(false);
  });
  it("looks at shift for letters and not for signs", () => {
    expect(matches("Shift+D", press("D", { shiftKey: true }), false)).toBe(true);
    expect(matches("D", press("D", { shiftKey: true }), false)).toBe(false);
    expect(matches("!", press("!", { shiftKey: true }), false)).toBe(true);
    expect(matches("?", press("?", { shiftKey: true }), false)).toBe(true);
  });
});

describe("keyCaps", () => {
  it("prints caps", () => {
    expect(keyCaps("Mod+Shift+o", false)).toEqual(["Ctrl", "Shift", "O"]);
    expect(keyCaps("Mod+,", true)).toEqual(["⌘", ","]);
    expect(keyCaps("ArrowDown", false)).toEqual(["↓"]);
  });
});
