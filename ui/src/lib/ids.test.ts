import { describe, expect, it } from "vitest";
import { canonicalRunId, canonicalTraceId } from "./ids";

const TRACE = "6c827acc-e11c-f42e-d79b-522b57d5d2dd";

describe("ids", () => {
  it("reads the digits of OpenTelemetry", () => expect(canonicalTraceId("6c827acce11cf42ed79b522b57d5d2dd")).toBe(TRACE));
  it("reads capitals", () => expect(canonicalTraceId(TRACE.toUpperCase())).toBe(TRACE));
  it("leaves what is no id", () => expect(canonicalTraceId("6C82")).toBe("6C82"));
  it("reads a span id", () => expect(canonicalRunId("b7adb9434d3ea657")).toBe("00000000-0000-0000-b7ad-b9434d3ea657"));
  it("leaves a run id", () => expect(canonicalRunId(TRACE)).toBe(TRACE));
});
