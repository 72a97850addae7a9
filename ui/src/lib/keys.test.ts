import { describe, expect, it } from "vitest";
import { controlUses, keyCaps, matches, shortcutOf, typesText, type KeyPress } from "./keys";

const press = (key: string, flags: Partial<Omit<KeyPress, "key">> = {}): KeyPress => ({
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
  it("knows the space bar", () => {
    expect(matches("Space", press(" "), false)).toBe(true);
    expect(matches("Shift+Space", press(" ", { shiftKey: true }), false)).toBe(true);
    expect(matches("Space", press(" ", { shiftKey: true }), false)).toBe(false);
  });
});

describe("layouts (annotation-ux check 6)", () => {
  const azertyOne = press("&", { code: "Digit1" });
  it("AZERTY: the row of digits gives digits, with and without shift", () => {
    expect(matches("1", azertyOne, false)).toBe(true);
    expect(matches("1", press("1", { code: "Digit1", shiftKey: true }), false)).toBe(true);
    expect(matches("2", azertyOne, false)).toBe(false);
  });
  it("QWERTY: a shifted digit is its sign", () => {
    const bang = press("!", { code: "Digit1", shiftKey: true });
    expect(matches("1", bang, false)).toBe(false);
    expect(matches("!", bang, false)).toBe(true);
  });
  it("QWERTZ and Dvorak: letters are those that are printed", () => {
    const qwertz = press("z", { code: "KeyY", ctrlKey: true });
    expect(matches("Mod+Z", qwertz, false)).toBe(true);
    expect(matches("Mod+Y", qwertz, false)).toBe(false);
    const dvorak = press("s", { code: "Semicolon" });
    expect(matches("S", dvorak, false)).toBe(true);
  });
  it("the pad of digits gives digits while it is one", () => {
    expect(matches("4", press("4", { code: "Numpad4" }), false)).toBe(true);
    expect(matches("4", press("ArrowLeft", { code: "Numpad4" }), false)).toBe(false);
  });
  it("AltGr is not Control and Alt", () => {
    const bracket = press("[", { code: "Digit5", ctrlKey: true, altKey: true, altGraph: true });
    expect(matches("[", bracket, false)).toBe(true);
    expect(matches("5", bracket, false)).toBe(false);
    expect(matches("Mod+Alt+[", bracket, false)).toBe(false);
    const euro = press("€", { code: "KeyE", ctrlKey: true, altKey: true, altGraph: true });
    expect(matches("E", euro, false)).toBe(false);
    expect(matches("Mod+Alt+E", euro, false)).toBe(false);
  });
  it("a layout without Latin letters has them by place", () => {
    expect(matches("S", press("ы", { code: "KeyS" }), false)).toBe(true);
    expect(matches("Mod+S", press("ы", { code: "KeyS", ctrlKey: true }), false)).toBe(true);
    expect(matches("S", press("ö", { code: "KeyS" }), false)).toBe(false);
  });
});

describe("single keys", () => {
  it("can be off", () => {
    expect(matches("S", press("s"), false, "off")).toBe(false);
    expect(matches("Mod+S", press("s", { ctrlKey: true }), false, "off")).toBe(true);
    expect(matches("Escape", press("Escape"), false, "off")).toBe(true);
  });
  it("can want Alt", () => {
    expect(matches("S", press("s"), false, "alt")).toBe(false);
    expect(matches("S", press("s", { altKey: true }), false, "alt")).toBe(true);
    expect(matches("S", press("ß", { code: "KeyS", altKey: true }), true, "alt")).toBe(true);
    expect(matches("1", press("1", { code: "Digit1", altKey: true }), false, "alt")).toBe(true);
    expect(keyCaps("S", false, "alt")).toEqual(["Alt", "S"]);
  });
});

describe("shortcutOf", () => {
  it("writes what was pressed", () => {
    expect(shortcutOf(press("s", { shiftKey: true }), false)).toBe("Shift+S");
    expect(shortcutOf(press("k", { ctrlKey: true }), false)).toBe("Mod+K");
    expect(shortcutOf(press("?", { shiftKey: true, code: "Slash" }), false)).toBe("?");
    expect(shortcutOf(press("&", { code: "Digit1" }), false)).toBe("1");
    expect(shortcutOf(press(" "), false)).toBe("Space");
    expect(shortcutOf(press("Shift", { shiftKey: true }), false)).toBeNull();
  });
});

describe("keyCaps", () => {
  it("prints caps", () => {
    expect(keyCaps("Mod+Shift+o", false)).toEqual(["Ctrl", "Shift", "O"]);
    expect(keyCaps("Mod+,", true)).toEqual(["⌘", ","]);
    expect(keyCaps("ArrowDown", false)).toEqual(["↓"]);
    expect(keyCaps("G G", false)).toEqual(["G", "G"]);
  });
});

describe("what has the focus", () => {
  it("types text in fields of text alone", () => {
    expect(typesText({ tagName: "INPUT", type: "text" })).toBe(true);
    expect(typesText({ tagName: "TEXTAREA" })).toBe(true);
    expect(typesText({ tagName: "INPUT", type: "radio" })).toBe(false);
    expect(typesText({ tagName: "INPUT", type: "range" })).toBe(false);
  });
  it("uses some keys itself", () => {
    expect(controlUses({ tagName: "BUTTON" }, press("Enter"))).toBe(true);
    expect(controlUses({ tagName: "BUTTON" }, press("s"))).toBe(false);
    expect(controlUses({ tagName: "BUTTON" }, press("Enter", { ctrlKey: true }))).toBe(false);
    expect(controlUses({ tagName: "INPUT", type: "range" }, press("ArrowLeft"))).toBe(true);
    expect(controlUses({ tagName: "BUTTON", role: "radio" }, press("ArrowLeft"))).toBe(true);
    expect(controlUses({ tagName: "DIV" }, press("Enter"))).toBe(false);
  });
});
