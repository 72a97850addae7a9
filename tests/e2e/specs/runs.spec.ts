import { expect, test } from "../support/app";

test.beforeEach(async ({ app }) => {
  await app.withAgentTraces();
});

test("runs of all traces are searched by field and by text, and open in their trace", async ({ app, page }) => {
  await page.getByRole("link", { name: /^Runs/ }).click();
  const grid = page.getByRole("grid", { name: "Runs" });
  const rows = grid.locator("[role=row][data-row]");
  await expect(rows).toHaveCount(25);

  await page.keyboard.press("/");
  const input = page.getByRole("combobox", { name: "Search runs" });
  await expect(input).toBeFocused();
  await input.fill("run_type:tool status:error");
  await expect(rows).toHaveCount(1);
  await expect(rows).toContainText("bad_tool");
  await input.fill("run_type:tol nosuch:x");
  await expect(page.getByRole("alert")).toContainText("nosuch");
  await input.fill("output:~nowhereatall");
  await expect(page.getByText("No run matches")).toBeVisible();
  await input.fill("run_type:tool status:error");
  await expect(rows).toHaveCount(1);

  await page.keyboard.press("Enter");
  await expect(grid).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(app.selectedItem()).toHaveAttribute("aria-label", /^tool bad_tool, error/);
  await page.keyboard.press("ControlOrMeta+[");
  await expect(input).toHaveValue("run_type:tool status:error");
});

test("a failed trace shows its errors alone, and keys go to siblings, children and the slowest run", async ({ app, page }) => {
  await page.getByRole("combobox", { name: "Status" }).selectOption("error");
  await expect(app.rows().filter({ hasText: "bad_agent" })).toHaveCount(1);
  await app.openTrace(app.rows().filter({ hasText: "bad_agent" }));
  const items = app.tree.getByRole("treeitem");
  await expect(items).toHaveCount(3);
  await page.getByRole("button", { name: "Errors", exact: true }).click();
  await expect(items).toHaveCount(2);
  await page.reload();
  await expect(items).toHaveCount(2);
  await page.keyboard.press("h");
  await expect(items).toHaveCount(3);

  await page.keyboard.press("o");
  await expect(app.selectedItem()).toHaveAttribute("aria-posinset", "1");
  await expect(app.selectedItem()).toHaveAttribute("aria-level", "2");
  await page.keyboard.press("}");
  await expect(app.selectedItem()).toHaveAttribute("aria-posinset", "2");
  await page.keyboard.press("{");
  await expect(app.selectedItem()).toHaveAttribute("aria-posinset", "1");
  await page.keyboard.press("1");
  await expect(app.selectedItem()).toHaveAttribute("aria-label", /^tool bad_tool/);

  await app.tree.press("Enter");
  await page.keyboard.press("3");
  await expect(app.run.getByRole("tab", { name: "Metadata" })).toHaveAttribute("aria-selected", "true");
  await expect(app.selectedItem()).toHaveAttribute("aria-label", /^tool bad_tool/);
});
