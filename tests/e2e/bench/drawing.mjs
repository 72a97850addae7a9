/**
 * What a person waits for in the browser, for `cargo xtask bench`. Prints one line of JSON: milliseconds.
 *
 *   node drawing.mjs ADDRESS TRACE_ID
 *
 * `drawn`: from asking for a trace until the frame with its rows was painted, median of several openings; `first` is the
 * first of them. `frame`: 95th percentile of the time between frames while the tree is scrolled from top to bottom.
 */
import { chromium } from "@playwright/test";

const OPENINGS = 7;
const FRAMES = 240;
const [address, traceId] = process.argv.slice(2);

const browser = await chromium.launch({ ...(process.env.CHROMIUM && { executablePath: process.env.CHROMIUM }) });
try {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(address);
  await page.waitForFunction(() => window.__appIdle === true);
  const openings = [];
  for (let opening = 0; opening < OPENINGS; opening += 1) {
    openings.push(
      await page.evaluate(async (hash) => {
        const rows = () => document.querySelectorAll("[role=tree] [role=treeitem]").length;
        const painted = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0)));
        const from = performance.now();
        location.hash = hash;
        while (rows() === 0) await new Promise((resolve) => requestAnimationFrame(resolve));
        await painted();
        return performance.now() - from;
      }, `#/trace/${traceId}`),
    );
    await page.waitForFunction(() => window.__appIdle === true);
    if (opening < OPENINGS - 1) {
      await page.evaluate(() => (location.hash = "#/threads"));
      await page.waitForFunction(() => window.__appIdle === true && document.querySelector("[role=tree]") === null);
    }
  }
  const frames = await page.evaluate(async (count) => {
    let scroller = document.querySelector("[role=tree]");
    while (scroller && scroller.scrollHeight <= scroller.clientHeight) scroller = scroller.parentElement;
    const step = (scroller.scrollHeight - scroller.clientHeight) / count;
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    const times = [];
    let last = await frame();
    for (let at = 0; at < count; at += 1) {
      scroller.scrollTop = at * step;
      const now = await frame();
      times.push(now - last);
      last = now;
    }
    return times;
  }, FRAMES);
  const sorted = (values) => values.toSorted((a, b) => a - b);
  console.log(
    JSON.stringify({
      first: openings[0],
      drawn: sorted(openings)[Math.floor(OPENINGS / 2)],
      frame: sorted(frames)[Math.floor(FRAMES * 0.95)],
    }),
  );
} finally {
  await browser.close();
}
