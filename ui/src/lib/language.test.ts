import { expect, test } from "vitest";
import { repairLanguage } from "./language";

test.each([
  ["C", "en-US"],
  ["", "en-US"],
  ["de-AT", "de-AT"],
])("a window of language %j formats as %s", (sent, becomes) => {
  const of = { language: sent };
  repairLanguage(of);
  expect(of.language).toBe(becomes);
  expect(() => new Intl.NumberFormat(of.language)).not.toThrow();
});
