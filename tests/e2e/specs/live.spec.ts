import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "../support/app";
import { hexId, send } from "../support/otlp";

/** A second or so, and what a busy machine adds. */
const SOON = { timeout: 5000 };

test("sent traces appear in the open table without a reload", async ({ app, server, page }) => {
  await app.open();
  await expect(page.getByRole("heading", { name: "Receive traces" })).toBeVisible();
  await page.evaluate(() => Object.assign(window, { __sameDocument: true }));
  const now = Date.now();
  await send(server.ingest, [
    { trace: hexId(1, 32), span: hexId(1, 16), name: "live request", start: now - 900, end: now - 100 },
    { trace: hexId(1, 32), span: hexId(2, 16), parent: hexId(1, 16), name: "live step", start: now - 800, end: now - 200 },
  ]);
  await expect(app.rows()).toHaveCount(1, SOON);
  await expect(app.rows()).toContainText("live request");
  await expect(app.rows()).toContainText("800 ms");
  await send(server.ingest, [{ trace: hexId(2, 32), span: hexId(3, 16), name: "second request", start: now, end: now + 10 }]);
  await expect(app.rows()).toHaveCount(2, SOON);
  await expect(app.rows().first()).toContainText("second request");
  await expect(page.getByRole("button", { name: /Listening on/ })).toContainText("3 runs received");
  expect(await page.evaluate(() => "__sameDocument" in window)).toBe(true);
});

test("a run without an end is running until its end arrives", async ({ app, server }) => {
  await app.open();
  const start = Date.now() - 2000;
  const open = { trace: hexId(7, 32), span: hexId(7, 16), name: "long request", start };
  await send(server.ingest, [open]);
  await expect(app.rows()).toContainText("running", SOON);
  await app.openTrace(app.rows().first());
  await expect(app.treeItem(/^chain long request, running/)).toBeVisible();

  // A child arrives while the trace is on the screen, then the end of its root.
  const tool = { "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "first step" };
  await send(server.ingest, [{ trace: open.trace, span: hexId(8, 16), parent: open.span, name: "execute_tool first step", start: start + 10, end: start + 500, attributes: tool }]);
  await expect(app.treeItem(/^tool first step, success, 490 ms/)).toBeVisible(SOON);
  await send(server.ingest, [{ ...open, end: start + 1500 }]);
  await expect(app.treeItem(/^chain long request, success, 1\.50? s/)).toBeVisible(SOON);
  await app.page.goBack();
  await expect(app.rows()).toHaveCount(1);
  await expect(app.rows()).not.toContainText("running");
});

test("the OpenTelemetry SDK for Python exports to the endpoint", async ({ app, server }) => {
  const python = process.env["TRACEMARK_PYTHON"];
  if (python === undefined) throw new Error("TRACEMARK_PYTHON names the interpreter that has the SDK; scripts/test.sh sets it");
  await app.open();
  const script = join(import.meta.dirname, "../python/export.py");
  await promisify(execFile)(python, [script], { env: { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: server.ingest } });
  await expect(app.rows()).toHaveCount(1, SOON);
  await expect(app.rows()).toContainText("answer_question");
  await app.openTrace(app.rows().first());
  await expect(app.treeItem(/^llm chat gpt-4o-mini, success/)).toBeVisible();
  await expect(app.treeItem(/^tool look_up, error, RuntimeError: no such page/)).toBeVisible();
  await app.treeItem(/^llm chat/).click();
  await expect(app.run.getByText("Forty-two.")).toBeVisible();
});
