import { describe, expect, it } from "vitest";
import type { KeyPress } from "../lib/keys";
import { beginsSequence, commandFor, type Command } from "./registry";

const command = (id: string, shortcut: string, more: Partial<Command> = {}): Command => ({ id, title: id, group: "General", shortcut, run: () => undefined, ...more });
const press = (key: string, flags: Partial<Omit<KeyPress, "key">> = {}): KeyPress => ({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...flags });
const idle = { typing: false };

describe("commandFor", () => {
  const lists = [[command("palette", "Mod+K"), command("next", "J")], [command("next-run", "J")]];
  it("prefers the screen in front", () => expect(commandFor(lists, press("j"), idle)?.id).toBe("next-run"));
  it("leaves single keys to text fields", () => expect(commandFor(lists, press("j"), { typing: true })).toBeUndefined());
  it("keeps modified keys in text fields", () => expect(commandFor(lists, press("k", { ctrlKey: true }), { typing: true })?.id).toBe("palette"));
  it("leaves keys to text fields where a command says so", () => {
    const undo = [[command("undo", "Mod+Z", { typing: "leave" })]];
    expect(commandFor(undo, press("z", { ctrlKey: true }), { typing: true })).toBeUndefined();
    expect(commandFor(undo, press("z", { ctrlKey: true }), idle)?.id).toBe("undo");
  });
  it("lets AltGr type (annotation-ux check 6)", () => {
    const at = press("@", { code: "KeyQ", ctrlKey: true, altKey: true, altGraph: true });
    expect(commandFor([[command("quit", "Mod+Alt+Q")]], at, { typing: true })).toBeUndefined();
  });
  it("takes the keys that a person chose", () => {
    const keymap = { next: "N", palette: "" };
    const own = [[command("palette", "Mod+K"), command("next", "J")]];
    expect(commandFor(own, press("n"), { typing: false, keymap })?.id).toBe("next");
    expect(commandFor(own, press("j"), { typing: false, keymap })).toBeUndefined();
    expect(commandFor(own, press("k", { ctrlKey: true }), { typing: false, keymap })).toBeUndefined();
  });
});

describe("sequences", () => {
  const lists = [[command("first", "G G"), command("last", "Shift+G"), command("raw", "V R"), command("redo", "R")]];
  it("need both keys", () => {
    expect(beginsSequence(lists, press("g"))).toBe(true);
    expect(commandFor(lists, press("g"), idle)).toBeUndefined();
    expect(commandFor(lists, press("g"), { typing: false, before: press("g") })?.id).toBe("first");
    expect(commandFor(lists, press("G", { shiftKey: true }), { typing: false, before: press("g") })?.id).toBe("last");
  });
  it("come before single keys", () => {
    expect(commandFor(lists, press("r"), { typing: false, before: press("v") })?.id).toBe("raw");
    expect(commandFor(lists, press("r"), idle)?.id).toBe("redo");
  });
});
