import { describe, expect, it } from "vitest";
import { lettersOf } from "./letters";

describe("letters of reviewers", () => {
  it("are those their names begin with", () => {
    expect([...lettersOf(["Me", "Bea", "Me"])]).toEqual([
      ["Me", "M"],
      ["Bea", "B"],
    ]);
  });

  it("are free ones where a name has none of its own", () => {
    expect([...lettersOf(["Olga", "Ana", "Adam", "李"])]).toEqual([
      ["Olga", "B"],
      ["Ana", "A"],
      ["Adam", "C"],
      ["李", "F"],
    ]);
  });

  it("are no letter twice, however many there are", () => {
    const letters = [...lettersOf(Array.from({ length: 40 }, (_, place) => `R${place}`)).values()];
    expect(new Set(letters).size).toBe(letters.length);
  });
});
