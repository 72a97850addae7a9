import { readFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import { expect, test } from "../support/app";
import { hexId, send } from "../support/otlp";
import { replay } from "../support/replay";

const feed = (page: Page) => page.getByRole("feed", { name: "Messages" });
const inHand = (page: Page) => feed(page).locator("article[aria-current]");

test("a trace is read as a conversation by keyboard, down to a run and back", async ({ app, page }) => {
  await app.withAgentTraces();
  await app.openTrace(app.rows().last());
  await page.keyboard.press("m");
  await expect(page).toHaveURL(/view=messages/);
  await expect(feed(page)).toContainText("Do I need an umbrella in Paris?");
  await expect(feed(page)).toContainText("take an umbrella");
  // Folded: the system prompt shows its beginning only, the thought nothing.
  await expect(feed(page).getByRole("button", { name: /^System/ }).first()).toHaveAttribute("aria-expanded", "false");
  await expect(feed(page)).not.toContainText("I should call the tool.");

  await page.keyboard.press("Home");
  await expect(inHand(page)).toHaveAttribute("aria-posinset", "1");
  // Past the turn, its system prompt and instructions, and the question.
  for (const key of ["j", "j", "j", "ArrowDown"]) await page.keyboard.press(key);
  await expect(inHand(page)).toHaveAccessibleName("AI message");
  await expect(inHand(page)).toBeFocused();
  await expect(inHand(page)).toContainText("get_weather");
  await page.keyboard.press("Enter");
  await expect(inHand(page)).toContainText("I should call the tool.");
  await expect(inHand(page)).toContainText('"temp_c": 14');

  await page.keyboard.press("t");
  await expect(app.tree).toBeVisible();
  await expect(app.selectedItem()).toHaveAttribute("aria-label", /^llm chat/);
  const run = new URL(page.url().replace("#/", "")).searchParams.get("run");
  expect(run).not.toBeNull();
  await page.keyboard.press("m");
  await expect(inHand(page)).toBeFocused();
  await expect(inHand(page)).toContainText("I should call the tool.");

  await page.reload();
  await expect(feed(page)).toContainText("take an umbrella");
});

test("finding opens what is folded", async ({ app, page }) => {
  await app.withAgentTraces();
  await app.openTrace(app.rows().last());
  await page.keyboard.press("m");
  await expect(feed(page)).toBeVisible();
  await page.keyboard.press("ControlOrMeta+f");
  const find = page.getByRole("search");
  await find.getByRole("textbox", { name: "Find in the conversation" }).fill("should call");
  await expect(find.getByRole("status")).toHaveText("1 of 1");
  await expect(inHand(page)).toContainText("I should call the tool.");
  await page.keyboard.press("Escape");
  await expect(inHand(page)).toBeFocused();
});

test("sub-agents open in place", async ({ app, page, server }) => {
  await app.open();
  await replay(server, "py-subagents");
  await expect(app.rows()).toHaveCount(2);
  await app.openTrace(app.rows().filter({ hasText: "supervisor" }));
  await page.keyboard.press("m");
  await expect(feed(page).getByText("2 calls in parallel: task ×2")).toBeVisible();
  const agents = feed(page).getByRole("article", { name: "Sub-agent researcher" });
  await expect(agents).toHaveCount(2);
  const before = Number(await agents.first().getAttribute("aria-setsize"));
  await agents.first().focus();
  await page.keyboard.press("Home");
  for (let press = 0; press < 20 && !(await agents.first().evaluate((agent) => agent === document.activeElement)); press += 1) await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await expect(agents.first().getByRole("button", { expanded: true })).toBeVisible();
  await expect(feed(page)).toContainText("research x");
  await expect(agents.first()).toHaveAttribute("aria-setsize", String(before + 3));
});

test("a thread is one conversation over its turns, and its transcript can be saved", async ({ app, page, server }) => {
  await app.open();
  await replay(server, "py-langgraph-agent");
  await page.keyboard.press("ControlOrMeta+2");
  const threads = page.getByRole("grid", { name: "Threads" });
  await threads.locator("[role=row][data-row]").first().click();
  await page.getByRole("group", { name: "View of the thread" }).getByRole("button", { name: "Messages" }).click();
  await expect(page).toHaveURL(/view=messages/);
  await expect(feed(page).getByRole("article", { name: /^Turn/ })).toHaveCount(2);
  await expect(feed(page)).toContainText("weather in Paris and Rome?");
  await expect(feed(page)).toContainText("You are welcome.");
  await page.keyboard.press("]");
  await expect(inHand(page)).toHaveAccessibleName(/^Turn 2/);
  await page.keyboard.press("j");
  await expect(inHand(page)).toContainText("thanks");
  await expect(inHand(page)).toBeFocused();

  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save transcript" }).click()]);
  expect(download.suggestedFilename()).toMatch(/\.md$/);
  const text = await readFile(await download.path(), "utf8");
  expect(text).toContain("## Turn 2");
  expect(text).toContain("Sunny in Rome");

  // The run of the last answer, and back to where the reading was.
  await feed(page).getByRole("article").last().getByRole("button", { name: "Show the run in the tree" }).click();
  await expect(app.tree).toBeVisible();
  await page.goBack();
  await expect(feed(page)).toContainText("You are welcome.");
});

test("what middleware said is counted, and shown when it is asked for", async ({ app, page, server }) => {
  await app.open();
  const trace = hexId(1, 32);
  const start = Date.UTC(2026, 10, 20);
  const words = (role: string, content: string): string => JSON.stringify([{ role, parts: [{ type: "text", content }] }]);
  const call = (span: number, question: string, answer: string, more: Readonly<Record<string, string>>) => ({
    trace,
    span: hexId(span, 16),
    parent: hexId(1, 16),
    name: "chat",
    start: start + span,
    end: start + span + 5,
    attributes: { "gen_ai.operation.name": "chat", "gen_ai.input.messages": words("user", question), "gen_ai.output.messages": words("assistant", answer), ...more },
  });
  await send(server.ingest, [
    { trace, span: hexId(1, 16), name: "agent", start, end: start + 100 },
    call(2, "Is it safe?", "Quite safe.", { "langsmith.metadata.ls_agent_type": "middleware" }),
    call(3, "Hello", "Good morning.", {}),
  ]);
  await app.openTrace(app.rows().first());
  await page.keyboard.press("m");
  await expect(feed(page)).toContainText("Good morning.");
  await expect(feed(page)).not.toContainText("Quite safe.");
  const hidden = page.getByRole("button", { name: "1 hidden: middleware" });
  await expect(hidden).toHaveAttribute("aria-pressed", "false");
  await page.keyboard.press("h");
  await expect(feed(page)).toContainText("Quite safe.");
  await expect(page.getByRole("button", { name: "1 shown: middleware" })).toHaveAttribute("aria-pressed", "true");
});
