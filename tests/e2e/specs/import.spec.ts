import type { Page } from "@playwright/test";
import { copyFile, open, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { AGENT_FILE, AGENT_TRACES, expect, test } from "../support/app";
import { exportOf, hexId } from "../support/otlp";

const ANSWER = "It is 14 C and raining in Paris, so take an umbrella.";

test("a chosen file shows its traces, their runs and what the runs said", async ({ app, page }) => {
  await app.open();
  await app.choose(AGENT_FILE);
  await expect(app.rows()).toHaveCount(AGENT_TRACES);
  await expect(page.getByRole("heading", { name: "Traces", exact: true })).toBeVisible();
  await expect(page.getByText(`${AGENT_TRACES} traces read, 25 new runs`)).toBeVisible();

  await app.openTrace(app.rows().filter({ hasText: ANSWER }).last());
  await expect(page.getByRole("heading", { name: "weather_agent", level: 1 })).toBeVisible();
  await expect(app.tree.getByRole("treeitem")).toHaveCount(4);
  await expect(app.treeItem(/^tool get_weather, success/)).toBeVisible();
  await expect(app.run.getByText(ANSWER)).toBeVisible();

  await app.treeItem(/^tool get_weather/).click();
  await expect(app.selectedItem()).toHaveAttribute("aria-label", /^tool get_weather/);
  await expect(app.run.getByRole("heading", { name: "get_weather" })).toBeVisible();
  await expect(app.run.getByRole("group", { name: "Output" })).toContainText("rain");
  // The output, and not what the run before it had.
  await expect(app.run.getByText(ANSWER)).toBeHidden();
});

test("a dropped file is imported", async ({ app, page }) => {
  await app.open();
  const files = await dataTransfer(page, basename(AGENT_FILE), await readFile(AGENT_FILE, "utf8"));
  await page.dispatchEvent("#main", "dragenter", { dataTransfer: files });
  await expect(page.getByText("Drop to import")).toBeVisible();
  await page.dispatchEvent("#main", "drop", { dataTransfer: files });
  await expect(page.getByText("Drop to import")).toBeHidden();
  await expect(app.rows()).toHaveCount(AGENT_TRACES);
  await expect(page.getByRole("navigation", { name: "Places" }).getByRole("link", { name: basename(AGENT_FILE) })).toBeVisible();
});

test("a file with one trace opens it at once", async ({ app, server, page }) => {
  const file = join(server.dir, "one.json");
  await writeFile(file, exportOf([{ trace: hexId(1, 32), span: hexId(1, 16), name: "only one", start: 1_795_000_000_000, end: 1_795_000_000_250 }]));
  await app.open();
  await app.choose(file);
  await expect(page.getByRole("heading", { name: "only one", level: 1 })).toBeVisible();
  await expect(app.treeItem(/^chain only one, success, 250 ms/)).toBeVisible();
});

test("a long import shows how far it is, and what was read stays when it is cancelled", async ({ app, server, page }) => {
  const file = join(server.dir, "big.jsonl");
  const lines = await writeBigFile(file, 60_000_000);
  await app.open();
  await app.choose(file);

  const job = page.getByRole("group", { name: "Import of big.jsonl" });
  await expect(job).toContainText("Reading big.jsonl");
  await expect(job).toContainText(/[1-9][\d,]* runs/);
  const bar = job.getByRole("progressbar");
  await expect.poll(async () => Number(await bar.getAttribute("aria-valuenow"))).toBeGreaterThan(0);
  await job.getByRole("button", { name: "Cancel" }).click();
  await expect(job.filter({ hasText: "Stopped big.jsonl" })).toBeVisible();

  // Neither lost nor read to the end, in the library and not only in this window.
  await page.reload();
  await expect(app.rows().first()).toBeVisible();
  await expect(app.rows().first()).toContainText("big");
  const read = await tracesRead(page);
  expect(read).toBeGreaterThan(0);
  expect(read).toBeLessThan(lines);
});

test("a report says which lines were not read, and why", async ({ app, server, page }) => {
  const good = (number: number): string =>
    exportOf([{ trace: hexId(number, 32), span: hexId(number, 16), name: `good ${number}`, start: 1_795_000_000_000 + number, end: 1_795_000_001_000 }]);
  const file = join(server.dir, "broken.jsonl");
  const early = exportOf([{ trace: hexId(4, 32), span: hexId(4, 16), name: "early", start: 1_795_000_002_000, end: 1_795_000_001_000 }]);
  await writeFile(file, [early, good(1), '{"resourceSpans":[{"scopeSpans":', good(2), '{"hello":"world"}', good(3)].join("\n"));
  await app.open();
  await app.choose(file);

  await expect(app.rows()).toHaveCount(4);
  const job = page.getByRole("group", { name: "Import of broken.jsonl" });
  await expect(job).toContainText("2 records not read");
  await job.getByRole("button", { name: "Show report" }).click();
  const report = page.getByRole("dialog", { name: "Report of what was read" });
  const records = report.getByRole("listitem");
  await expect(records).toHaveCount(2);
  await expect(records.filter({ hasText: "line 3" })).toContainText('{"resourceSpans":[{"scopeSpans":');
  await expect(records.filter({ hasText: "line 5" })).toContainText('{"hello":"world"}');
  for (const record of await records.all()) await expect(record.getByRole("paragraph").first()).toHaveText(/\w+ \w+/);

  // What was read with a change stands apart.
  await report.getByRole("button", { name: "Read with a warning (1)" }).click();
  await expect(records).toHaveCount(1);
  await expect(records).toContainText("before it starts");
  await expect(records).toContainText("line 1");
  await page.keyboard.press("Escape");
  await expect(report).toBeHidden();
});

/** A transfer that holds one file, made in the page. */
function dataTransfer(page: Page, name: string, text: string) {
  return page.evaluateHandle(
    ([fileName, content]) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([content], fileName, { type: "application/json" }));
      return transfer;
    },
    [name, text] as const,
  );
}

/** One trace of one run a line. Returns the number of lines. */
async function writeBigFile(path: string, bytes: number): Promise<number> {
  const text = "The quick brown fox jumps over the lazy dog. ".repeat(20);
  const file = await open(path, "w");
  let written = 0;
  let lines = 0;
  while (written < bytes) {
    const batch = Array.from({ length: 500 }, (_, index) => {
      const number = lines + index;
      return exportOf([
        { trace: hexId(number, 32), span: hexId(number, 16), name: `big ${number}`, start: 1_795_000_000_000 + number, end: 1_795_000_000_500 + number, attributes: { "input.value": text } },
      ]);
    }).join("\n");
    await file.write(`${batch}\n`);
    written += batch.length + 1;
    lines += 500;
  }
  await file.close();
  return lines;
}

/** The number of traces as the bar above the table says it. */
async function tracesRead(page: Page): Promise<number> {
  const text = await page.getByRole("contentinfo").getByText(/^[\d,]+ traces?$/).textContent();
  return Number((text ?? "").replace(/\D/g, ""));
}

test("of many sources the sidebar shows some, and its list finds each of them", async ({ app, page }, info) => {
  const files = Array.from({ length: 12 }, (_, index) => info.outputPath(`part-${index + 1}.json`));
  await Promise.all(files.map((file) => copyFile(AGENT_FILE, file)));
  await app.open();
  await app.choose(...files);
  const places = page.getByRole("navigation", { name: "Places" });
  await places.getByRole("button", { name: /^All 1[23] sources…$/ }).click();
  const dialog = page.getByRole("dialog", { name: "Sources" });
  await expect(dialog.getByRole("link", { name: /^part-1\.json/ })).toBeVisible();
  await dialog.getByRole("searchbox", { name: "Filter sources" }).fill("part-3");
  await expect(dialog.getByRole("status")).toHaveText(/^1 of 1[23]$/);
  await dialog.getByRole("link", { name: /^part-3\.json/ }).click();
  await expect(dialog).toBeHidden();
  await expect(places.getByRole("link", { name: /^part-3\.json/ })).toHaveAttribute("data-current", "true");
});
