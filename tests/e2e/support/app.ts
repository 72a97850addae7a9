/** The page under test and what every spec does with it. */
import { test as base, expect, type Locator, type Page } from "@playwright/test";
import { join } from "node:path";
import { ROOT, startServer, type Server } from "./server";

/** Seven traces of one agent, 25 runs. */
export const AGENT_FILE = join(ROOT, "tests/fixtures/otlp/pydantic-ai/v2-format5.json");
export const AGENT_TRACES = 7;

export class App {
  readonly table: Locator;
  readonly tree: Locator;
  readonly run: Locator;

  constructor(
    readonly page: Page,
    readonly server: Server,
  ) {
    this.table = page.getByRole("grid", { name: "Traces" });
    this.tree = page.getByRole("tree", { name: "Runs" });
    this.run = page.getByRole("region", { name: "Run", exact: true });
  }

  /** Opens the app as the printed address does. */
  async open(): Promise<void> {
    const page = await this.page.goto(this.server.url);
    if (!page?.ok()) throw new Error(`no UI: ${(await page?.text()) ?? ""}`);
    await expect(this.page.getByRole("link", { name: "Tracemark" })).toBeVisible();
    await this.idle();
  }

  /** Nothing is being asked of the core. */
  async idle(): Promise<void> {
    await this.page.waitForFunction(() => window.__appIdle === true);
  }

  /** Imports files with the open dialog of the first screen. */
  async choose(...files: string[]): Promise<void> {
    const [chooser] = await Promise.all([
      this.page.waitForEvent("filechooser"),
      this.page.getByRole("button", { name: "Choose files…" }).click(),
    ]);
    await chooser.setFiles(files);
  }

  rows(): Locator {
    return this.table.locator("[role=row][data-row]");
  }

  treeItem(name: string | RegExp): Locator {
    return this.tree.getByRole("treeitem", { name });
  }

  selectedItem(): Locator {
    return this.tree.locator("[role=treeitem][aria-selected=true]");
  }

  /** The table with the traces of the agent. */
  async withAgentTraces(): Promise<void> {
    await this.open();
    await this.choose(AGENT_FILE);
    await expect(this.rows()).toHaveCount(AGENT_TRACES);
    await this.idle();
  }

  async openTrace(row: Locator): Promise<void> {
    await row.click();
    await expect(this.tree).toBeVisible();
    await this.idle();
  }
}

export const test = base.extend<{ server: Server; app: App }>({
  server: async ({}, use) => {
    const server = await startServer();
    await use(server);
    await server.stop();
  },
  app: async ({ page, server }, use) => {
    await use(new App(page, server));
  },
});

export { expect };

declare global {
  interface Window {
    __appIdle?: boolean;
  }
}
