import { readFile } from "node:fs/promises";
import { expect, test } from "../support/app";

test("a run is judged by keys, edited, taken back, and nothing of it is lost", async ({ app, page }) => {
  await app.withAgentTraces();
  await app.openTrace(app.rows().first());
  await page.keyboard.press("Shift+F");
  const key = page.getByRole("combobox", { name: "Key" });
  await expect(key).toBeFocused();
  await page.keyboard.type("correctness");
  await page.getByRole("radio", { name: "No" }).focus();
  await page.keyboard.press("2");
  await expect(page.getByRole("radio", { name: "No" })).toBeChecked();
  await page.getByRole("textbox", { name: "Comment" }).fill("cites a page that is not there");
  await page.keyboard.press("ControlOrMeta+Enter");
  const list = app.run.getByRole("listitem");
  await expect(list).toHaveCount(1);
  await expect(list.first()).toContainText("correctness");
  await expect(list.first()).toContainText("cites a page");
  await expect(page.getByRole("tab", { name: /Feedback/ })).toContainText("1");
  await page.reload();
  await expect(list).toHaveCount(1);

  await page.getByRole("button", { name: "Edit correctness" }).click();
  const edit = page.getByRole("form", { name: "Edit correctness" });
  await edit.getByRole("radio", { name: "Yes" }).click();
  await edit.getByRole("textbox", { name: "Comment" }).fill("");
  await edit.getByRole("button", { name: "Save" }).click();
  await expect(list.first()).toContainText("Yes");
  await page.getByRole("button", { name: /Show what was said before/ }).click();
  await expect(page.getByRole("list", { name: "What was said before" })).toContainText("cites a page");

  await page.getByRole("button", { name: "Take correctness back" }).click();
  await expect(page.getByText("Taken back; by")).toBeVisible();
  await page.getByRole("button", { name: "Let correctness stand again" }).click();
  await expect(page.getByRole("button", { name: "Take correctness back" })).toBeVisible();
});

test("what cannot be kept is refused in place", async ({ app, page }) => {
  await app.withAgentTraces();
  await app.openTrace(app.rows().first());
  await page.keyboard.press("Shift+F");
  await page.keyboard.type("score");
  await page.keyboard.press("ControlOrMeta+Enter");
  await expect(page.getByRole("alert")).toHaveText("Choose a value or write a comment");
  await page.getByRole("button", { name: "Number" }).click();
  await page.getByRole("textbox", { name: "Score" }).fill("high");
  await page.keyboard.press("ControlOrMeta+Enter");
  await expect(page.getByRole("alert")).toHaveText("This is not a number");
  await page.getByRole("textbox", { name: "Score" }).fill("0.5");
  await page.keyboard.press("ControlOrMeta+Enter");
  await expect(app.run.getByRole("listitem")).toContainText("0.5");
});

test("feedback leaves with a preview and a manifest", async ({ app, page }) => {
  await app.withAgentTraces();
  await app.openTrace(app.rows().first());
  await page.keyboard.press("ControlOrMeta+Shift+J");
  const judge = page.getByRole("dialog", { name: "Judge the trace" });
  await judge.getByRole("combobox", { name: "Key" }).fill("tone");
  await judge.getByRole("radio", { name: "Yes" }).click();
  await judge.getByRole("button", { name: "Add", exact: true }).click();
  await expect(judge.getByRole("listitem")).toContainText("tone");
  await judge.getByRole("button", { name: "Export…" }).click();
  const dialog = page.getByRole("dialog", { name: "Export" });
  await expect(dialog.getByRole("region", { name: "Preview" })).toContainText("1 record");
  await dialog.getByRole("combobox", { name: "Format" }).selectOption("otel");
  await expect(dialog.getByRole("region", { name: "Preview" })).toContainText("gen_ai.evaluation.result");
  await dialog.getByRole("combobox", { name: "Format" }).selectOption("csv-long");
  await dialog.getByRole("checkbox", { name: /manifest/ }).uncheck();
  const [download] = await Promise.all([page.waitForEvent("download"), dialog.getByRole("button", { name: "Export", exact: true }).click()]);
  expect(download.suggestedFilename()).toBe("feedback.csv-long.csv");
  const lines = (await readFile(await download.path(), "utf8")).trim().split("\r\n");
  expect(lines).toHaveLength(2);
  expect(lines[1]).toContain(",tone,1,true,");
});
