/**
 * What a person waits for in the browser, for `cargo xtask bench`. Prints one line of JSON: milliseconds.
 *
 *   node drawing.mjs ADDRESS TRACE_ID
 *
 * `drawn`: from asking for a trace until the frame with its rows was painted, median of several openings; `first` is the
 * first of them. `wheel`: 95th percentile of the time between frames while the wheel turns by a notch a frame; `drag`: the
 * same while the tree is dragged from top to bottom, so that every frame shows other rows.
 */
import { chromium } from "@playwright/test";

const OPENINGS = 7;
const FRAMES = 240;
/** Pixels of one notch of a wheel. */
const NOTCH = 120;
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
  const scroll = (notch) =>
    page.evaluate(
      async ([count, notch]) => {
        let scroller = document.querySelector("[role=tree]");
        while (scroller.scrollHeight <= scroller.clientHeight && scroller.parentElement) scroller = scroller.parentElement;
        const step = notch ?? (scroller.scrollHeight - scroller.clientHeight) / count;
        const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
        scroller.scrollTop = 0;
        await frame();
        const times = [];
        let last = await frame();
        for (let at = 1; at <= count; at += 1) {
          scroller.scrollTop = at * step;
          const now = await frame();
          times.push(now - last);
          last = now;
        }
        return times.toSorted((a, b) => a - b)[Math.floor(count * 0.95)];
      },
      [FRAMES, notch],
    );
  const wheel = await scroll(NOTCH);
  const drag = await scroll(null);
  const sorted = (values) => values.toSorted((a, b) => a - b);
  console.log(
    JSON.stringify({
      first: openings[0],
      drawn: sorted(openings)[Math.floor(OPENINGS / 2)],
      wheel,
      drag,
    }),
  );
} finally {
  await browser.close();
}
