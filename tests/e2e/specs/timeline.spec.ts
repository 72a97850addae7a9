import { expect, test } from "../support/app";
import { hexId, send } from "../support/otlp";

const SOON = { timeout: 5000 };

test.describe("of a finished trace", () => {
  test.beforeEach(async ({ app }) => {
    await app.withAgentTraces();
    await app.openTrace(app.rows().last());
  });

  test("the mini-map chooses what the timeline shows, by pointer and by key", async ({ page }) => {
    const from = page.getByRole("slider", { name: "Start of the window" });
    const to = page.getByRole("slider", { name: "End of the window" });
    await expect(from).toHaveAttribute("aria-valuenow", "0");
    await expect(to).toHaveAttribute("aria-valuenow", "100");

    const map = await page.getByRole("group", { name: "Window of the timeline" }).boundingBox();
    if (!map) throw new Error("no mini-map");
    const drag = async (start: number, end: number): Promise<void> => {
      const y = map.y + map.height / 2;
      await page.mouse.move(map.x + map.width * start, y);
      await page.mouse.down();
      await page.mouse.move(map.x + map.width * end, y, { steps: 4 });
      await page.mouse.up();
    };
    await drag(0.2, 0.5);
    await expect.poll(async () => Number(await from.getAttribute("aria-valuenow"))).toBeCloseTo(20, -0.5);
    await expect.poll(async () => Number(await to.getAttribute("aria-valuenow"))).toBeCloseTo(50, -0.5);
    // What is in the window moves with it, its length stays.
    await drag(0.35, 0.55);
    await expect.poll(async () => Number(await from.getAttribute("aria-valuenow"))).toBeCloseTo(40, -0.5);

    const before = Number(await to.getAttribute("aria-valuenow"));
    await to.focus();
    await page.keyboard.press("PageUp");
    expect(Number(await to.getAttribute("aria-valuenow"))).toBe(before + 10);
    await page.keyboard.press("End");
    await expect(to).toHaveAttribute("aria-valuenow", "100");
    await page.keyboard.press("0");
    await expect(from).toHaveAttribute("aria-valuenow", "0");
  });

  test("typing a name goes to its run, and letters with a command keep it", async ({ app, page }) => {
    await expect(app.tree).toBeFocused();
    await page.keyboard.type("get");
    await expect(app.selectedItem()).toHaveAttribute("aria-label", /^tool get_weather/);
    await page.keyboard.press("Home");
    // "W" zooms; with Shift it begins a name.
    await page.keyboard.press("ArrowDown");
    await page.waitForTimeout(900);
    await page.keyboard.press("Shift+W");
    await expect(app.selectedItem()).toHaveAttribute("aria-label", /^chain weather_agent/);
  });

  test("the focus is never lost on the way through a trace", async ({ app, page }) => {
    await expect(app.tree).toBeFocused();
    await page.keyboard.press("Enter");
    await expect(app.run).toBeFocused();
    await page.keyboard.press("ControlOrMeta+k");
    await expect(page.getByRole("combobox")).toBeFocused();
    await page.keyboard.press("Escape");
    await expect(app.run).toBeFocused();
    await page.keyboard.press("?");
    await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(app.run).toBeFocused();
    await page.keyboard.press("Escape");
    await expect(app.tree).toBeFocused();
    await page.keyboard.press("ControlOrMeta+[");
    await expect(app.table).toBeFocused();
  });
});

test("a trace that is named by its 32 digits grows while it runs and ends when its end arrives", async ({ app, server, page }) => {
  await app.open();
  const start = Date.now() - 2000;
  const open = { trace: hexId(9, 32), span: hexId(9, 16), name: "long request", start };
  await send(server.ingest, [open]);
  await expect(app.rows()).toContainText("running", SOON);
  await page.goto(`${new URL(server.url).origin}/#/trace/${open.trace}`);
  const seconds = async (): Promise<number> => Number.parseFloat((await page.getByText(/so far$/).textContent()) ?? "");
  const first = await seconds();
  expect(first).toBeGreaterThan(1.9);
  await expect.poll(seconds).toBeGreaterThan(first);
  await send(server.ingest, [{ ...open, end: start + 1500 }]);
  await expect(app.treeItem(/^chain long request, success, 1\.50? s/)).toBeVisible(SOON);
});

test("threads are sorted by their columns", async ({ app, server, page }) => {
  const turns = (thread: string, count: number, offset: number) =>
    Array.from({ length: count }, (_, turn) => ({
      trace: hexId(offset + turn, 32),
      span: hexId(offset + turn, 16),
      name: "turn",
      start: 1_795_000_000_000 + offset * 1000 + turn,
      end: 1_795_000_000_500 + offset * 1000 + turn,
      attributes: { "session.id": thread },
    }));
  await app.open();
  await send(server.ingest, [...turns("b-few", 1, 300), ...turns("a-many", 3, 100), ...turns("c-some", 2, 200)]);
  await page.getByRole("navigation", { name: "Places" }).getByRole("link", { name: "Threads" }).click();
  const names = page.getByRole("grid", { name: "Threads" }).locator("[data-row] > :first-child");
  const header = (name: string) => page.getByRole("columnheader", { name }).filter({ hasNotText: "Failed" });
  await expect(names).toHaveText(["b-few", "c-some", "a-many"], SOON);
  await header("Turns").getByRole("button").click();
  await expect(header("Turns")).toHaveAttribute("aria-sort", "descending");
  await expect(names).toHaveText(["a-many", "c-some", "b-few"]);
  await header("Thread").getByRole("button").click();
  await expect(names).toHaveText(["a-many", "b-few", "c-some"]);
  await page.reload();
  await expect(header("Thread")).toHaveAttribute("aria-sort", "ascending");
  await expect(names).toHaveText(["a-many", "b-few", "c-some"]);
});
