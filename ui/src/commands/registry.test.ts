import { describe, expect, it } from "vitest";
import { commandFor, type Command } from "./registry";

const command = (id: string, shortcut: string): Command => ({ id, title: id, group: "General", shortcut, run: () => undefined });
const press = (key: string, ctrlKey = false) => ({ key, ctrlKey, metaKey: false, altKey: false, shiftKey: false });

describe("commandFor", () => {
  const lists = [[command("palette", "Mod+K"), command("next", "J")], [command("next-run", "J")]];
  it("prefers the screen in front", () => expect(commandFor(lists, press("j"), false)?.id).toBe("next-run"));
  it("leaves single keys to text fields", () => expect(commandFor(lists, press("j"), true)).toBeUndefined());
  it("keeps modified keys in text fields", () => expect(commandFor(lists, press("k", true), true)?.id).toBe("palette"));
});
