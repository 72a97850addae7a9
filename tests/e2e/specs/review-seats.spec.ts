import { expect, test } from "../support/app";
import { fill, itemsOf, makeQueue, openQueue, position, rpc, sendItems, VERDICT } from "../support/review";

const TONE = { key: "tone", key_type: "categorical", categories: [{ label: "Poor", value: 0 }, { label: "Fine", value: 1 }] };

test("who is added sits there at once, and what was answered stays with who answered", async ({ app, page, server }) => {
  await app.open();
  await sendItems(server, 3);
  const queue = await makeQueue(page, [VERDICT, TONE], { num_reviewers_per_item: 2 });
  await fill(page, queue);
  await openQueue(page, queue);
  await app.idle();
  const [me] = (await rpc<{ reviewers: { id: string; name: string }[] }>(page, "list_reviewers", {})).reviewers;
  await page.keyboard.press("2");
  await page.getByRole("button", { name: /^Reviewing as/ }).press("Enter");
  await page.getByRole("menuitem", { name: "Add a reviewer…" }).press("Enter");
  const dialog = page.getByRole("dialog", { name: "Add a reviewer" });
  await expect(dialog.getByLabel("Name")).toBeFocused();
  await page.keyboard.type("Bea Two");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Reviewing as Bea Two" })).toBeVisible();
  await expect(dialog).toHaveCount(0);
  await expect(page.getByRole("radio", { name: /Fail/ })).toHaveAttribute("aria-checked", "false");
  await app.idle();
  expect((await itemsOf(page, queue)).filter(({ state }) => state === "draft")).toHaveLength(0);
  await rpc(page, "set_current_reviewer", { id: me?.id ?? "" });
  expect((await itemsOf(page, queue)).filter(({ state }) => state === "draft")).toHaveLength(1);

  // A dialog belongs to its screen.
  await page.getByRole("button", { name: /^Reviewing as/ }).press("Enter");
  await page.getByRole("menuitem", { name: "Add a reviewer…" }).press("Enter");
  await expect(dialog).toBeVisible();
  await page.evaluate(() => {
    location.hash = "#/datasets";
  });
  await expect(dialog).toHaveCount(0);
});

test("the line above tells the last step and its way back, and why a held item takes nothing", async ({ app, page, server, context }) => {
  await app.open();
  await sendItems(server, 3);
  const queue = await makeQueue(page, [VERDICT, TONE]);
  await fill(page, queue);
  await openQueue(page, queue);
  await app.idle();
  for (const key of ["2", "1", "ControlOrMeta+Enter"]) await page.keyboard.press(key);
  const head = page.locator("header").filter({ has: page.getByRole("heading", { name: "Test queue" }) });
  await expect(head).toContainText("Submitted: verdict Fail, tone Poor");
  await expect(position(page)).toHaveText("2");
  await app.idle();
  await head.getByRole("button", { name: /^Undo/ }).click();
  await expect(head).toContainText("Undone: Submit: verdict Fail, tone Poor");
  await expect(head.getByRole("button", { name: /^Redo/ })).toBeVisible();
  await expect(position(page)).toHaveText("1");
  await app.idle();

  // Another window of the same reviewer.
  const other = await context.newPage();
  await other.goto(page.url());
  await expect(other.getByRole("button", { name: /^Answer it here/ })).toBeVisible();
  await other.waitForFunction(() => window.__appIdle === true);
  await other.keyboard.press("1");
  // Said once, beside the answers that it locks.
  await expect(other.getByRole("note").filter({ hasText: "Another window has this item open" })).toBeVisible();
  await other.keyboard.press("o");
  await expect(other.getByRole("button", { name: /^Submit and next/ })).toBeEnabled();
});
