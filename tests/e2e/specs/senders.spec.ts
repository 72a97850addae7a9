import { AxeBuilder } from "@axe-core/playwright";
import { expect, test } from "../support/app";
import { hexId, send } from "../support/otlp";

const SOON = { timeout: 5000 };

test("the lines for an SDK carry the address of this endpoint and can be copied", async ({ app, server, page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await app.open();
  await page.keyboard.press("ControlOrMeta+Shift+E");
  await expect(page.getByRole("heading", { name: "Senders" })).toBeVisible();
  const list = page.getByRole("navigation", { name: "Applications" });
  await list.getByRole("button", { name: "Collector" }).click();
  await expect(page.getByText(`endpoint: ${server.ingest}`)).toBeVisible();

  // With the keys: the next group, and the lines of it.
  await page.keyboard.press("ArrowDown");
  await expect(list.getByRole("button", { name: "LangSmith, Python" })).toBeFocused();
  await page.getByRole("button", { name: "Copy the lines for Shell" }).click();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toContain(`export LANGSMITH_ENDPOINT=${server.ingest}\n`);
  expect(copied).toContain("export LANGSMITH_TRACING=true");

  // The choice is part of the address.
  await page.reload();
  await expect(page.getByRole("heading", { name: "LangSmith, Python" })).toBeVisible();
});

test("a test trace goes through the endpoint and can be opened", async ({ app, page }) => {
  await app.open();
  await page.getByRole("link", { name: "Senders" }).click();
  await expect(page.getByText("Waiting for the first request…")).toBeVisible();
  await page.keyboard.press("t");
  await expect(page.getByText(/Arrived and kept in/)).toBeVisible();
  const requests = page.getByRole("grid", { name: "Requests" });
  await expect(requests.locator("[data-row]")).toHaveCount(1, SOON);
  await expect(requests.locator("[data-row]")).toContainText("tracemark-test");
  await page.getByRole("link", { name: "Show the trace" }).click();
  await expect(app.treeItem(/^llm .*test-model/)).toBeVisible();
  await app.treeItem(/^llm .*test-model/).click();
  await expect(app.run.getByText("It does: this trace came in over it.")).toBeVisible();
});

test("requests appear while they come in, with the reason of what was refused and its body", async ({ app, server, page }) => {
  await app.open();
  await page.getByRole("link", { name: "Senders" }).click();
  const now = Date.now();
  await send(server.ingest, [{ trace: hexId(1, 32), span: hexId(1, 16), name: "good", start: now, end: now + 5 }]);
  await send(server.ingest, [
    { trace: "nonsense", span: hexId(2, 16), name: "spoilt span", start: now, end: now + 5 },
    { trace: hexId(1, 32), span: hexId(3, 16), name: "good too", start: now, end: now + 5 },
  ]);
  const rows = page.getByRole("grid", { name: "Requests" }).locator("[data-row]");
  await expect(rows).toHaveCount(2, SOON);
  await expect(rows.first()).toContainText("in part");
  await expect(rows.last()).toContainText("taken");
  await expect(page.getByRole("region", { name: "Live" })).toContainText("1 refused");

  await rows.first().click();
  const request = page.getByRole("region", { name: "Request" });
  await expect(request).toContainText(/resourceSpans\[0\]\.scopeSpans\[0\]\.spans\[0\].*trace id/);
  await expect(request.getByLabel("Body of the request")).toContainText('"name": "spoilt span"');
  await page.keyboard.press("Escape");
  await expect(request).toBeHidden();

  await page.getByRole("button", { name: "Senders", exact: true }).click();
  const senders = page.getByRole("grid", { name: "Senders" }).locator("[data-row]");
  await expect(senders).toHaveCount(1);
  await expect(senders).toContainText("e2e");

  await page.getByRole("button", { name: "Clear" }).click();
  await expect(page.getByText("Waiting for the first request…")).toBeVisible();
  await page.getByRole("link", { name: /^Traces/ }).click();
  await expect(app.rows()).toHaveCount(1);
});

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(`in ${colorScheme}`, () => {
    test.use({ colorScheme });

    test("the page of senders has no serious violation", async ({ app, page }) => {
      await app.open();
      await page.getByRole("link", { name: "Senders" }).click();
      await page.keyboard.press("t");
      const row = page.getByRole("grid", { name: "Requests" }).locator("[data-row]");
      await expect(row).toHaveCount(1, SOON);
      await row.click();
      await expect(page.getByLabel("Body of the request")).toBeVisible();
      const { violations } = await new AxeBuilder({ page }).analyze();
      const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
      expect(serious.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`))).toEqual([]);
    });
  });
}
