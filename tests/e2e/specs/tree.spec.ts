import { expect, test } from "../support/app";

const ROOT = /^chain weather_agent/;

test.beforeEach(async ({ app }) => {
  await app.withAgentTraces();
  await app.openTrace(app.rows().last());
});

test("the tree works by keyboard alone", async ({ app, page }) => {
  // From the top of the page by Tab only.
  for (let press = 0; press < 60 && !(await app.tree.evaluate((tree) => tree === document.activeElement)); press += 1) {
    await page.keyboard.press("Tab");
  }
  await expect(app.tree).toBeFocused();
  await expect(app.selectedItem()).toHaveAttribute("aria-label", ROOT);

  await page.keyboard.press("ArrowDown");
  await expect(app.selectedItem()).toHaveAttribute("aria-posinset", "1");
  await expect(app.selectedItem()).toHaveAttribute("aria-level", "2");
  await page.keyboard.press("ArrowDown");
  await expect(app.selectedItem()).toHaveAttribute("aria-label", /^tool get_weather/);
  await expect(app.run.getByRole("heading", { name: "get_weather" })).toBeVisible();
  const active = await app.tree.getAttribute("aria-activedescendant");
  expect(active).toBe(await app.selectedItem().getAttribute("id"));

  await page.keyboard.press("ArrowLeft");
  await expect(app.selectedItem()).toHaveAttribute("aria-label", ROOT);
  await page.keyboard.press("ArrowLeft");
  await expect(app.treeItem(ROOT)).toHaveAttribute("aria-expanded", "false");
  await expect(app.tree.getByRole("treeitem")).toHaveCount(1);
  await page.keyboard.press("ArrowRight");
  await expect(app.treeItem(ROOT)).toHaveAttribute("aria-expanded", "true");
  await expect(app.tree.getByRole("treeitem")).toHaveCount(4);
  await page.keyboard.press("ArrowRight");
  await expect(app.selectedItem()).toHaveAttribute("aria-level", "2");

  await page.keyboard.press("End");
  await expect(app.selectedItem()).toHaveAttribute("aria-posinset", "3");
  await page.keyboard.press("Home");
  await expect(app.selectedItem()).toHaveAttribute("aria-label", ROOT);
  await page.keyboard.press("Space");
  await expect(app.treeItem(ROOT)).toHaveAttribute("aria-expanded", "false");
  await page.keyboard.press("Space");
  await expect(app.treeItem(ROOT)).toHaveAttribute("aria-expanded", "true");

  // Anywhere on the screen: next tool, then its parent.
  await page.keyboard.press(",");
  await expect(app.selectedItem()).toHaveAttribute("aria-label", /^tool get_weather/);
  await page.keyboard.press("p");
  await expect(app.selectedItem()).toHaveAttribute("aria-label", ROOT);
  await page.keyboard.press("Enter");
  await expect(app.run).toBeFocused();
});

test("a reload keeps the selected run, its tab and the place in the table", async ({ app, page }) => {
  await app.treeItem(/^tool get_weather/).click();
  await app.run.getByRole("tab", { name: "Metadata" }).click();
  await expect(page).toHaveURL(/run=.*tab=metadata|tab=metadata.*run=/);
  await page.reload();
  await expect(app.selectedItem()).toHaveAttribute("aria-label", /^tool get_weather/);
  await expect(app.run.getByRole("heading", { name: "get_weather" })).toBeVisible();
  await expect(app.run.getByRole("tab", { name: "Metadata" })).toHaveAttribute("aria-selected", "true");

  // The table's filter is part of its address as well.
  await page.getByRole("navigation", { name: "Places" }).getByRole("link", { name: "Traces" }).click();
  await page.getByRole("combobox", { name: "Status" }).selectOption({ label: "Error" });
  await expect(app.rows()).toHaveCount(2);
  await page.reload();
  await expect(app.rows()).toHaveCount(2);
  await expect(page.getByRole("combobox", { name: "Status" })).toHaveValue("error");
});

test("going back finds the row in hand again", async ({ app, page }) => {
  await page.goBack();
  await expect(app.rows()).toHaveCount(7);
  await expect(app.rows().last()).toHaveAttribute("aria-selected", "true");
});

test("finding counts the matches and Enter walks them", async ({ app, page }) => {
  await page.keyboard.press("ControlOrMeta+f");
  const find = page.getByRole("search");
  const input = find.getByRole("textbox", { name: "Find in the trace" });
  await expect(input).toBeFocused();

  await input.fill("chat");
  const count = find.getByRole("status");
  await app.idle();
  await expect(count).toHaveText("2");
  await page.keyboard.press("Enter");
  await expect(count).toHaveText("1 of 2");
  await expect(app.selectedItem()).toHaveAttribute("aria-posinset", "1");
  await page.keyboard.press("Enter");
  await expect(count).toHaveText("2 of 2");
  await expect(app.selectedItem()).toHaveAttribute("aria-posinset", "3");
  await page.keyboard.press("Enter");
  await expect(count).toHaveText("1 of 2");
  await page.keyboard.press("Shift+Enter");
  await expect(count).toHaveText("2 of 2");

  // Text that stands in payloads only: the agent and both model calls have it, the tool does not.
  await input.fill("umbrella");
  await expect(count).toHaveText("3 of 3");
  await input.fill("no such words");
  await expect(count).toHaveText("no matches");
  await page.keyboard.press("Escape");
  await expect(find).toBeHidden();
  await expect(app.tree).toBeFocused();
});
