import { defineConfig, devices } from "@playwright/test";
import { existsSync } from "node:fs";

/** Debian's, the one without a window first: it opens a page in half the time. */
const BROWSERS = ["/usr/bin/chromium-headless-shell", "/usr/bin/chromium"];
const browser = process.env["CHROMIUM"] ?? BROWSERS.find(existsSync);

export default defineConfig({
  testDir: "specs",
  outputDir: "test-results",
  workers: 2,
  fullyParallel: true,
  retries: 1,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  forbidOnly: true,
  reporter: [["list"]],
  use: {
    ...devices["Desktop Chrome"],
    viewport: { width: 1400, height: 900 },
    trace: "on-first-retry",
    launchOptions: {
      ...(browser && { executablePath: browser }),
      args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
    },
  },
});
