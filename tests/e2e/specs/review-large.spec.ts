import { execFile } from "node:child_process";
import { createWriteStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { once } from "node:events";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "../support/app";
import { runId } from "../support/langsmith";
import { fill, itemsOf, makeQueue, openQueue, position, rpc, VERDICT } from "../support/review";
import { BINARY, type Server } from "../support/server";

const run = promisify(execFile);

const MIB = 1024 * 1024;
const SIZE = Number(process.env["TRACEMARK_LARGE_ITEM_MIB"] ?? 200) * MIB;
const GROWTH = 300 * MIB;

/** A model call that was asked with a book beside its messages, and a small one after it. */
async function writeRuns(path: string): Promise<void> {
  const file = createWriteStream(path);
  const write = async (text: string): Promise<void> => {
    if (!file.write(text)) await once(file, "drain");
  };
  const head = (number: number, at: string): string => `{"id":"${runId(number)}","trace_id":"${runId(number)}","name":"answer ${number}","run_type":"llm","session_name":"large","start_time":"2026-01-01T00:00:0${at}Z","end_time":"2026-01-01T00:00:09Z"`;
  await write(`${head(1, "1")},"outputs":{"content":"The last page says 42."},"inputs":{"messages":[{"role":"user","content":"What does the last page say?"}],"pages":[`);
  const text = "It was the best of times, it was the worst of times. ".repeat(40);
  for (let page = 0, size = 0; size < SIZE; page += 1) {
    const line = `${page === 0 ? "" : ","}{"page":${page},"title":"Page ${page}","score":0.${page % 1000},"text":"${text}"}`;
    size += line.length;
    await write(line);
  }
  await write(`]}}\n${head(2, "2")},"inputs":{"messages":[{"role":"user","content":"And this?"}]},"outputs":{"content":"This is short."}}\n`);
  file.end();
  await once(file, "close");
}

/** What the process has in memory now, and had at most, in bytes. */
async function memoryOf({ pid }: Server): Promise<{ now: number; most: number }> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const read = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? 0) * 1024;
  return { now: read("VmRSS"), most: read("VmHWM") };
}

test("check 17: an item of 200 MB is on the screen at once and can be judged", async ({ app, page, server }) => {
  test.skip(process.platform !== "linux", "memory is read from /proc");
  test.setTimeout(900_000);
  const file = join(server.dir, "large.jsonl");
  await writeRuns(file);
  expect((await stat(file)).size).toBeGreaterThan(SIZE);
  await run(BINARY, ["--library", join(server.dir, "library"), "import", file]);
  await app.open();
  const queue = await makeQueue(page, [VERDICT], { order_mode: "oldest" });
  const other = await makeQueue(page, [VERDICT], { order_mode: "newest" });
  for (const one of [queue, other]) await fill(page, one);
  // What the index of texts needs for the item is not what judging it needs.
  await expect.poll(async () => (await rpc<{ text_behind: number }>(page, "app_info", {})).text_behind, { timeout: 300_000 }).toBe(0);
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Performance.enable");
  const heap = async (): Promise<number> => (await devtools.send("Performance.getMetrics")).metrics.find(({ name }) => name === "JSHeapUsedSize")?.value ?? 0;
  const before = { core: await memoryOf(server), page: await heap() };
  const open = async (id: string, text: string): Promise<number> => {
    const began = Date.now();
    await openQueue(page, id);
    await expect(page.getByText(text).first()).toBeVisible({ timeout: 60_000 });
    return Date.now() - began;
  };
  const usual = await open(other, "And this?");
  await app.idle();
  const shown = await open(queue, "What does the last page say?");
  await app.idle();
  await expect(page.getByText(`This trace has ${(SIZE / MIB).toFixed(1)} MB.`)).toBeVisible();
  await expect(position(page)).toHaveText("1");
  await page.keyboard.press("1");
  await page.keyboard.press("ControlOrMeta+Enter");
  await expect(position(page)).toHaveText("2");
  await app.idle();
  const after = { core: await memoryOf(server), page: await heap() };
  const growth = { core: Math.max(after.core.now, after.core.most > before.core.most ? after.core.most : 0) - before.core.now, page: after.page - before.page };
  const mib = (bytes: number): number => Math.round(bytes / MIB);
  console.log(`note: first screen of ${mib(SIZE)} MiB after ${shown} ms (of a small one after ${usual} ms); the core grew by at most ${mib(growth.core)} MiB (${mib(after.core.now - before.core.now)} kept), the page by ${mib(growth.page)} MiB`);
  // The next one is opened once it is on the screen.
  await expect.poll(async () => (await itemsOf(page, queue)).map(({ state }) => state)).toEqual(["submitted", "reserved"]);
  expect(growth.core + growth.page).toBeLessThan(GROWTH);
});
