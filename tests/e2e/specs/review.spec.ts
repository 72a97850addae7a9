import { expect, test } from "../support/app";
import { fill, itemsOf, makeQueue, openQueue, position, rpc, sendItems, VERDICT } from "../support/review";

/** Servers that a test started itself. */
const onTestFinished: (() => Promise<void>)[] = [];
test.afterEach(async () => {
  for (const stop of onTestFinished.splice(0)) await stop();
});

const LABELS = (...names: string[]) => names.map((label, value) => ({ label, value }));

test("check 1: many items, one key press each: all stored, none double", async ({ app, page, server }) => {
  test.setTimeout(600_000);
  const count = Number(process.env["TRACEMARK_REVIEW_ITEMS"] ?? 250);
  await app.open();
  await sendItems(server, count);
  const queue = await makeQueue(page, [VERDICT], { instant_submit: true });
  await fill(page, queue);
  await openQueue(page, queue);
  const began = Date.now();
  // Each press waits for the item to be there, as a person does; then the time from the key to the next item is taken.
  const paints: number[] = await page.evaluate(async (items) => {
    const place = () => document.querySelector("[title='Place of this item, items in the queue'] b")?.textContent;
    const frame = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0)));
    const times: number[] = [];
    for (let item = 1; item <= items; item += 1) {
      const before = place();
      const from = performance.now();
      let sent = from;
      for (let tries = 0; place() === before; tries += 1) {
        if (tries > 3000) throw new Error(`item ${item} stays at ${before}`);
        // A press before the item was painted is ignored on purpose; it is made again.
        sent = performance.now();
        document.activeElement?.dispatchEvent(new KeyboardEvent("keydown", { key: "1", code: "Digit1", bubbles: true, cancelable: true }));
        await frame();
      }
      times.push(performance.now() - sent);
    }
    return times;
  }, count);
  const seconds = (Date.now() - began) / 1000;
  await expect(page.getByRole("heading", { name: "All done" })).toBeVisible();
  await app.idle();
  const sorted = paints.toSorted((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1);
  console.log(`note: ${Math.round((count / seconds) * 3600)} items/h; key to paint p50 ${at(0.5)} ms, p95 ${at(0.95)} ms`);
  await expect.poll(async () => (await itemsOf(page, queue)).filter(({ state }) => state === "submitted").length, { timeout: 60_000 }).toBe(count);
  const rows = await itemsOf(page, queue);
  expect(new Set(rows.map(({ id }) => id)).size).toBe(count);
  expect(rows.every(({ answers }) => answers.length === 1 && answers[0]?.text === "Pass")).toBe(true);
});

test("check 2: a held key submits once", async ({ app, page, server }) => {
  await app.open();
  await sendItems(server, 5);
  const queue = await makeQueue(page, [VERDICT], { instant_submit: true });
  await fill(page, queue);
  await openQueue(page, queue);
  await expect(position(page)).toHaveText("1");
  await app.idle();
  // Every further press without a release is one that the keyboard repeats.
  await page.keyboard.down("1");
  await expect(position(page)).toHaveText("2");
  for (let times = 0; times < 40; times += 1) await page.keyboard.down("1");
  await page.keyboard.up("1");
  await app.idle();
  expect((await itemsOf(page, queue)).filter(({ state }) => state === "submitted")).toHaveLength(1);
});

test("checks 5 and 7: three keys and a note by keyboard; text never scores, a wrong number blocks", async ({ app, page, server }) => {
  await app.open();
  await sendItems(server, 2);
  const queue = await makeQueue(page, [
    { key: "correct", key_type: "boolean" },
    { key: "tone", key_type: "categorical", categories: LABELS("Poor", "Fine", "Excellent") },
    { key: "stars", key_type: "continuous", ...{ min: 0, max: 1, step: 0.1 } },
  ]);
  await fill(page, queue);
  await openQueue(page, queue);
  await app.idle();
  const key = (name: string) => page.locator(`[data-key="${name}"]`);
  await page.keyboard.press("1");
  await expect(key("tone")).toHaveAttribute("aria-current", "true");
  await page.keyboard.press("3");
  await expect(key("stars")).toHaveAttribute("aria-current", "true");
  // Enter goes into the field of the key; what is out of bounds blocks from wherever it is submitted.
  await page.keyboard.press("Enter");
  await page.keyboard.type("7");
  await page.keyboard.press("Escape");
  await page.keyboard.press("n");
  await page.keyboard.type("1 sends s");
  await page.keyboard.press("ControlOrMeta+Enter");
  await expect(key("stars").getByRole("alert")).toHaveText("Must be between 0 and 1");
  await expect(position(page)).toHaveText("1");
  await expect(key("stars").getByRole("textbox", { name: "stars", exact: true })).toBeFocused();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type("0.7");
  await page.keyboard.press("Escape");
  await page.keyboard.press("n");
  await page.keyboard.press("ControlOrMeta+Enter");
  await expect(position(page)).toHaveText("2");
  // The next item is judged, not typed into, and its note is its own.
  await expect(key("correct")).toBeFocused();
  await expect(page.locator("[data-note]")).toHaveValue("");
  await app.idle();
  const [first] = await itemsOf(page, queue);
  expect(first?.state).toBe("submitted");
  const given = Object.fromEntries((first?.answers ?? []).map((answer) => [answer.key, answer.text]));
  expect(given).toMatchObject({ tone: "Excellent", stars: "0.7" });
});

test("check 4: steps are taken back after the program was killed and started again, one by one, with their answers", async ({ app, page, server }) => {
  await app.open();
  await sendItems(server, 3);
  const queue = await makeQueue(page, [VERDICT], { instant_submit: true });
  await fill(page, queue);
  await openQueue(page, queue);
  for (const [digit, next] of [["1", "2"], ["2", "3"]] as const) {
    await app.idle();
    await page.keyboard.press(digit);
    await expect(position(page)).toHaveText(next);
  }
  await app.idle();
  // A press before the item was painted is ignored on purpose; it is made again.
  await expect(async () => {
    await page.keyboard.press("1");
    await expect(page.getByRole("heading", { name: "All done" })).toBeVisible({ timeout: 1000 });
  }).toPass();
  await app.idle();
  const again = await server.restart();
  onTestFinished.push(again.stop);
  await page.goto(again.url);
  await expect(page.getByRole("link", { name: "Tracemark" })).toBeVisible();
  await page.evaluate((id) => {
    location.hash = `#/queues/${id}`;
  }, queue);
  await expect(page.getByRole("heading", { name: "All done" })).toBeVisible();
  for (const [place, label] of [["3", "Pass"], ["2", "Fail"], ["1", "Pass"]] as const) {
    await page.keyboard.press("ControlOrMeta+z");
    await expect(position(page)).toHaveText(place);
    await expect(page.getByRole("radio", { name: new RegExp(label) })).toHaveAttribute("aria-checked", "true");
    await app.idle();
  }
  for (let times = 0; times < 3; times += 1) {
    await page.keyboard.press("ControlOrMeta+Shift+z");
    await app.idle();
  }
  await expect.poll(async () => (await itemsOf(page, queue)).filter(({ state }) => state === "submitted").length).toBe(3);
});

test("check 11: blind, nothing tells the model", async ({ app, page, server }) => {
  await app.open();
  await sendItems(server, 1);
  const queue = await makeQueue(page, [VERDICT], { blind: "full" });
  await fill(page, queue);
  await openQueue(page, queue);
  const secrets = /secret-model-9000|secret-vendor/;
  // What is looked for is there where nothing is hidden.
  expect(JSON.stringify(await rpc(page, "list_traces", { limit: 100 }))).toMatch(secrets);
  for (const view of ["m", "t", "d", "r"]) {
    await page.keyboard.press("v");
    await page.keyboard.press(view);
    await app.idle();
    const told = await page.evaluate(() => [document.body.innerText, ...Array.from(document.querySelectorAll("[title], [aria-label]")).flatMap((element) => [element.getAttribute("title") ?? "", element.getAttribute("aria-label") ?? ""])].join("\n"));
    expect(told, `view ${view}`).not.toMatch(secrets);
  }
});

test("a pair is judged by a letter, and a queue of samples can be tried", async ({ app, page, server }) => {
  await app.open();
  await sendItems(server, 2);
  const queue = await makeQueue(page, [{ key: "better", key_type: "categorical", categories: LABELS("A", "B") }], { target_level: "run" }, "pairwise");
  const traces = await rpc<{ rows: { trace_id: string }[] }>(page, "list_traces", { limit: 100 });
  const runs = await Promise.all(
    traces.rows.map(async ({ trace_id }) => {
      const trace = await rpc<{ columns: { run_id: string[] } }>(page, "get_trace", { trace_id });
      return { trace_id, run_id: trace.columns.run_id[0] };
    }),
  );
  await rpc(page, "fill_queue", { queue_id: queue, source: { type: "pairs", pairs: [{ a: runs[0], b: runs[1] }] } });
  await openQueue(page, queue);
  await expect(page.getByRole("region", { name: "Answer A" })).toContainText("Answer");
  await app.idle();
  await page.keyboard.press("a");
  await expect(page.getByRole("radio", { name: /A is better/ })).toHaveAttribute("aria-checked", "true");
  await page.keyboard.press("ControlOrMeta+Enter");
  await expect(page.getByRole("heading", { name: "All done" })).toBeVisible();
  await app.idle();
  const report = await rpc<{ rows: { a_wins: number; b_wins: number }[] }>(page, "get_pairwise_report", { queue_id: queue });
  expect((report.rows[0]?.a_wins ?? 0) + (report.rows[0]?.b_wins ?? 0)).toBe(1);
});

test("another key does what a person says, conflicts are refused, and the cheatsheet follows", async ({ app, page, server }) => {
  await app.open();
  await sendItems(server, 3);
  const queue = await makeQueue(page, [VERDICT]);
  await fill(page, queue);
  await openQueue(page, queue);
  await app.idle();
  const sheet = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await page.keyboard.press("?");
  await sheet.getByRole("button", { name: "Change keys" }).click();
  const skip = sheet.getByRole("button", { name: "Change the key of Skip", exact: true });
  await skip.click();
  await page.keyboard.press("j");
  await expect(sheet.getByRole("alert")).toHaveText("J is “Next message”. Give that another key first.");
  await skip.click();
  await page.keyboard.press("x");
  await expect(skip).toHaveText("X");
  await app.idle();
  await sheet.getByRole("button", { name: "Done" }).click();
  await expect(sheet.getByRole("listitem").filter({ hasText: /^Skip/ })).toHaveText("SkipX");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("button", { name: /^Skip/ })).toContainText("X");
  await page.keyboard.press("s");
  await expect(position(page)).toHaveText("1");
  await page.keyboard.press("x");
  await expect(position(page)).toHaveText("2");
  await app.idle();
  // Kept in the library, so also after a reload; single keys can be given up altogether.
  await page.reload();
  await expect(position(page)).toHaveText("2");
  await app.idle();
  await page.keyboard.press("?");
  await sheet.getByRole("button", { name: "Off", exact: true }).click();
  await app.idle();
  await page.keyboard.press("Escape");
  await page.keyboard.press("x");
  await page.keyboard.press("1");
  await expect(page.getByRole("radio", { name: /Pass/ })).toHaveAttribute("aria-checked", "false");
  await expect(position(page)).toHaveText("2");
  await app.idle();
  expect((await itemsOf(page, queue)).map(({ state }) => state)).toEqual(["skipped", "reserved", "pending"]);
});

test("check 12: two reviewers, and how far they agree", async ({ app, page, server }) => {
  await app.open();
  await sendItems(server, 12);
  const queue = await makeQueue(page, [VERDICT], { num_reviewers_per_item: 2 });
  await fill(page, queue);
  await rpc(page, "open_queue", { queue_id: queue, session: "test" });
  const items = await itemsOf(page, queue);
  const ana = await rpc<{ reviewers: { id: string; name: string }[] }>(page, "save_reviewer", { name: "Ana" });
  const reviewers = [null, ana.reviewers.find(({ name }) => name === "Ana")?.id ?? ""];
  for (const [place, { id }] of items.entries()) {
    for (const [who, reviewer_id] of reviewers.entries()) {
      const label = place < 2 && who === 1 ? "Fail" : place % 3 === 2 ? "Fail" : "Pass";
      await rpc(page, "submit_item", { item_id: id, session: "test", reviewer_id, answers: [{ key: "verdict", value: { type: "category", label } }], rubric_version: 1, step: crypto.randomUUID() });
    }
  }
  await page.evaluate((id) => {
    location.hash = `#/queues/${id}/agreement`;
  }, queue);
  const section = page.getByRole("region", { name: "verdict" });
  await expect(section).toContainText("Krippendorff’s alpha");
  await expect(section.getByRole("table", { name: /Answers to verdict of/ })).toBeVisible();
  // 10 of 12 pairs are equal: 4 both fail, 6 both pass, 2 differ.
  await expect(section).toContainText("83 %");
  const told = await rpc<{ keys: { items: number; measures: { name: string; measure: { value: number } }[] }[] }>(page, "get_agreement", { queue_id: queue });
  const [key] = told.keys;
  expect(key?.items).toBe(12);
  expect(key?.measures[0]?.name).toBe("Cohen's kappa");
  expect(key?.measures[0]?.measure.value).toBeCloseTo(2 / 3, 9);
});
