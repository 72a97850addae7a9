/**
 * Opens a file with a built window, waits for its tree, and writes a screenshot.
 *
 *   node scripts/open-in-window.mjs PROGRAM FILE SCREENSHOT
 */
import { writeFile } from "node:fs/promises";
import { home, openWindow } from "../tests/window/webdriver.mjs";

const [application, file, screenshot] = process.argv.slice(2);
const place = await home();
try {
  const page = await openWindow({ application, args: [file], env: place.env, cwd: place.folder });
  try {
    await page.until("the tree of the trace", () => document.querySelectorAll("[role=treeitem]").length > 0);
    await page.idle();
    const rows = await page.evaluate(() => document.querySelectorAll("[role=treeitem]").length);
    await writeFile(screenshot, await page.screenshot());
    console.log(`${rows} rows in the tree`);
  } finally {
    await page.close();
  }
} finally {
  await place.remove();
}
