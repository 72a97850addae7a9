import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "../support/app";
import { hexId, send } from "../support/otlp";
import { BINARY, type Server } from "../support/server";

const run = promisify(execFile);

/** A queue of three runs with two questions, by the protocol that SDKs speak; its id. */
async function makeQueue({ ingest }: Server): Promise<string> {
  await send(
    ingest,
    [1, 2, 3].map((number) => ({
      trace: hexId(number, 32),
      span: hexId(number, 16),
      name: `ask ${number}`,
      start: 1_767_225_600_000 + number,
      end: 1_767_225_601_000,
      attributes: {
        "gen_ai.operation.name": "chat",
        "gen_ai.input.messages": JSON.stringify([{ role: "user", parts: [{ type: "text", content: `Question ${number} <script>alert(1)</script>` }] }]),
        "gen_ai.output.messages": JSON.stringify([{ role: "assistant", parts: [{ type: "text", content: `Answer ${number}` }] }]),
      },
    })),
  );
  const post = async (path: string, body: unknown): Promise<{ id: string }> => {
    const response = await fetch(`${ingest}${path}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as { id: string };
  };
  const verdict = {
    type: "categorical",
    categories: [
      { value: 1, label: "Pass" },
      { value: 0, label: "Fail" },
    ],
  };
  await post("/feedback-configs", { feedback_key: "verdict", feedback_config: verdict });
  const queue = await post("/annotation-queues", {
    name: "week 35",
    rubric_instructions: "Read the answer, then judge it.",
    rubric_items: [{ feedback_key: "verdict", is_required: true }, { feedback_key: "why" }],
  });
  await post(
    `/annotation-queues/${queue.id}/runs`,
    [1, 2, 3].map((number) => `00000000-0000-0000-${hexId(number, 16).slice(0, 4)}-${hexId(number, 16).slice(4)}`),
  );
  return queue.id;
}

test("check 15: a hand-out opens from disk with the network off, and its answers come back", async ({ server, browser }) => {
  const queue = await makeQueue(server);
  const library = join(server.dir, "library");
  const page_file = join(server.dir, "review.html");
  const tracemark = (...args: string[]) => run(BINARY, ["--library", library, ...args]);
  await tracemark("export", "handout", "week 35", "-o", page_file);

  const context = await browser.newContext({ offline: true, acceptDownloads: true });
  const page = await context.newPage();
  const asked: string[] = [];
  const problems: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("dialog", () => problems.push("content ran"));
  await page.goto(pathToFileURL(page_file).href);
  await expect(page.getByRole("status")).toHaveText("Item 1 of 3, 0 done");
  await expect(page.getByText("Read the answer, then judge it.")).toBeVisible();
  await expect(page.getByText("Question 1 <script>alert(1)</script>")).toBeVisible();
  await page.screenshot({ path: join(server.dir, "handout.png") });

  // What is required is asked for before the next item comes.
  await page.keyboard.press("Control+Enter");
  await expect(page.getByRole("alert")).toHaveText("verdict is still to be answered");
  await page.keyboard.press("2");
  await page.keyboard.press("m");
  await page.keyboard.type("the s and digits 12 only type here");
  await page.keyboard.press("Control+Enter");
  await expect(page.getByRole("status")).toHaveText("Item 2 of 3, 1 done");
  await page.keyboard.press("Escape");
  await page.keyboard.press("s");
  await expect(page.getByRole("status")).toHaveText("Item 3 of 3, 2 done");
  await page.keyboard.press("1");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.keyboard.type("clear");
  await page.keyboard.press("Control+Enter");
  // Answers outlive the page.
  await page.reload();
  await expect(page.getByRole("status")).toHaveText("Item 3 of 3, 3 done");
  await page.getByLabel("Your name").fill("Ana");
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save answers" }).click()]);
  const answers = join(server.dir, "answers.json");
  await download.saveAs(answers);
  expect(problems).toEqual([]);
  expect(asked.filter((url) => !url.startsWith("file:") && !url.startsWith("blob:"))).toEqual([]);
  await context.close();

  for (const _ of [1, 2]) {
    const { stdout } = await tracemark("import", answers, "--json");
    expect(JSON.parse(stdout)).toMatchObject({ feedback: 3, rejected: 0 });
  }
  const { stdout } = await tracemark("export", "feedback", "--queue", queue, "--names");
  const rows = stdout.trim().split("\n").map((line) => JSON.parse(line) as { key: string; score: number | null; value: unknown; comment: string | null; feedback_source: { user_name: string } });
  expect(rows.map(({ key, score, value, comment }) => ({ key, score, value, comment }))).toEqual([
    { key: "verdict", score: 0, value: "Fail", comment: "the s and digits 12 only type here" },
    { key: "verdict", score: 1, value: "Pass", comment: null },
    { key: "why", score: null, value: "clear", comment: null },
  ]);
  expect(new Set(rows.map(({ feedback_source }) => feedback_source.user_name))).toEqual(new Set(["Ana"]));

  // What was finished there is submitted here: two items, by a reviewer of that name.
  const shown = JSON.parse((await tracemark("queues", "show", "week 35", "--json")).stdout) as { completed: number; to_review: number };
  expect(shown).toMatchObject({ completed: 2, to_review: 1 });

  // Another rubric in the file than in the queue.
  const other = JSON.parse(await readFile(answers, "utf8")) as { keys: Record<string, string> };
  other.keys = { verdict: "0000000000000000", gone: "0000000000000000" };
  await writeFile(answers, JSON.stringify(other));
  const refused = await tracemark("import", answers).catch((error: { stderr: string }) => error);
  expect(refused.stderr).toContain("verdict means something else now");
  expect(refused.stderr).toContain("gone is not asked for any more");
});
