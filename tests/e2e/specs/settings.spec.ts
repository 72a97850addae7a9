import { startServer } from "../support/server";
import { type App, expect, test } from "../support/app";
import { create, finish, runId, type LangsmithRun } from "../support/langsmith";

/** A second or so, and what a busy machine adds. */
const SOON = { timeout: 8000 };

const RUN: LangsmithRun = {
  id: runId(1),
  name: "ask",
  path: [runId(1)],
  start: Date.UTC(2026, 0, 5, 10),
  end: Date.UTC(2026, 0, 5, 10, 0, 1),
  inputs: { text: "write to ann@example.com" },
};

async function openSettings(app: App): Promise<void> {
  // Keys act once the page is there.
  await app.idle();
  await app.page.keyboard.press("Control+,");
  await expect(app.page.getByRole("dialog", { name: "Settings" })).toBeVisible();
}

test("the endpoint asks for the key that is set", async ({ app, server, page }) => {
  await app.open();
  await openSettings(app);
  const dialog = page.getByRole("dialog", { name: "Settings" });
  await dialog.getByLabel("Key").first().fill("s3cret");
  await dialog.getByLabel("Key").first().press("Enter");
  const status = async (key: string): Promise<number> =>
    (await fetch(`${server.ingest}/info`, { headers: { "x-api-key": key } })).status;
  await expect.poll(() => status("wrong"), SOON).toBe(401);
  expect(await status("s3cret")).toBe(200);
  await page.reload();
  await openSettings(app);
  await expect(dialog.getByLabel("Key").first()).toHaveValue("s3cret");
  await dialog.getByLabel("Key").first().fill("");
  await dialog.getByLabel("Key").first().press("Enter");
  await expect.poll(() => status("wrong"), SOON).toBe(200);
});

test("a redaction rule is tried, and then replaces what comes", async ({ app, server, page }) => {
  await app.open();
  await create(server.ingest, RUN);
  await finish(server.ingest, RUN);
  await expect(app.rows()).toHaveCount(1, SOON);
  await openSettings(app);
  const dialog = page.getByRole("dialog", { name: "Settings" });
  await dialog.getByRole("button", { name: "Add a rule…" }).click();
  await dialog.getByLabel("Replace").selectOption("Regular expression");
  await dialog.getByLabel("Pattern").fill("(");
  await dialog.getByLabel("Name").fill("addresses");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog.getByRole("alert")).toContainText("addresses");
  await dialog.getByLabel("Replace").selectOption("Known secret");
  await dialog.getByRole("button", { name: "Save" }).click();
  const rules = dialog.getByRole("list", { name: "Redaction rules" });
  await expect(rules.getByText("addresses", { exact: true })).toBeVisible();
  // A dry run shows what would change, and changes nothing.
  await dialog.getByRole("button", { name: "Try on the newest traces" }).click();
  const tried = dialog.getByRole("region", { name: "Result of trying" });
  await expect(tried).toContainText("nothing changed. addresses: 1");
  await expect(tried).toContainText("ann@example.com");
  const second = { ...RUN, id: runId(2), path: [runId(2)] };
  await create(server.ingest, second);
  await expect(rules).toContainText("1 replaced", SOON);
  await page.keyboard.press("Escape");
  await expect(app.rows()).toHaveCount(2, SOON);
  await expect(app.rows().filter({ hasText: "<redacted>" })).toHaveCount(1);
  await expect(app.rows().filter({ hasText: "ann@example.com" })).toHaveCount(1);
});

test("what comes in is sent on, waits while paused, and can be forgotten", async ({ app, server, page }) => {
  const target = await startServer();
  try {
    await app.open();
    await openSettings(app);
    const dialog = page.getByRole("dialog", { name: "Settings" });
    await dialog.getByLabel("Send what the endpoint receives on to another one").check();
    await dialog.getByLabel("Address").fill("nonsense");
    await dialog.getByRole("button", { name: "Start sending" }).click();
    await expect(dialog.getByRole("alert")).toContainText("must be like");
    await dialog.getByLabel("Address").fill(target.ingest);
    await dialog.getByLabel("Protocol").selectOption("LangSmith");
    await dialog.getByRole("button", { name: "Start sending" }).click();
    await expect(dialog.getByRole("button", { name: "Pause" })).toBeVisible();
    await create(server.ingest, RUN);
    await expect(dialog.getByText(/0 waiting, 1 sent/)).toBeVisible(SOON);

    await dialog.getByRole("button", { name: "Pause" }).click();
    await expect(dialog.getByText(/^Paused\./)).toBeVisible();
    await finish(server.ingest, RUN);
    await expect(dialog.getByText(/1 waiting/)).toBeVisible(SOON);
    await dialog.getByRole("button", { name: "Show what waits" }).click();
    await expect(dialog.getByRole("list", { name: "Waiting to be sent" }).getByRole("listitem")).toHaveCount(1);
    await dialog.getByRole("button", { name: "Resume" }).click();
    await expect(dialog.getByText(/0 waiting, 2 sent/)).toBeVisible(SOON);

    await dialog.getByRole("button", { name: "Pause" }).click();
    await create(server.ingest, { ...RUN, id: runId(2), path: [runId(2)] });
    await dialog.getByRole("button", { name: "Forget what waits…" }).click();
    await dialog.getByRole("button", { name: "Keep" }).click();
    await dialog.getByRole("button", { name: "Forget what waits…" }).click();
    await dialog.getByRole("button", { name: "Forget 1 without sending" }).click();
    await expect(dialog.getByText(/0 waiting, 2 sent/)).toBeVisible(SOON);
    await dialog.getByLabel("Send what the endpoint receives on to another one").uncheck();
    await expect(dialog.getByRole("button", { name: "Resume" })).toBeHidden();
  } finally {
    await target.stop();
  }
});

test("an endpoint that is not there is told with the next try", async ({ app, server, page }) => {
  const gone = await startServer();
  await gone.stop();
  await app.open();
  await openSettings(app);
  const dialog = page.getByRole("dialog", { name: "Settings" });
  await dialog.getByLabel("Send what the endpoint receives on to another one").check();
  await dialog.getByLabel("Address").fill(gone.ingest);
  await dialog.getByRole("button", { name: "Start sending" }).click();
  await create(server.ingest, RUN);
  await finish(server.ingest, RUN);
  await expect(dialog.getByText(/cannot be reached/)).toBeVisible(SOON);
  await expect(dialog.getByText(/Next try in \d+ s/)).toBeVisible({ timeout: 20_000 });
  await dialog.getByRole("button", { name: "Try now" }).click();
  await expect(dialog.getByText(/waiting/)).toBeVisible();
});
