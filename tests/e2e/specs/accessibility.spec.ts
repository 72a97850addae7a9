import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, test } from "../support/app";

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(`in ${colorScheme}`, () => {
    test.use({ colorScheme });

    test("the first screen has no serious violation", async ({ app, page }) => {
      await app.open();
      await expect(page.locator("html")).toHaveAttribute("data-theme", colorScheme);
      await expect(page.getByRole("button", { name: "Choose files…" })).toBeVisible();
      expect(await violations(page)).toEqual([]);
    });

    test("the table has no serious violation", async ({ app, page }) => {
      await app.withAgentTraces();
      await expect(page.getByText("7 traces read")).toBeHidden();
      expect(await violations(page)).toEqual([]);
    });

    test("a trace has no serious violation", async ({ app, page }) => {
      await app.withAgentTraces();
      // One with errors has the most colours.
      await app.openTrace(app.rows().filter({ hasText: "tool exploded" }));
      await expect(app.run.getByRole("tab", { name: "Input & output" })).toBeVisible();
      expect(await violations(page)).toEqual([]);
      await page.keyboard.press("ControlOrMeta+f");
      await page.getByRole("textbox", { name: "Find in the trace" }).fill("chat");
      await app.idle();
      expect(await violations(page)).toEqual([]);
    });

    test("the messages of a trace have no serious violation", async ({ app, page }) => {
      await app.withAgentTraces();
      await app.openTrace(app.rows().filter({ hasText: "tool exploded" }));
      await page.keyboard.press("m");
      const feed = page.getByRole("feed", { name: "Messages" });
      await feed.getByRole("button", { name: /^bad_tool/ }).click();
      await feed.getByRole("button", { name: "Where" }).first().click();
      expect(await violations(page)).toEqual([]);
    });
  });
}

/** What is serious or critical, with where it is. */
async function violations(page: Page): Promise<string[]> {
  const { violations: found } = await new AxeBuilder({ page }).analyze();
  return found
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.failureSummary ?? ""}`));
}
