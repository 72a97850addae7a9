/**
 * The real window: what only it can get wrong (starting, files, the second start, the content policy, bytes by scheme).
 * Everything that a browser shows as well is tested in tests/e2e.
 *
 * UPDATE_SCREENSHOT=1 also writes docs/screenshot.png.
 */
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { home, openWindow, ROOT, run } from "./webdriver.mjs";

const APPLICATION = process.env.TRACEMARK_DESKTOP ?? join(ROOT, "target", "debug", "tracemark-desktop");
const FIRST = join(ROOT, "tests", "fixtures", "otlp", "pydantic-ai", "v2-format5.pb");
const SECOND = join(ROOT, "tests", "fixtures", "otlp", "openinference", "anthropic.pb.gz");
const ANSWER = "It is 14 C and raining in Paris, so take an umbrella.";

/** Labels of the rows of the tree. */
const rows = () => [...document.querySelectorAll("[role=treeitem]")].map((row) => row.getAttribute("aria-label") ?? "");
const panel = () => document.querySelector("[data-run-panel]")?.innerText ?? "";
const address = () => location.hash;

/** Until the page has painted what it has: keys do not act on an item before that. */
const settled = (page) => page.evaluateAsync((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(true), 0))));

describe("the window", () => {
  let place;
  let page;

  const start = (args, cwd) => openWindow({ application: APPLICATION, args, env: place.env, cwd });

  before(async () => {
    place = await home();
    // A free port, so that a Tracemark in use on this machine is left alone.
    place.env.TRACEMARK_ENDPOINT = "127.0.0.1:0";
    place.env.TRACEMARK_GRPC = "127.0.0.1:0";
  });
  after(async () => {
    await page?.close();
    await place.remove();
  });

  it("starts with a file, named as the shell names it, and shows its first trace", async () => {
    page = await start([basename(FIRST)], dirname(FIRST));
    await page.until("the runs of the trace", (count) => document.querySelectorAll("[role=tree] [role=treeitem]").length >= count, 4);
    await page.idle();
    const names = await page.evaluate(rows);
    assert.match(names[0], /weather_agent/);
    assert.ok(names.some((name) => name.includes("get_weather")), names.join("\n"));
  });

  it("folds and unfolds the tree", async () => {
    const expanded = () => document.querySelector("[role=treeitem]")?.getAttribute("aria-expanded");
    await page.until("an unfolded root", () => document.querySelector("[role=treeitem]")?.getAttribute("aria-expanded") === "true");
    await page.click("[role=treeitem] [data-fold]");
    await page.until("a folded root", () => document.querySelectorAll("[role=treeitem]").length === 1);
    assert.equal(await page.evaluate(expanded), "false");
    await page.click("[role=treeitem] [data-fold]");
    await page.until("the children again", () => document.querySelectorAll("[role=treeitem]").length >= 4);
    assert.equal(await page.evaluate(expanded), "true");
  });

  it("shows what the selected run answered", async () => {
    await page.click('[role=treeitem][aria-label*="get_weather"]');
    await page.until("the tool in the panel", () => document.querySelector("[data-run-panel] h2")?.innerText.includes("get_weather"));
    await page.until("its output", () => /sky[\s\S]*rain/.test(document.querySelector("[data-run-panel]")?.innerText ?? ""));
    await page.click('[role=treeitem][aria-label*="weather_agent"]');
    await page.until("the agent's answer", (answer) => document.querySelector("[data-run-panel]")?.innerText.includes(answer), ANSWER);
    await page.idle();
    assert.ok((await page.evaluate(panel)).includes(ANSWER));
    if (process.env.UPDATE_SCREENSHOT === "1") {
      await page.click('[role=treeitem][aria-label*="chat"][aria-posinset="3"]');
      await page.until("the model call in the panel", () => document.querySelector("[data-run-panel] h2")?.innerText.includes("chat"));
      await page.idle();
      await mkdir(join(ROOT, "docs"), { recursive: true });
      await writeFile(join(ROOT, "docs", "screenshot.png"), await page.screenshot());
    }
  });

  it("hands out payloads as bytes, and nothing else", async () => {
    const get = (path) => page.fetch(`tracemark://localhost${path}`);
    const trace = (await page.evaluate(address)).match(/trace\/([0-9a-f-]+)/)?.[1];
    const list = await page.rpc("get_trace", { trace_id: trace });
    const id = list.columns.run_id[0];
    const outputs = await get(`/blob/${trace}/${id}/outputs`);
    assert.equal(outputs.status, 200);
    assert.match(outputs.type, /application\/json/);
    assert.ok(outputs.text.includes(ANSWER), outputs.text);
    assert.equal((await get(`/blob/${trace}/${id}/nothing`)).status, 404);
    assert.equal((await get("/etc/passwd")).status, 404);
  });

  it("reaches no other host", async () => {
    const blocked = await page.evaluateAsync((done) => {
      document.addEventListener("securitypolicyviolation", (event) => done(event.effectiveDirective), { once: true });
      fetch("https://192.0.2.1/").catch(() => undefined);
    });
    assert.equal(blocked, "connect-src");
  });

  it("shows the file of a second start in the window that is there", async () => {
    const before = await page.evaluate(address);
    const second = await run(APPLICATION, [basename(SECOND)], { env: place.env, cwd: dirname(SECOND) });
    assert.equal(second.code, 0, second.output);
    await page.until("the other trace", (before) => location.hash.includes("/trace/") && location.hash !== before, before);
    await page.until("its runs", () => document.querySelector("[role=treeitem]")?.getAttribute("aria-label")?.includes("messages."));
  });

  it("still has everything after a restart", async () => {
    await page.close();
    page = await start([], place.folder);
    await page.until("the traces", () => document.body.innerText.includes("messages.create") && document.body.innerText.includes("weather_agent"));
    await page.idle();
    const sources = await page.rpc("list_sources", {});
    assert.deepEqual(sources.map(({ label }) => label), [basename(FIRST), basename(SECOND)]);
  });

  it("judges ten items by keyboard, and takes the last one back", async () => {
    const verdict = { key: "verdict", key_type: "categorical", min: null, max: null, step: null, direction: "higher_better", description: null };
    await page.rpc("save_feedback_key", { key: { ...verdict, categories: [{ label: "Pass", value: 1 }, { label: "Fail", value: 0 }] } });
    const queue = await page.rpc("save_queue", { id: null, name: "ten answers", rubric: [{ feedback_key: "verdict", is_required: true }] });
    const text = Array.from({ length: 10 }, (_, number) => JSON.stringify({ inputs: { question: `Question ${number}?` }, outputs: { answer: `Answer ${number}.` } })).join("\n");
    const filled = await page.rpc("fill_queue", { queue_id: queue.row.id, source: { type: "file", name: "ten.jsonl", text } });
    assert.equal(filled.added, 10);

    // From here on only keys: to the queues, into the first, which has no instructions and begins at once.
    await page.press("Control", "3");
    await page.until("the queue", () => document.querySelector("[role=grid]")?.innerText.includes("ten answers"));
    await page.idle();
    await page.evaluate(() => document.querySelector("[role=grid]").focus());
    await page.press("Home");
    await page.press("Enter");
    for (let number = 1; number <= 10; number += 1) {
      await page.until(`item ${number}`, (number) => document.querySelector("[title='Place of this item, items in the queue'] b")?.textContent === String(number), number);
      await page.until("its answer", (text) => document.querySelector("[data-item]")?.innerText.includes(text), `Answer ${number - 1}.`);
      await page.idle();
      await settled(page);
      await page.press(number % 3 === 0 ? "2" : "1");
      await page.until("the answer to be chosen", (place) => document.querySelectorAll("[data-key] [role=radio]")[place]?.getAttribute("aria-checked") === "true", number % 3 === 0 ? 1 : 0);
      if (number === 4) {
        await page.press("n");
        for (const letter of "1 is s") await page.press(letter);
      }
      await page.press("Control", "Enter");
    }
    await page.until("the end", () => [...document.querySelectorAll("h1, h2")].some((heading) => heading.innerText === "All done"));
    await page.idle();
    await page.press("Control", "z");
    await page.until("the last item again", () => document.querySelector("[title='Place of this item, items in the queue'] b")?.textContent === "10");
    await page.idle();
    await settled(page);
    assert.equal(await page.evaluate(() => document.querySelectorAll("[data-key] [role=radio]")[0].getAttribute("aria-checked")), "true");
    await page.press("Control", "Enter");
    await page.until("the end again", () => [...document.querySelectorAll("h1, h2")].some((heading) => heading.innerText === "All done"));
    await page.idle();
    const { rows } = await page.rpc("list_items", { queue_id: queue.row.id, offset: 0, limit: 20 });
    assert.deepEqual(rows.map(({ state }) => state), Array(10).fill("submitted"));
    const labels = rows.map(({ answers }) => answers.find(({ key }) => key === "verdict").text);
    assert.deepEqual(labels, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((number) => (number % 3 === 0 ? "Fail" : "Pass")));
    assert.equal(rows[3].answers.find(({ key }) => key === "note").text, "1 is s");
  });
});
