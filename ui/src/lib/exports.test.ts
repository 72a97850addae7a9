import { expect, it } from "vitest";
import { sidecarName } from "./exports";

it("names the feedback file as its trace file", () => {
  expect(sidecarName("/home/ana/run.jsonl")).toBe("run.feedback.jsonl");
  expect(sidecarName("C:\\traces\\week 35.otlp.json")).toBe("week 35.otlp.feedback.jsonl");
  expect(sidecarName("traces")).toBe("traces.feedback.jsonl");
});
