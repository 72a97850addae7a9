import { expect, test } from "../support/app";

test.beforeEach(async ({ app }) => {
  await app.withAgentTraces();
});

test("words are found in all texts, and a hit opens its run at the text", async ({ app, page }) => {
  await page.keyboard.press("ControlOrMeta+Shift+f");
  const input = page.getByRole("textbox", { name: "Search all texts" });
  await expect(input).toBeFocused();
  await input.fill("paris");
  const hits = page.getByRole("grid", { name: "Hits" }).locator("[role=row][data-row]");
  await expect(hits.first()).toBeVisible();
  await expect(hits.first().locator("mark").first()).toHaveText(/paris/i);
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await expect(app.tree).toBeVisible();
  await expect(app.run.locator("mark").first()).toHaveText(/paris/i);
  await expect(app.run.locator("mark").first()).toBeInViewport();

  await page.keyboard.press("ControlOrMeta+[");
  await expect(input).toHaveValue("paris");
  await input.fill("nowhereatall");
  await expect(page.getByText("Nothing found")).toBeVisible();
  // Nothing that is typed is an error.
  await input.fill('"NEAR( OR * "');
  await app.idle();
  await expect(page.getByRole("alert")).toHaveCount(0);
});

test("what stands inside of words is a second step, and the palette asks for texts by a question mark", async ({ app, page }) => {
  await page.keyboard.press("ControlOrMeta+k");
  await page.keyboard.type("?aris");
  await page.keyboard.press("Enter");
  const input = page.getByRole("textbox", { name: "Search all texts" });
  await expect(input).toHaveValue("aris");
  await expect(page.getByText("Nothing found")).toBeVisible();
  await page.getByRole("button", { name: "Look inside words" }).click();
  const hits = page.getByRole("grid", { name: "Hits" }).locator("[role=row][data-row]");
  await expect(hits.first().locator("mark").first()).toHaveText("aris");
  await expect(page.getByRole("checkbox", { name: "Also inside words" })).toBeChecked();
  await app.idle();
});
