import { expect, it } from "vitest";
import { windowsFor } from "./windows";

it("covers the rows in sight", () => {
  expect(windowsFor(0, 0)).toEqual([0]);
  expect(windowsFor(0, -1)).toEqual([0]);
  expect(windowsFor(90, 110)).toEqual([0, 1]);
  expect(windowsFor(250, 460)).toEqual([2, 3, 4]);
});
