import { describe, expect, it } from "vitest";
import { takenBy, withKey } from "./keymap";

const commands = [
  { id: "skip", title: "Skip", shortcuts: ["S"] },
  { id: "requeue", title: "Put off", shortcuts: ["Shift+S"] },
  { id: "next", title: "Next key", shortcuts: ["ArrowDown", "J"] },
  { id: "messages", title: "Show messages", shortcuts: ["V M"] },
];

describe("takenBy", () => {
  it("finds the command that has a key", () => expect(takenBy(commands, "skip", "j")?.id).toBe("next"));
  it("lets a command keep its own key", () => expect(takenBy(commands, "skip", "S")).toBeUndefined());
  it("tells a key from the same key with a modifier", () => expect(takenBy(commands, "next", "Mod+S")).toBeUndefined());
  it("keeps the first key of a sequence", () => expect(takenBy(commands, "skip", "V")?.id).toBe("messages"));
  it("leaves the second key of a sequence free", () => expect(takenBy(commands, "skip", "M")).toBeUndefined());
});

describe("withKey", () => {
  it("keeps what differs from the command's own key", () => {
    expect(withKey({}, "skip", "X", "S")).toEqual({ skip: "X" });
    expect(withKey({ skip: "X", next: "N" }, "skip", "S", "S")).toEqual({ next: "N" });
    expect(withKey({ skip: "X" }, "skip", null, "S")).toEqual({});
    expect(withKey({}, "skip", "", "S")).toEqual({ skip: "" });
  });
});
