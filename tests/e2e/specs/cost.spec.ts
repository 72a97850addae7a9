import type { Locator, Page } from "@playwright/test";
import { writeFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "../support/app";
import { COST_TRACES, costLines, UNPRICED_MODEL } from "../support/costs";

const START = Date.UTC(2026, 9, 20);

async function gridRow(page: Page, name: string): Promise<Locator> {
  const row = page.getByRole("grid", { name: /^Cost by/ }).getByRole("row").filter({ has: page.getByRole("gridcell", { name, exact: true }) });
  await expect(row).toBeVisible();
  return row;
}

test("cost is grouped, opened down to its arithmetic, and computed again with a new price", async ({ app, page }) => {
  test.setTimeout(180_000);
  await app.open();
  const file = join(app.server.dir, "costs.jsonl");
  await writeFile(file, costLines(START));
  await app.choose(file);
  await expect(page.getByRole("link", { name: `Traces ${COST_TRACES.toLocaleString("en-US")}` })).toBeVisible({ timeout: 120_000 });

  await page.getByRole("link", { name: "Cost", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Cost", level: 1 })).toBeVisible();
  await app.idle();
  // By model: every one of them, the one without a price as such and not as zero.
  const unpriced = await gridRow(page, UNPRICED_MODEL);
  await expect(unpriced).toContainText("unknown");
  await expect(await gridRow(page, "gpt-4o")).toContainText("$");
  await shot(page, "cost-by-model");

  // By prompt version, then the traces behind a row.
  await page.getByLabel("by", { exact: false }).first().selectOption("prompt");
  const third = await gridRow(page, "v3");
  await expect(third).toContainText((COST_TRACES / 5).toLocaleString("en-US"));
  await third.click();
  const traces = page.getByRole("region", { name: "Traces" });
  await expect(traces.getByRole("heading", { name: "Traces with v3" })).toBeVisible();
  await shot(page, "cost-by-prompt");

  // Where the money of a trace went, and the arithmetic of one of its calls.
  await traces.getByRole("button", { name: /^Where the money/ }).first().click();
  await shot(page, "cost-treemap");
  await page.getByRole("dialog").getByRole("button", { name: /^answer: \$/ }).click();
  await expect(page.getByRole("dialog")).toBeHidden();
  await expect(app.run.getByRole("heading", { name: "answer" })).toBeVisible();
  await app.run.getByRole("button", { name: /show the arithmetic$/ }).click();
  const arithmetic = page.getByRole("dialog", { name: "Arithmetic of the cost" });
  await expect(arithmetic.getByRole("row", { name: /^Cache read/ })).toContainText("4,096");
  await expect(arithmetic.getByText(/bundled table of 20/)).toBeVisible();
  await shot(page, "cost-arithmetic");
  await page.keyboard.press("Escape");

  // A price for the model that has none; stored costs change only when they are computed again.
  await page.getByRole("link", { name: "Cost", exact: true }).click();
  const missing = page.getByRole("region", { name: "Cost unknown" });
  await expect(missing).toContainText(`acme/${UNPRICED_MODEL}`);
  await missing.getByRole("button", { name: "Add a price" }).click();
  const prices = page.getByRole("dialog");
  await expect(prices.getByLabel("Model")).toHaveValue(UNPRICED_MODEL);
  await expect(prices.getByLabel("Provider")).toHaveValue("acme");
  await prices.getByLabel("Input", { exact: true }).fill("2");
  await prices.getByLabel("Cache read", { exact: true }).fill("0.5");
  await prices.getByLabel("Output", { exact: true }).fill("not a price");
  await prices.getByRole("button", { name: "Keep the price" }).click();
  await expect(prices.getByRole("alert")).toContainText("no price");
  await prices.getByLabel("Output", { exact: true }).fill("8");
  await prices.getByRole("button", { name: "Keep the price" }).click();
  await expect(prices.getByRole("status")).toContainText("computed again");
  await shot(page, "cost-prices");
  await prices.getByRole("button", { name: "Compute again…" }).click();
  const again = page.getByRole("dialog", { name: "Compute costs again" });
  await expect(again.getByRole("row", { name: new RegExp(UNPRICED_MODEL) })).toContainText("unpriced");
  await shot(page, "cost-recompute");
  await again.getByRole("button", { name: "Compute again" }).click();
  await expect(again.getByText(/traces? changed\.$/)).toBeVisible({ timeout: 60_000 });
  await again.getByRole("button", { name: "Close" }).last().click();
  await expect(missing).toBeHidden();
  await expect(await gridRow(page, UNPRICED_MODEL)).toContainText("$");

  // The table as CSV, with exact costs.
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Export CSV" }).click()]);
  const csv = await readFile(await download.path(), "utf8");
  expect(csv.split("\r\n")[0]).toMatch(/^model,cost_usd,input_usd,/);
  expect(csv).toContain(`\r\n${UNPRICED_MODEL},`);

  // Another model for everything.
  await page.getByRole("button", { name: "What if…" }).click();
  await page.getByRole("dialog").getByLabel("Model").fill("gpt-4o-mini");
  await expect(page.getByRole("dialog").getByRole("status")).toContainText("instead of");
  await shot(page, "cost-what-if");
});

/** Kept where somebody asks to look at the screens. */
async function shot(page: Page, name: string): Promise<void> {
  const dir = process.env["TRACEMARK_SHOTS"];
  if (dir !== undefined) await page.screenshot({ path: join(dir, `${name}.png`) });
}
