import { expect, test } from "../support/app";
import { create, finish, runId, type LangsmithRun } from "../support/langsmith";

/** A second or so, and what a busy machine adds. */
const SOON = { timeout: 5000 };

test("a run of an SDK is running until its update comes, and its tree grows on the screen", async ({ app, server, page }) => {
  await app.open();
  const start = Date.now() - 3000;
  const root: LangsmithRun = { id: runId(1), name: "agent", path: [runId(1)], start, inputs: { question: "capital of France" } };
  await create(server.ingest, root);
  await expect(app.rows()).toContainText("agent", SOON);
  await expect(app.rows()).toContainText("running");
  await app.openTrace(app.rows().first());
  await expect(app.treeItem(/^chain agent, running/)).toBeVisible();
  await page.evaluate(() => Object.assign(window, { __sameDocument: true }));

  const tool: LangsmithRun = { id: runId(2), name: "look up", parent: root.id, path: [root.id, runId(2)], start: start + 100, end: start + 350, runType: "tool", outputs: { found: "Paris" } };
  await create(server.ingest, tool);
  await expect(app.treeItem(/^tool look up, running/)).toBeVisible(SOON);
  await finish(server.ingest, tool);
  await expect(app.treeItem(/^tool look up, success, 250 ms/)).toBeVisible(SOON);

  const model: LangsmithRun = { id: runId(3), name: "model", parent: root.id, path: [root.id, runId(3)], start: start + 400, end: start + 900, runType: "llm", error: "RateLimitError: slow down" };
  // The update may come before the creation.
  await finish(server.ingest, model);
  await create(server.ingest, model);
  await expect(app.treeItem(/^llm model, error, RateLimitError: slow down/)).toBeVisible(SOON);

  await finish(server.ingest, { ...root, end: start + 1500, outputs: { answer: "Paris" } });
  await expect(app.treeItem(/^chain agent, success, 1\.50? s/)).toBeVisible(SOON);
  await app.treeItem(/^tool look up/).click();
  await expect(app.run.getByText("Paris").first()).toBeVisible();
  expect(await page.evaluate(() => "__sameDocument" in window)).toBe(true);
});

test("a run whose update never comes stays running after a reload", async ({ app, server, page }) => {
  await app.open();
  await create(server.ingest, { id: runId(9), name: "left alone", path: [runId(9)], start: Date.now() - 500 });
  await expect(app.rows()).toContainText("running", SOON);
  await page.reload();
  await expect(app.rows()).toContainText("left alone");
  await expect(app.rows()).toContainText("running");
});
