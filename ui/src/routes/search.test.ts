import { describe, expect, it } from "vitest";
import { parseSearch, readTraceSearch, readTableSearch, stringifySearch } from "./search";

describe("addresses", () => {
  it("come back as they were", () => {
    const search = { project: "a b", source: 3, status: "error", when: "last 3d", sort: "feedback.tone", asc: true } as const;
    expect(readTableSearch(parseSearch(stringifySearch(search)))).toEqual(search);
  });
  it("keep ids of digits as texts", () => {
    expect(readTraceSearch(parseSearch("?run=0012345678901234567"))).toEqual({ run: "0012345678901234567" });
  });
  it("drop what they do not know", () => {
    expect(readTableSearch({ status: "odd", sort: "No order", source: "x", asc: "no" })).toEqual({});
  });
});
