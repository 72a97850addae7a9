import { expect, test } from "vitest";
import type { GuessEvidence } from "../contract/contract";
import { evidenceText, evidenceTitle } from "./guess";

const REPLAYED: GuessEvidence = { kind: "replayed", key: null, value: null, turns: 2 };
const CHAT: GuessEvidence = { kind: "attribute", key: "app.chatId", value: "c-7", turns: 1 };
const USER: GuessEvidence = { kind: "user", key: null, value: "ada", turns: 1 };

test("a guess says what it rests on", () => {
  expect(evidenceText([REPLAYED], 30)).toBe("replayed history");
  expect(evidenceText([CHAT, USER], 30)).toBe("app.chatId c-7 · same user, 30 min gap (ada)");
  expect(evidenceText([USER], 240)).toBe("same user, 4 h gap (ada)");
  expect(evidenceText([USER], 1440)).toBe("same user, 1 day gap (ada)");
  expect(evidenceTitle([REPLAYED, USER], 90)).toBe("replayed history: joins 2 turns\nsame user, 90 min gap (ada): joins 1 turn");
});
