import { readFile } from "node:fs/promises";
import { expect, test } from "../support/app";
import { rpc, sendItems } from "../support/review";

/** Goes to a screen as its link does. */
async function goTo(page: import("@playwright/test").Page, hash: string): Promise<void> {
  await page.evaluate((to) => {
    location.hash = to;
  }, hash);
}

test("a run becomes an example, is edited, undone, split and exported by keys", async ({ app, page, server }) => {
  await app.open();
  await sendItems(server, 3);
  await page.keyboard.press("ControlOrMeta+1");
  await expect(app.rows()).toHaveCount(3);
  await app.openTrace(app.rows().first());

  // From the run in hand, with the keyboard alone.
  await page.keyboard.press("ControlOrMeta+d");
  const dialog = page.getByRole("dialog", { name: "Add to a dataset" });
  await expect(dialog.getByRole("combobox", { name: "Dataset" })).toBeFocused();
  await dialog.getByRole("textbox", { name: "Name of the new dataset" }).fill("support");
  await dialog.getByRole("textbox", { name: "Outputs" }).fill('{"answer": "as edited"}');
  await dialog.getByRole("textbox", { name: "Name of the new dataset" }).press("Enter");
  await expect(dialog).toHaveCount(0);

  await page.keyboard.press("ControlOrMeta+4");
  const datasets = page.getByRole("grid", { name: "Datasets" });
  await expect(datasets.getByRole("row", { name: /support/ })).toContainText("1");
  await datasets.focus();
  await page.keyboard.press("Enter");
  const examples = page.getByRole("grid", { name: "Examples" });
  await expect(examples.locator("[data-row]")).toHaveCount(1);
  await expect(examples).toContainText("as edited");

  // A broken text is told with its place and cannot be kept.
  await examples.focus();
  await page.keyboard.press("Enter");
  const panel = page.getByRole("region", { name: "Example" });
  const inputs = panel.getByRole("textbox", { name: "Inputs" });
  await inputs.fill('{\n  "q": }');
  await expect(panel.getByRole("list", { name: "What is wrong with inputs" })).toContainText("2:8");
  await expect(panel.getByRole("button", { name: /^Save/ })).toBeDisabled();
  await inputs.fill('{"q": "mended"}');
  await expect(panel.getByRole("list", { name: "What is wrong with inputs" })).toHaveCount(0);
  await page.keyboard.press("ControlOrMeta+s");
  await expect(examples).toContainText("mended");
  await examples.focus();
  await page.keyboard.press("ControlOrMeta+z");
  await expect(examples).not.toContainText("mended");

  // Chosen, put into a split, removed, brought back.
  await page.keyboard.press("Escape");
  await expect(panel).toHaveCount(0);
  await examples.focus();
  await page.keyboard.press("x");
  await page.keyboard.press("s");
  await page.getByRole("combobox", { name: "Split" }).last().fill("train");
  await page.keyboard.press("Enter");
  await expect(examples).toContainText("train");
  await examples.focus();
  await page.keyboard.press("Delete");
  await expect(page.getByText("No examples")).toBeVisible();
  await page.keyboard.press("ControlOrMeta+z");
  await expect(examples.locator("[data-row]")).toHaveCount(1);

  await page.keyboard.press("Shift+X");
  const out = page.getByRole("dialog", { name: "Export" });
  await expect(out.getByRole("region", { name: "Preview" })).toContainText("1 record");
  await out.getByRole("checkbox", { name: /manifest/ }).uncheck();
  const [download] = await Promise.all([page.waitForEvent("download"), out.getByRole("button", { name: "Export", exact: true }).click()]);
  expect(download.suggestedFilename()).toBe("support.jsonl");
  const text = await readFile(await download.path(), "utf8");
  expect(JSON.parse(text)).toMatchObject({ outputs: { answer: "as edited" }, split: ["base", "train"] });
});

test("all traces that match become examples; a dataset is deleted and comes back", async ({ app, page, server }) => {
  await app.open();
  await sendItems(server, 3);
  await page.keyboard.press("ControlOrMeta+1");
  await expect(app.rows()).toHaveCount(3);
  await page.keyboard.press("ControlOrMeta+Shift+d");
  const dialog = page.getByRole("dialog", { name: "Add to a dataset" });
  await dialog.getByRole("textbox", { name: "Name of the new dataset" }).fill("all of them");
  await page.keyboard.press("Enter");
  await expect(dialog).toHaveCount(0);
  await page.keyboard.press("ControlOrMeta+4");
  const datasets = page.getByRole("grid", { name: "Datasets" });
  await expect(datasets.getByRole("row", { name: /all of them/ })).toContainText("3");
  await datasets.focus();
  await page.keyboard.press("Delete");
  await expect(page.getByRole("grid", { name: "Datasets" })).toHaveCount(0);
  await page.keyboard.press("ControlOrMeta+z");
  await expect(datasets.getByRole("row", { name: /all of them/ })).toContainText("3");
});

test("examples of a file are looked at before they come in", async ({ app, page }) => {
  await app.open();
  const { row } = await rpc<{ row: { id: string } }>(page, "save_dataset", { name: "from files" });
  await goTo(page, `#/datasets/${row.id}`);
  await page.keyboard.press("Shift+I");
  const dialog = page.getByRole("dialog", { name: /Import into/ });
  await dialog.getByLabel("File").setInputFiles({ name: "more.csv", mimeType: "text/csv", buffer: Buffer.from("inputs.q,outputs.a\r\n1+1,2\r\n2+2,4\r\n") });
  await expect(dialog.getByRole("status")).toContainText("2 examples will be added");
  await dialog.getByRole("button", { name: "Import 2" }).click();
  await expect(dialog.getByRole("status")).toContainText("2 examples added");
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(page.getByRole("grid", { name: "Examples" }).locator("[data-row]")).toHaveCount(2);
});

test("notes are read together and put into categories", async ({ app, page, server }) => {
  await app.open();
  await sendItems(server, 2);
  await page.keyboard.press("ControlOrMeta+1");
  await expect(app.rows()).toHaveCount(2);
  const traces = await rpc<{ rows: { trace_id: string }[] }>(page, "list_traces", { offset: 0, limit: 10, filter: {}, sort: "start", ascending: true });
  for (const [at, { trace_id }] of traces.rows.entries()) await rpc(page, "give_feedback", { target: { type: "trace", trace_id }, key: "note", comment: `what went wrong in ${at}` });
  await page.keyboard.press("ControlOrMeta+7");
  const notes = page.getByRole("grid", { name: "Notes" });
  await expect(notes.locator("[data-row]")).toHaveCount(2);
  await notes.focus();
  await page.keyboard.press("x");
  await page.keyboard.press("g");
  await page.keyboard.type("citation");
  await page.keyboard.press("Enter");
  await expect(notes).toContainText("citation");
  const categories = page.getByRole("navigation", { name: "Categories" });
  await expect(categories.getByRole("button", { name: /^citation/ })).toContainText("1");
  await expect(categories.getByRole("button", { name: /Without a category/ })).toContainText("1");
  await notes.focus();
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  await page.keyboard.press("g");
  await page.keyboard.type("retrieval");
  await page.keyboard.press("Enter");
  await expect(page.getByText("The last note with a category needed a new one.")).toBeVisible();
  // Counted by what the runs have in common; a category leads back to its notes.
  await page.getByRole("combobox", { name: "List or count" }).selectOption("run_name");
  const counts = page.getByRole("region", { name: "Counts" }).getByRole("table");
  await expect(counts.getByRole("row")).toHaveText([/run name\s*All\s*citation\s*retrieval/, /chat \d\s*1/, /chat \d\s*1/]);
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save as CSV" }).click()]);
  expect(file.suggestedFilename()).toBe("notes-by-run-name.csv");
  await counts.getByRole("button", { name: "citation" }).click();
  await expect(notes.locator("[data-row]")).toHaveCount(1);
});

test("keys are defined in the settings, and unused ones go", async ({ app, page }) => {
  await app.open();
  await page.keyboard.press("ControlOrMeta+,");
  const dialog = page.getByRole("dialog", { name: "Settings" });
  await dialog.getByRole("button", { name: "Add a key…" }).click();
  const form = dialog.getByRole("form", { name: "New key" });
  await form.getByRole("textbox", { name: "Key" }).fill("tone");
  await form.getByRole("combobox", { name: "Type" }).selectOption("categorical");
  await form.getByRole("button", { name: "Add the key" }).click();
  await expect(form.getByRole("alert")).toContainText("two categories");
  for (const [at, label] of ["kind", "curt"].entries()) {
    await form.getByRole("button", { name: "Category", exact: true }).click();
    await form.getByRole("textbox", { name: `Label ${at + 1}` }).fill(label);
  }
  await form.getByRole("button", { name: "Add the key" }).click();
  const keys = dialog.getByRole("list", { name: "Feedback keys" });
  await expect(keys).toContainText("One of several: kind, curt");
  await keys.getByRole("button", { name: "Delete tone" }).click();
  await expect(keys).toHaveCount(0);
});
