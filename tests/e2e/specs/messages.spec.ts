import { readFile } from "node:fs/promises";
import type { Locator, Page } from "@playwright/test";
import { expect, test } from "../support/app";
import { hexId, send, type SpanOf } from "../support/otlp";
import { replay } from "../support/replay";
import type { Server } from "../support/server";

const feed = (page: Page) => page.getByRole("feed", { name: "Messages" });
const inHand = (page: Page) => feed(page).locator("article[aria-current]");
const start = Date.UTC(2026, 10, 20);

const words = (...said: readonly (readonly [string, string])[]): string => JSON.stringify(said.map(([role, content]) => ({ role, parts: [{ type: "text", content }] })));

/** A call of a model that was given these messages. */
function call(trace: number, span: number, messages: readonly (readonly [string, string])[], answer: string, more: Readonly<Record<string, string>> = {}): SpanOf {
  return {
    trace: hexId(trace, 32),
    span: hexId(span, 16),
    name: "chat",
    start: start + span * 1000,
    end: start + span * 1000 + 500,
    attributes: { "gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o", "gen_ai.input.messages": words(...messages), "gen_ai.output.messages": words(["assistant", answer]), ...more },
  };
}

test("an agent's trace is read, unfolded, entered and left, followed to a run and back, and saved", async ({ app, page, server }) => {
  await app.open();
  await replay(server, "py-subagents");
  await expect(app.rows()).toHaveCount(2);
  await app.openTrace(app.rows().filter({ hasText: "supervisor" }));
  await page.keyboard.press("m");
  await expect(feed(page).getByText("2 calls in parallel: task ×2")).toBeVisible();

  // The result of a tool is unfolded.
  const card = feed(page).getByRole("button", { name: /^task/ }).first();
  await card.click();
  await expect(card).toHaveAttribute("aria-expanded", "true");
  await expect(feed(page)).toContainText("sub result");

  // A sub-agent is read beside the conversation, and left again.
  const agents = feed(page).getByRole("article", { name: "Sub-agent researcher" });
  await agents.first().getByRole("button", { name: "Read researcher beside the conversation" }).click();
  const path = page.getByRole("navigation", { name: "Where this is read" });
  const beside = page.getByRole("feed", { name: "Sub-agent researcher" });
  await expect(path.locator("[aria-current=page]")).toHaveText("researcher");
  await expect(beside).toContainText("research x");
  await expect(beside).not.toContainText("2 calls in parallel");
  await expect(beside.locator("article[aria-current]")).toBeFocused();
  await expect(feed(page).getByText("2 calls in parallel: task ×2")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(path).toHaveCount(0);
  await expect(inHand(page)).toBeFocused();

  // The run of the last answer, and back.
  await page.keyboard.press("End");
  await feed(page).getByRole("article").last().getByRole("button", { name: "Show the run in the tree" }).click();
  await expect(app.tree).toBeVisible();
  await expect(app.selectedItem()).toHaveAttribute("aria-label", /^llm/);
  await page.goBack();
  await expect(feed(page)).toContainText("sub result");

  await inHand(page).focus();
  const [download] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Shift+S")]);
  const text = await readFile(await download.path(), "utf8");
  expect(text).toContain("## Sub-agent 1: researcher");
  expect(text).toContain("#### Tool result: task");
});

test("what a model saw is told beside the call before, and copied as a request", async ({ app, page, server, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await app.open();
  const first = [["system", "Be brief."], ["user", "Is it safe?"]] as const;
  await send(server.ingest, [
    { trace: hexId(1, 32), span: hexId(1, 16), name: "agent", start, end: start + 9000 },
    { ...call(1, 2, first, "Quite safe."), parent: hexId(1, 16) },
    { ...call(1, 3, [["system", "Be very brief."], first[1], ["assistant", "Quite safe."], ["user", "And now?"]], "Yes."), parent: hexId(1, 16) },
  ]);
  await app.openTrace(app.rows().first());
  await page.keyboard.press("m");
  await expect(feed(page)).toContainText("And now?");
  await page.keyboard.press("End");
  await page.keyboard.press("w");
  const dialog = page.getByRole("dialog", { name: "What the model saw" });
  await expect(dialog).toContainText("4 messages; since the call before: 2 new, 1 changed");
  const items = dialog.getByRole("listitem");
  await expect(dialog.getByRole("list", { name: "Input of the model" }).getByRole("listitem")).toHaveCount(4);
  await expect(items.filter({ hasText: "And now?" })).toContainText("new");
  await items.filter({ hasText: "Be very brief." }).getByRole("button", { name: "what changed" }).click();
  await expect(dialog.locator("ins")).toHaveText("very ");
  await expect(dialog.getByRole("region", { name: "What fills the window" })).toContainText("User");
  await dialog.getByRole("button", { name: "Copy as OpenAI" }).click();
  await expect(page.getByText("Copied as a request for OpenAI")).toBeVisible();
  const copied = JSON.parse(await page.evaluate(() => navigator.clipboard.readText())) as { messages: unknown[] };
  expect(copied.messages.at(-1)).toEqual({ role: "user", content: "And now?" });
  await page.keyboard.press("Escape");
  await expect(dialog).toHaveCount(0);
});

test("a message is judged where it stands", async ({ app, page, server }) => {
  await app.open();
  await send(server.ingest, [call(1, 1, [["user", "Hello"]], "Good morning.")]);
  await app.openTrace(app.rows().first());
  await page.keyboard.press("m");
  await expect(feed(page)).toContainText("Good morning.");
  await page.keyboard.press("End");
  await page.keyboard.press("e");
  const dialog = page.getByRole("dialog", { name: "Judge the message" });
  await dialog.getByRole("combobox", { name: "Key" }).fill("tone");
  await dialog.getByRole("radio", { name: /^Yes/ }).click();
  await dialog.getByRole("button", { name: "Add" }).click();
  await expect(dialog.getByText("about a message")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(feed(page).getByRole("article").last()).toContainText("tone: Yes");
  await expect(feed(page).getByRole("article", { name: "Human message" })).not.toContainText("tone");
});

test("what comes in while one reads is counted, and the place is kept", async ({ app, page, server }) => {
  await app.open();
  const long = "word\n".repeat(30);
  await send(server.ingest, [call(1, 1, [["user", long]], long), { ...call(1, 2, [["user", `second ${long}`]], long), parent: hexId(1, 16) }]);
  await app.openTrace(app.rows().first());
  await page.keyboard.press("m");
  await expect(feed(page)).toContainText("word");
  await page.keyboard.press("Home");
  const scroller = page.locator("[data-conversation]");
  await expect.poll(() => scroller.evaluate((element) => element.scrollTop)).toBeLessThan(40);
  const before = await scroller.evaluate((element) => element.scrollTop);
  await send(server.ingest, [{ ...call(1, 3, [["user", "third"]], "the latest"), parent: hexId(1, 16) }]);
  const pill = page.getByRole("button", { name: "2 new" });
  await expect(pill).toBeVisible();
  expect(await scroller.evaluate((element) => element.scrollTop)).toBe(before);
  await pill.click();
  await expect(feed(page).getByText("the latest")).toBeInViewport();
  await expect(pill).toHaveCount(0);
  // A reader at the end follows.
  await send(server.ingest, [{ ...call(1, 4, [["user", "fourth"]], "even later"), parent: hexId(1, 16) }]);
  await expect(feed(page).getByText("even later")).toBeInViewport();
});

test("a thread that is still running grows in place, and a reader above keeps the place", async ({ app, page, server }) => {
  await app.open();
  const long = "word\n".repeat(30);
  const turn = (trace: number, words: string): SpanOf => call(trace, trace, [["user", `question ${trace}\n${words}`]], `answer ${trace}\n${words}`, { "gen_ai.conversation.id": "live" });
  await send(server.ingest, [turn(1, long), turn(2, long)]);
  await page.keyboard.press("ControlOrMeta+2");
  await page.getByRole("grid", { name: "Threads" }).locator("[role=row][data-row]").first().click();
  await page.keyboard.press("m");
  await expect(feed(page).getByText("question 2")).toBeVisible();
  await page.keyboard.press("Home");
  const scroller = page.locator("[data-conversation]");
  await expect.poll(() => scroller.evaluate((element) => element.scrollTop)).toBeLessThan(40);
  const place = () => feed(page).getByText("question 1").evaluate((element) => Math.round(element.getBoundingClientRect().top));
  const before = await place();
  // A turn that began: its question is there, its answer is not.
  const { end: _, ...begun } = turn(3, long);
  await send(server.ingest, [{ ...begun, attributes: { ...begun.attributes, "gen_ai.output.messages": "[]" } }]);
  await expect(page.getByRole("button", { name: "1 new" })).toBeVisible();
  expect(await place()).toBe(before);
  await send(server.ingest, [turn(3, long)]);
  const pill = page.getByRole("button", { name: "2 new" });
  await expect(pill).toBeVisible();
  expect(await place()).toBe(before);
  await pill.click();
  await expect(feed(page).getByText("answer 3")).toBeInViewport();
  // At the end, the thread is followed from turn to turn.
  await page.keyboard.press("End");
  await send(server.ingest, [turn(4, "short")]);
  await expect(feed(page).getByText("answer 4")).toBeInViewport();
  await expect(page.getByText("8 messages, 4 turns")).toBeVisible();
});

test("words are shown as Markdown or as they are, and the choice is remembered", async ({ app, page, server }) => {
  await app.open();
  await send(server.ingest, [call(1, 1, [["user", "**Bold** question"]], "# Title\n\n* one\n* two")]);
  await app.openTrace(app.rows().first());
  await page.keyboard.press("m");
  await expect(feed(page).getByRole("heading", { name: "Title" })).toBeVisible();
  await feed(page).getByRole("button", { name: "AI messages as: automatic" }).click();
  await page.getByRole("menuitemradio", { name: "Text" }).click();
  await expect(feed(page).getByRole("heading", { name: "Title" })).toHaveCount(0);
  await expect(feed(page).getByText("# Title")).toBeVisible();
  // Of the others nothing was said.
  await expect(feed(page).locator("strong", { hasText: "Bold" })).toBeVisible();
  await page.reload();
  await expect(feed(page).getByText("# Title")).toBeVisible();
  await feed(page).getByRole("button", { name: "AI messages as: text" }).click();
  await page.keyboard.press("ArrowDown");
  await page.getByRole("menuitemradio", { name: "Markdown" }).click();
  await expect(feed(page).getByRole("heading", { name: "Title" })).toBeVisible();
});

test("a conversation is saved as data", async ({ app, page, server }) => {
  await app.open();
  await send(server.ingest, [call(1, 1, [["user", "Hello"]], "Good morning.")]);
  await app.openTrace(app.rows().first());
  await page.keyboard.press("m");
  await page.getByRole("button", { name: "Copy or save as" }).click();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("menuitem", { name: "Save as JSON" }).click()]);
  expect(download.suggestedFilename()).toMatch(/\.json$/);
  const data = JSON.parse(await readFile(await download.path(), "utf8")) as { messages: { role: string; blocks: { text: string }[] }[] };
  expect(data.messages.map(({ role, blocks }) => [role, blocks[0]?.text])).toEqual([
    ["human", "Hello"],
    ["ai", "Good morning."],
  ]);
});

/** 200 turns of a chain with five calls, ten messages each, of very different heights. */
async function longThread(server: Server): Promise<void> {
  for (let from = 0; from < 200; from += 50) {
    const spans: SpanOf[] = [];
    for (let turn = from; turn < from + 50; turn += 1) {
      const root = 5000 + turn;
      const begin = start + (turn * 5 + 1) * 1000;
      spans.push({ trace: hexId(turn + 1, 32), span: hexId(root, 16), name: "turn", start: begin, end: begin + 4900, attributes: { "gen_ai.conversation.id": "long" } });
      for (let step = 0; step < 5; step += 1) {
        const span = turn * 5 + step + 1;
        const text = (who: string) => `${who} ${turn + 1}.${step + 1}\n${"line\n".repeat((turn * 7 + step * 3) % 19)}`;
        spans.push({ ...call(turn + 1, span, [["user", text("question")]], text("answer"), { "gen_ai.conversation.id": "long" }), parent: hexId(root, 16) });
      }
    }
    await send(server.ingest, spans);
  }
}

/** Pixels of the scroller that no entry covers, beyond the gaps between entries. */
function blank(scroller: Locator): Promise<number> {
  return scroller.evaluate((element) => {
    const frame = element.getBoundingClientRect();
    const rows = Array.from(element.querySelectorAll("[data-entry]")).map((row) => row.getBoundingClientRect()).filter(({ bottom, top }) => bottom > frame.top && top < frame.bottom);
    rows.sort((a, b) => a.top - b.top);
    let [missing, at] = [0, frame.top];
    for (const { top, bottom } of rows) {
      missing += Math.max(top - at - 12, 0);
      at = Math.max(at, bottom);
    }
    return missing + Math.max(frame.bottom - at - 40, 0);
  });
}

test("a thread of two thousand messages opens at its last turn, scrolls without blanks and keeps its place", async ({ app, page, server }) => {
  test.setTimeout(120_000);
  await app.open();
  await longThread(server);
  await page.keyboard.press("ControlOrMeta+2");
  const row = page.getByRole("grid", { name: "Threads" }).locator("[role=row][data-row]").first();
  await expect(row).toContainText("200", { timeout: 20_000 });
  await row.click();
  await page.keyboard.press("m");
  await expect(page).toHaveURL(/view=messages/);
  await expect(page.getByText("2,000 messages, 200 turns")).toBeVisible({ timeout: 20_000 });
  await expect(feed(page).getByRole("article", { name: /^Turn 200/ })).toBeInViewport();
  await expect(page.getByRole("navigation", { name: "Outline" }).locator("[aria-current]")).toContainText("200");

  const scroller = page.locator("[data-conversation]");
  await scroller.hover();
  for (let step = 0; step < 25; step += 1) {
    await page.mouse.wheel(0, -700);
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
    expect(await blank(scroller), `step ${step}`).toBe(0);
  }
  // What is in sight stays where it is while what is above it is measured.
  const top = (): Promise<{ id: string; y: number }> =>
    scroller.evaluate((element) => {
      const frame = element.getBoundingClientRect();
      const row = Array.from(element.querySelectorAll<HTMLElement>("[data-entry]")).find((one) => one.getBoundingClientRect().top >= frame.top);
      return { id: row?.dataset["entry"] ?? "", y: Math.round((row?.getBoundingClientRect().top ?? 0) - frame.top) };
    });
  await page.waitForTimeout(200);
  const place = await top();
  await page.waitForTimeout(500);
  expect(await top()).toEqual(place);

  // Leaps land where they should, however little was measured on the way.
  await page.getByRole("navigation", { name: "Outline" }).getByRole("button").first().evaluate((line) => line.scrollIntoView());
  await inHand(page).focus();
  await page.keyboard.press("Home");
  await expect(feed(page).getByText("question 1.1")).toBeInViewport();
  await page.keyboard.press("]");
  await expect(inHand(page)).toHaveAccessibleName(/^Turn 2/);
  await expect(inHand(page)).toBeInViewport();
  expect(await blank(scroller)).toBe(0);
});

test("a thread is told in figures, and M, T and D go from view to view", async ({ app, page, server }) => {
  await app.open();
  await replay(server, "py-langgraph-agent");
  await page.keyboard.press("ControlOrMeta+2");
  await page.getByRole("grid", { name: "Threads" }).locator("[role=row][data-row]").first().click();
  await page.keyboard.press("d");
  await expect(page).toHaveURL(/view=details/);
  const panel = page.getByRole("complementary", { name: "Statistics" });
  await expect(panel).toContainText("Latency p95");
  await expect(panel.getByRole("heading", { name: "Tools" })).toBeVisible();
  await expect(page.getByRole("grid", { name: "Turns" }).locator("[role=row][data-row]")).toHaveCount(2);
  await page.keyboard.press("m");
  await expect(feed(page)).toBeVisible();
  await page.keyboard.press("t");
  await expect(app.rows()).toHaveCount(2);
  await page.keyboard.press("d");
  await page.getByRole("grid", { name: "Turns" }).focus();
  await page.keyboard.press("Enter");
  await expect(app.tree).toBeVisible();
});
