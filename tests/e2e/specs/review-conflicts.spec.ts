import { expect, test } from "../support/app";
import { fill, itemsOf, makeQueue, rpc, sendItems, VERDICT } from "../support/review";

const QUALITY = { key: "quality", key_type: "continuous", min: 1, max: 5, step: 1 };

test("a conflict is decided by a reviewer's letter or by digits of one's own, said in full, and taken back", async ({ app, page, server }) => {
  await app.open();
  await sendItems(server, 2);
  const queue = await makeQueue(page, [VERDICT, QUALITY], { num_reviewers_per_item: 2, show_others: true });
  await fill(page, queue);
  await rpc(page, "open_queue", { queue_id: queue, session: "test" });
  const [item] = await itemsOf(page, queue);
  const bea = await rpc<{ reviewers: { id: string; name: string }[] }>(page, "save_reviewer", { name: "Bea" });
  const given = [
    { reviewer_id: null, label: "Pass", value: 4 },
    { reviewer_id: bea.reviewers.find(({ name }) => name === "Bea")?.id ?? "", label: "Fail", value: 1 },
  ];
  for (const { reviewer_id, label, value } of given) {
    const answers = [
      { key: "verdict", value: { type: "category", label } },
      { key: "quality", value: { type: "number", value } },
    ];
    await rpc(page, "submit_item", { item_id: item?.id, session: "test", reviewer_id, answers, rubric_version: 1, step: crypto.randomUUID() });
  }
  await page.evaluate((id) => {
    location.hash = `#/queues/${id}/conflicts`;
  }, queue);
  const verdict = page.getByRole("region", { name: "verdict" });
  const quality = page.getByRole("region", { name: "quality" });
  await expect(verdict.getByRole("button", { name: "Take Fail, the answer of Bea" })).toContainText("B");
  await app.idle();
  await page.keyboard.press("b");
  await expect(verdict).toContainText("decided");
  // Nothing is saved yet, and the key can be opened again.
  await page.keyboard.press("ControlOrMeta+z");
  await expect(verdict).not.toContainText("decided");
  await page.keyboard.press("b");
  await expect(quality).toHaveAttribute("aria-current", "true");
  await page.keyboard.press("o");
  await expect(quality.getByRole("group")).toBeFocused();
  await page.keyboard.press("3");
  await expect(quality.getByRole("radio", { name: /3/ })).toHaveAttribute("aria-checked", "true");
  if (process.env["SHOTS"]) await page.screenshot({ path: `${process.env["SHOTS"]}/own.png` });
  await page.keyboard.press("ControlOrMeta+Enter");
  await expect(page.getByText("Decided 1 conflict: verdict Fail, quality 3")).toBeVisible();
  await expect(page.getByText("All conflicts decided")).toBeVisible();
  if (process.env["SHOTS"]) await page.screenshot({ path: `${process.env["SHOTS"]}/all.png` });
  await app.idle();
  await page.keyboard.press("ControlOrMeta+z");
  await expect(verdict).toBeVisible();
  if (process.env["SHOTS"]) {
    await app.idle();
    await page.screenshot({ path: `${process.env["SHOTS"]}/back.png` });
  }
});
