import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { AGENT_FILE, expect, test } from "../support/app";
import { BINARY, startServer } from "../support/server";

const run = promisify(execFile);

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

test("feedback is sent to a server once, however often it is sent", async ({ app, page, server }) => {
  // Another Tracemark is the server that speaks LangSmith's protocol.
  const other = await startServer();
  try {
    await run(BINARY, ["--library", join(other.dir, "library"), "import", AGENT_FILE]);
    await app.withAgentTraces();
    await app.openTrace(app.rows().first());
    for (const key of ["correctness", "tone"]) {
      await page.keyboard.press("Shift+F");
      await page.keyboard.type(key);
      await page.getByRole("radio", { name: "Yes" }).click();
      await page.keyboard.press("ControlOrMeta+Enter");
      await expect(app.run.getByRole("listitem").filter({ hasText: key })).toBeVisible();
    }
    await app.idle();
    await page.keyboard.press("Escape");
    await page.keyboard.press("ControlOrMeta+Shift+x");
    const dialog = page.getByRole("dialog", { name: "Export" });
    await dialog.getByRole("button", { name: "To a server" }).click();
    await expect(dialog).toContainText("2 feedback records in this scope");
    await dialog.getByRole("textbox", { name: "Address" }).fill(other.ingest);
    const status = dialog.getByRole("status", { name: "Sending" });
    const send = async (told: string): Promise<void> => {
      await page.keyboard.press("Enter");
      await expect(status).toContainText(told);
    };
    await send("2 sent, 0 changed, 0 taken back, 0 there already, 0 refused");
    const there = async (): Promise<{ id: string; key: string; score: number }[]> => (await (await fetch(`${other.ingest}/feedback?limit=100`)).json()) as never;
    const first = await there();
    expect(first.map(({ key, score }) => [key, score]).toSorted()).toEqual([
      ["correctness", 1],
      ["tone", 1],
    ]);
    await send("0 sent, 0 changed, 0 taken back, 2 there already, 0 refused");
    expect(await there()).toEqual(first);
    // A program that was started again remembers it as well.
    const { stdout } = await run(BINARY, ["--library", join(server.dir, "library"), "--json", "export", "feedback", "--post", other.ingest]);
    expect(JSON.parse(stdout)).toMatchObject({ sent: 0, skipped: 2 });
    expect(await there()).toEqual(first);
  } finally {
    await other.stop();
  }
});
