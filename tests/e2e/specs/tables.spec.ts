import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { expect, test } from "../support/app";
import { hexId } from "../support/otlp";

test.describe("tables", () => {
  test.beforeEach(async ({ app }) => {
    await app.withAgentTraces();
  });

  test("going from traces to runs and threads keeps the filter, and says what does not apply", async ({ app, page }) => {
    await page.keyboard.press("/");
    const input = page.getByRole("combobox", { name: "Filter traces" });
    await input.fill("status:error is_root:false");
    await expect(page.getByText("Not applied")).toBeVisible();
    await expect(app.rows()).toHaveCount(2);
    await page.getByRole("group", { name: "Rows" }).getByRole("button", { name: "Runs" }).click();
    const runs = page.getByRole("grid", { name: "Runs" }).locator("[role=row][data-row]");
    await expect(page.getByRole("combobox", { name: "Search runs" })).toHaveValue("status:error is_root:false");
    await expect(page.getByText("Not applied")).toHaveCount(0);
    await expect(runs.first()).toContainText("bad_tool");
  });

  test("fields and values complete while typing, and an unknown field names the nearest", async ({ app, page }) => {
    await page.keyboard.press("/");
    await page.keyboard.type("sta");
    const offers = page.getByRole("listbox", { name: "Completions" }).getByRole("option");
    await expect(offers.first()).toContainText("status:");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await expect(offers.filter({ hasText: "error" })).toContainText("2");
    await page.keyboard.type("err");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    const input = page.getByRole("combobox", { name: "Filter traces" });
    await expect(input).toHaveValue("status:error ");
    await expect(app.rows()).toHaveCount(2);

    await input.fill("stats:error");
    await expect(page.getByRole("alert")).toContainText("unknown field `stats`");
    await page.getByRole("button", { name: "Use status" }).click();
    await expect(app.rows()).toHaveCount(2);
  });

  test("an empty result says which condition took the last rows away", async ({ app, page }) => {
    await page.keyboard.press("/");
    await page.getByRole("combobox", { name: "Filter traces" }).fill("status:error latency:>5000");
    await expect(page.getByText("took the last ones away")).toContainText("latency:>5000");
    await page.getByRole("button", { name: "Drop latency:>5000: 2 traces" }).click();
    await expect(app.rows()).toHaveCount(2);
  });

  test("columns are chosen, moved and resized by keyboard, and stay", async ({ app, page }) => {
    const heads = app.table.getByRole("columnheader");
    await app.table.getByRole("button", { name: "Latency" }).press("Alt+ArrowLeft");
    await expect(heads.filter({ hasText: /Latency|Start/ })).toHaveText([/Latency/, /Start/]);
    const width = async (): Promise<number> => (await heads.filter({ hasText: "Latency" }).boundingBox())?.width ?? 0;
    const before = await width();
    await app.table.getByRole("button", { name: "Latency" }).press("Alt+Shift+ArrowRight");
    await expect.poll(width).toBe(before + 16);
    await page.getByRole("button", { name: "Columns" }).click();
    await page.getByRole("checkbox", { name: "Model", exact: true }).press("Space");
    await page.getByRole("button", { name: "Two lines" }).click();
    await page.keyboard.press("Escape");
    await expect(heads.filter({ hasText: "Model" })).toBeVisible();
    await page.reload();
    await expect(heads.filter({ hasText: "Model" })).toBeVisible();
    await expect(heads.filter({ hasText: /Latency|Start/ })).toHaveText([/Latency/, /Start/]);
    await expect.poll(async () => (await app.rows().first().boundingBox())?.height).toBe(44);
  });

  test("rows are selected by keyboard, summed, copied and deleted", async ({ app, page }) => {
    await app.table.focus();
    await page.keyboard.press("x");
    await page.keyboard.press("Shift+ArrowDown");
    await expect(page.getByRole("toolbar", { name: "Selection" })).toContainText("2 traces selected");
    await expect(page.getByRole("contentinfo")).toContainText(/2 selected · .*tokens/);
    await page.keyboard.press("Escape");
    await expect(page.getByRole("toolbar", { name: "Selection" })).toHaveCount(0);
    await page.keyboard.press("ControlOrMeta+a");
    await expect(page.getByRole("contentinfo")).toContainText("7 selected");
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Export" }).click();
    await page.getByRole("menuitem", { name: /LangSmith/ }).click();
    const text = await readFile(await (await download).path(), "utf8");
    expect(text.trim().split("\n")).toHaveLength(25);
    await page.keyboard.press("Escape");
    await app.table.focus();
    await page.keyboard.press("x");
    await page.getByRole("button", { name: "Delete…" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await expect(app.rows()).toHaveCount(6);
  });

  test("facets follow the filter, include and exclude", async ({ app, page }) => {
    await page.keyboard.press("f");
    const status = page.getByRole("region", { name: "Status" });
    await expect(status.getByRole("button", { name: /^Error/ })).toContainText("2");
    await status.getByRole("button", { name: /^Error/ }).press("Enter");
    await expect(app.rows()).toHaveCount(2);
    await expect(page.getByRole("combobox", { name: "Filter traces" })).toHaveValue("status:error");
    await status.getByRole("button", { name: /^Error/ }).press("Enter");
    await expect(app.rows()).toHaveCount(7);
    await status.getByRole("button", { name: /^Error/ }).click({ modifiers: ["Alt"] });
    await expect(app.rows()).toHaveCount(5);
  });

  test("a view is saved, modified, reset, pinned, exported and imported", async ({ app, page, server }) => {
    await page.getByRole("combobox", { name: "Status" }).selectOption("error");
    await expect(app.rows()).toHaveCount(2);
    await page.keyboard.press("ControlOrMeta+s");
    await page.getByRole("textbox", { name: "Name" }).fill("Broken");
    await page.keyboard.press("Enter");
    const button = page.getByRole("button", { name: "Broken" });
    await expect(button).toBeVisible();
    await page.getByRole("combobox", { name: "Status" }).selectOption("");
    await expect(page.getByRole("img", { name: "modified" })).toBeVisible();
    await button.click();
    await page.getByRole("menuitem", { name: "Reset to the saved view" }).click();
    await expect(app.rows()).toHaveCount(2);
    await button.click();
    await page.getByRole("menuitem", { name: "Pin to the sidebar" }).click();
    await page.getByRole("navigation", { name: "Places" }).getByRole("link", { name: /^Traces/ }).click();
    await expect(app.rows()).toHaveCount(7);
    await page.getByRole("navigation", { name: "Places" }).getByRole("button", { name: "Broken" }).click();
    await expect(app.rows()).toHaveCount(2);

    await page.getByTitle("View Broken").click();
    const download = page.waitForEvent("download");
    await page.getByRole("menuitem", { name: "Export all as JSON" }).click();
    const file = join(server.dir, "views.json");
    await writeFile(file, (await readFile(await (await download).path(), "utf8")).replace("Broken", "Broken too"));
    await page.getByLabel("File of views").setInputFiles(file);
    await page.getByTitle("View Broken").click();
    await expect(page.getByRole("menuitem", { name: /Broken too/ })).toBeVisible();
  });

  test("space previews the row in hand, and the time range takes words", async ({ app, page }) => {
    await app.table.focus();
    await page.keyboard.press("Space");
    const preview = page.getByRole("complementary", { name: "Preview" });
    await expect(preview).toContainText("Input");
    const first = await preview.locator("b").first().textContent();
    await page.keyboard.press("j");
    await expect(preview.locator("b").first()).not.toHaveText(first ?? "");
    await page.keyboard.press("Escape");
    await expect(preview).toHaveCount(0);
    await page.getByRole("button", { name: "Any time" }).click();
    await page.getByRole("textbox", { name: "Time range in words" }).fill("last 1h");
    await page.keyboard.press("Enter");
    await expect(page.getByText("No trace matches")).toBeVisible();
  });

  test("a run is used as root, and the critical path is shown", async ({ app, page }) => {
    await app.openTrace(app.rows().first());
    const items = app.tree.getByRole("treeitem");
    await page.keyboard.press("o");
    await page.keyboard.press("z");
    await expect(page.getByRole("navigation", { name: "Root of the tree" })).toBeVisible();
    await expect(items.first()).toHaveAttribute("aria-level", "1");
    await page.keyboard.press("ControlOrMeta+[");
    await expect(page.getByRole("navigation", { name: "Root of the tree" })).toHaveCount(0);
    await page.keyboard.press("y");
    await expect(page.getByText("Critical path")).toBeVisible();
  });
});

/** What is judged is found, ordered and counted. */
async function judge(page: Page, key: string, score: string): Promise<void> {
  await page.keyboard.press("Shift+F");
  await page.getByRole("combobox", { name: "Key" }).fill(key);
  await page.getByRole("button", { name: "Number" }).click();
  await page.getByRole("textbox", { name: "Score" }).fill(score);
  await page.keyboard.press("ControlOrMeta+Enter");
}

test("feedback is a column, a filter and an order", async ({ app, page }) => {
  await app.withAgentTraces();
  await app.openTrace(app.rows().nth(2));
  await judge(page, "quality", "0.25");
  await expect(app.run).toContainText("0.25");
  await page.keyboard.press("ControlOrMeta+1");
  await page.keyboard.press("/");
  await page.getByRole("combobox", { name: "Filter traces" }).fill("feedback.quality:<0.5");
  await expect(app.rows()).toHaveCount(1);
  await expect(app.rows()).toContainText("quality0.25");
});

test("10,000 rows are ordered, walked and selected by keyboard", async ({ app, page, server }) => {
  test.setTimeout(120_000);
  const models = ["gpt-4.1", "claude-sonnet-4", "gemini-2.5-pro"];
  const spans = Array.from({ length: 10_000 }, (_, index) => ({
    traceId: hexId(index + 1, 32),
    spanId: hexId(index + 1, 16),
    name: `call ${index}`,
    kind: 1,
    startTimeUnixNano: `${1_795_000_000_000 + index}000000`,
    endTimeUnixNano: `${1_795_000_000_000 + index * 2 + 1}000000`,
    attributes: [
      { key: "gen_ai.operation.name", value: { stringValue: "chat" } },
      { key: "gen_ai.request.model", value: { stringValue: models[index % 3] } },
      { key: "gen_ai.usage.input_tokens", value: { intValue: index } },
      { key: "gen_ai.usage.output_tokens", value: { intValue: 1 } },
    ],
  }));
  const file = join(server.dir, "many.jsonl");
  const lines = [];
  for (let first = 0; first < spans.length; first += 500) lines.push(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: spans.slice(first, first + 500) }] }] }));
  await writeFile(file, lines.join("\n"));
  await app.open();
  await app.choose(file);
  await expect(page.getByRole("contentinfo")).toContainText("10,000 traces", { timeout: 60_000 });
  await app.idle();
  await app.table.focus();
  await page.keyboard.press("End");
  await expect(app.rows().last()).toContainText("call 0");
  expect(await app.rows().count()).toBeLessThan(100);
  await app.table.getByRole("button", { name: "Tokens" }).click();
  await app.table.focus();
  await page.keyboard.press("Home");
  await expect(app.rows().first()).toContainText("call 9999");
  await page.keyboard.press("/");
  await page.getByRole("combobox", { name: "Filter traces" }).fill("model:claude* total_tokens:>5000");
  await expect(page.getByRole("contentinfo")).toContainText("1,666 traces");
  await page.keyboard.press("Enter");
  await page.keyboard.press("ControlOrMeta+a");
  await expect(page.getByRole("contentinfo")).toContainText("1,666 selected · 12,495,833 tokens");
});
