import { expect, test } from "vitest";
import { pivotCsv, pivotTable, sinceNew } from "./notes";

const of = (name: string | null, ...counts: readonly [string | null, number][]) => ({ name, categories: counts.map(([category, notes]) => ({ category, notes })) });

test("groups are rows, categories are columns, notes without a category come last", () => {
  const groups = [of("v1", ["cites nothing", 3], ["slow", 1], [null, 2]), of(null, ["slow", 4])];
  const categories = [
    { category: "slow", notes: 5 },
    { category: "cites nothing", notes: 3 },
    { category: null, notes: 2 },
  ];
  expect(pivotTable({ groups }, categories)).toEqual({
    columns: ["slow", "cites nothing", null],
    others: 0,
    rows: [
      { name: "v1", cells: [1, 3, 2], total: 6 },
      { name: null, cells: [4, 0, 0], total: 4 },
    ],
    most: 4,
  });
});

test("categories beyond the columns are counted together", () => {
  const groups = [of("v1", ["a", 3], ["b", 2], ["c", 1], [null, 7])];
  const categories = [...["a", "b", "c"].map((category, index) => ({ category, notes: 3 - index })), { category: null, notes: 7 }];
  const table = pivotTable({ groups }, categories, 2);
  expect([table.columns, table.others]).toEqual([["a", null], 2]);
  expect(table.rows[0]?.cells).toEqual([3, 3, 7]);
});

test("the file has a line for each group and category, and no formula", () => {
  expect(pivotCsv({ groups: [of("=v1", ['says "no", often', 2]), of(null, [null, 1])] }, "prompt version")).toBe('prompt version,category,notes\r\n\'=v1,"says ""no"", often",2\r\n,,1\r\n');
});

test("notes since the last new category", () => {
  const firsts = [
    { category: "a", place: 1 },
    { category: "b", place: 15 },
  ];
  expect(sinceNew(firsts, 40)).toBe(25);
  expect(sinceNew(firsts, 15)).toBe(0);
  expect(sinceNew([], 0)).toBeNull();
});
