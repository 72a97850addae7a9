import type { Page } from "@playwright/test";
import { expect, test } from "../support/app";
import { create, finish, runId } from "../support/langsmith";
import type { Server } from "../support/server";

const start = Date.UTC(2026, 10, 20);

async function ran(server: Server, inputs: unknown, outputs: unknown): Promise<void> {
  const id = runId(1);
  const run = { id, name: "step", path: [id], start, end: start + 500, inputs, outputs };
  await create(server.ingest, run);
  await finish(server.ingest, run);
}

const find = (page: Page) => page.getByRole("search");

/** The text that is marked as the place in hand, and whether it is in sight. */
function here(page: Page): Promise<string | null> {
  return page.evaluate(() => {
    const [range] = CSS.highlights.get("found-here") ?? [];
    if (!(range instanceof Range)) return null;
    const { top, bottom } = range.getBoundingClientRect();
    const frame = document.querySelector("[data-run-body]")?.getBoundingClientRect();
    return frame && top >= frame.top - 1 && bottom <= frame.bottom + 1 ? range.toString() : "out of sight";
  });
}

test("a text is found in the payloads of a run, whether it is unfolded or not", async ({ app, page, server }) => {
  await app.open();
  await ran(server, { question: "Is the TIDE in?", more: { deep: { down: [{ tide: 1 }] } } }, { answer: "High tide at noon, low tide at six." });
  await app.openTrace(app.rows().first());
  await page.keyboard.press("Enter");
  await expect(app.run).toBeFocused();
  await page.keyboard.press("ControlOrMeta+f");
  await find(page).getByRole("textbox", { name: "Find in the run" }).fill("tide");
  await expect(find(page).getByRole("status")).toHaveText("4");
  for (const [place, text] of [["1 of 4", "TIDE"], ["2 of 4", "tide"], ["3 of 4", "tide"], ["4 of 4", "tide"], ["1 of 4", "TIDE"]] as const) {
    await page.keyboard.press("Enter");
    await expect(find(page).getByRole("status")).toHaveText(place);
    await expect.poll(() => here(page)).toBe(text);
  }
  await page.keyboard.press("Shift+Enter");
  await expect(find(page).getByRole("status")).toHaveText("4 of 4");
  await page.keyboard.press("Escape");
  await expect(find(page)).toHaveCount(0);
  await expect(app.run).toBeFocused();
  expect(await here(page)).toBeNull();
  // Outside of the panel the same keys look through the trace.
  await page.keyboard.press("Escape");
  await page.keyboard.press("ControlOrMeta+f");
  await expect(find(page).getByRole("textbox", { name: "Find in the trace" })).toBeVisible();
});

test("finding leaps into wide lists and long texts without drawing what is before them", async ({ app, page, server }) => {
  await app.open();
  const rows = Array.from({ length: 20_000 }, (_, row) => ({ row, word: row === 15_432 ? "needle" : "hay" }));
  const long = `${"hay ".repeat(200_000)}needle${" hay".repeat(1_000)}`;
  await ran(server, { rows }, { long });
  await app.openTrace(app.rows().first());
  await page.keyboard.press("Enter");
  await page.keyboard.press("ControlOrMeta+f");
  await find(page).getByRole("textbox", { name: "Find in the run" }).fill("needle");
  await expect(find(page).getByRole("status")).toHaveText("2");
  await page.keyboard.press("Enter");
  await expect.poll(() => here(page)).toBe("needle");
  await expect(app.run.getByRole("button", { name: /^show 200 earlier of 15,400/ })).toBeVisible();
  await page.keyboard.press("Enter");
  await expect.poll(() => here(page)).toBe("needle");
  await expect(app.run.getByRole("button", { name: "from the beginning" })).toBeVisible();
  expect(await app.run.evaluate((panel) => panel.querySelectorAll("*").length)).toBeLessThan(5_000);
});
