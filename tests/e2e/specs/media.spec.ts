import { readFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import { expect, test } from "../support/app";
import { create, finish, runId } from "../support/langsmith";
import type { Server } from "../support/server";

const feed = (page: Page) => page.getByRole("feed", { name: "Messages" });
const start = Date.UTC(2026, 10, 20);
const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";

/** A second of silence at 8 kHz: samples, and the same as a WAVE file. */
const SAMPLES = Buffer.alloc(16_000);
const WAVE = Buffer.concat([Buffer.from("524946467c3e000057415645666d74201000000001000100401f0000803e00000200100064617461803e0000", "hex"), SAMPLES]);

/** A model call that was given this content, and answered with this message. */
async function called(server: Server, content: unknown, answer: unknown): Promise<void> {
  const id = runId(1);
  const run = { id, name: "chat", path: [id], start, end: start + 500, runType: "llm", inputs: { messages: [{ role: "user", content }] }, outputs: { choices: [{ message: answer }] } };
  await create(server.ingest, run);
  await finish(server.ingest, run);
}

/** Addresses outside of the app that were asked for. */
function watch(page: Page, server: Server): string[] {
  const asked: string[] = [];
  const { origin } = new URL(server.url);
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(origin) && !/^(?:blob|data):/.test(url)) asked.push(url);
  });
  return asked;
}

test("nothing remote is loaded before it is asked for, and what stands in the message is shown", async ({ app, page, server }) => {
  await app.open();
  const asked = watch(page, server);
  await page.route("https://pictures.example/**", (route) => route.fulfill({ contentType: "image/png", body: Buffer.from(PIXEL, "base64") }));
  await page.route("https://sounds.example/**", (route) => route.fulfill({ contentType: "audio/wav", body: WAVE }));
  await called(
    server,
    [
      { type: "text", text: "# Look\n\n![x](https://pictures.example/markdown.png)\n\n<img src=https://pictures.example/html.png>" },
      { type: "image_url", image_url: { url: "https://pictures.example/a.png" } },
      { type: "image", source: { type: "base64", media_type: "image/png", data: PIXEL } },
      { type: "audio", url: "https://sounds.example/a.wav" },
      { type: "image_url", image_url: { url: "http://pictures.example/plain.png" } },
    ],
    { role: "assistant", content: "A dot." },
  );
  await app.openTrace(app.rows().first());
  await page.keyboard.press("m");
  await expect(feed(page).getByRole("heading", { name: "Look" })).toBeVisible();
  await expect(feed(page).getByText("1 × 1")).toBeVisible();
  await app.idle();
  expect(asked).toEqual([]);
  await feed(page).getByRole("button", { name: "Load once from pictures.example" }).click();
  await expect(feed(page).getByText("1 × 1")).toHaveCount(2);
  expect(asked).toEqual(["https://pictures.example/a.png"]);
  await feed(page).getByRole("button", { name: "Load once from sounds.example" }).click();
  await expect(feed(page).locator("audio")).toHaveCount(1);
  await expect.poll(() => [...new Set(asked)]).toEqual(["https://pictures.example/a.png", "https://sounds.example/a.wav"]);
  // What is not sent over TLS is named and never loaded.
  await expect(feed(page).getByText("http://pictures.example/plain.png")).toBeVisible();
  await expect(feed(page).getByRole("button", { name: /^Load once/ })).toHaveCount(0);
});

test("sounds are played from the message by keyboard: a file, and the samples of a streamed answer with their words", async ({ app, page, server }) => {
  await app.open();
  await called(server, [{ type: "input_audio", input_audio: { data: WAVE.toString("base64"), format: "wav" } }], {
    role: "assistant",
    content: null,
    audio: { id: "audio_1", data: SAMPLES.toString("base64"), transcript: "Nothing was said." },
  });
  await app.openTrace(app.rows().first());
  await page.keyboard.press("m");
  await expect(feed(page).getByText("Nothing was said.")).toBeVisible();
  await expect(feed(page).getByText("audio/wav · 15.7 KB")).toBeVisible();
  const players = feed(page).locator("audio");
  await expect(players).toHaveCount(2);
  const lengths = () => players.evaluateAll((all) => all.map((player) => Math.round((player as HTMLAudioElement).duration * 1000)));
  await expect.poll(lengths).toEqual([1000, 333]);
  // Space plays, and the keys of the list stay out of it.
  const player = players.first();
  await player.focus();
  await page.keyboard.press("Space");
  await expect.poll(() => player.evaluate((element) => (element as HTMLAudioElement).paused || (element as HTMLAudioElement).currentTime > 0)).toBe(true);
  await expect.poll(() => player.evaluate((element) => (element as HTMLAudioElement).currentTime)).toBeGreaterThan(0);
  await expect(page).toHaveURL(/view=messages/);
});

test("what could run something is neither drawn nor run, and can be saved as bytes", async ({ app, page, server }) => {
  await app.open();
  const asked = watch(page, server);
  const script = "<script>top.hacked = 1; document.title = 'hacked'</script>";
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" onload="top.hacked = 1">${script}<image href="https://pictures.example/a.png"/></svg>`;
  const inBase64 = (mime: string, text: string): string => `data:${mime};base64,${Buffer.from(text).toString("base64")}`;
  await called(
    server,
    [
      { type: "image_url", image_url: { url: inBase64("image/svg+xml", svg) } },
      { type: "image_url", image_url: { url: `data:image/svg+xml;utf8,${svg}` } },
      { type: "image_url", image_url: { url: inBase64("text/html", script) } },
      { type: "image", source: { type: "base64", media_type: "image/png", data: Buffer.from(svg).toString("base64") } },
      { type: "image_url", image_url: { url: "javascript:top.hacked = 1" } },
      { type: "file", file: { filename: "page.html", file_data: inBase64("text/html", script) } },
      { type: "text", text: `[x](javascript:top.hacked=1)\n\n${script}\n\n![x](${inBase64("image/svg+xml", svg)})` },
    ],
    { role: "assistant", content: "No." },
  );
  await app.openTrace(app.rows().first());
  await page.keyboard.press("m");
  await expect(feed(page).getByText("This kind of file is not shown here")).toHaveCount(3);
  // Called a picture, it is read as one, and is none.
  await expect(feed(page).getByText("This could not be shown.")).toBeVisible();
  await expect(feed(page).locator("img, iframe, object, embed, svg image, a[href]")).toHaveCount(0);
  const figure = feed(page).locator("figure").filter({ hasText: "page.html" });
  const [download] = await Promise.all([page.waitForEvent("download"), figure.getByRole("button", { name: "Save" }).click()]);
  expect(download.suggestedFilename()).toBe("page.html");
  expect(await readFile(await download.path(), "utf8")).toBe(script);
  expect(asked).toEqual([]);
  expect(await page.evaluate(() => [Object.hasOwn(window, "hacked"), document.title.includes("hacked")])).toEqual([false, false]);
});
