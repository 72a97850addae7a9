import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, type App } from "../support/app";

interface Call {
  readonly minute: number;
  readonly said: readonly string[];
  readonly answer: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** Calls of a model, each a trace of its own without a thread key, but for the last one. */
const CALLS: readonly Call[] = [
  { minute: 0, said: ["Where is my parcel?"], answer: "In Lyon." },
  { minute: 300, said: ["Where is my parcel?", "In Lyon.", "And now?"], answer: "In Paris." },
  { minute: 400, said: ["Book a table"], answer: "For whom?", metadata: { app: { chatId: "c-7" } } },
  { minute: 900, said: ["For two"], answer: "Done.", metadata: { app: { chatId: "c-7" } } },
  { minute: 1000, said: ["Sum"], answer: "4", metadata: { user_id: "ada" } },
  { minute: 1020, said: ["Product"], answer: "8", metadata: { user_id: "ada" } },
  { minute: 1100, said: ["Difference"], answer: "0", metadata: { user_id: "ada" } },
  { minute: 1110, said: ["Known"], answer: "Yes.", metadata: { thread_id: "t-1" } },
];

function line({ minute, said, answer, metadata = {} }: Call, number: number): string {
  const id = `00000000-0000-4000-8000-${String(number + 1).padStart(12, "0")}`;
  const at = (seconds: number): string => new Date(Date.UTC(2026, 2, 1) + minute * 60_000 + seconds * 1000).toISOString();
  return JSON.stringify({
    id,
    trace_id: id,
    name: "ask",
    run_type: "llm",
    session_name: "shop",
    start_time: at(0),
    end_time: at(2),
    inputs: { messages: said.map((content, place) => ({ role: place % 2 === 0 ? "user" : "assistant", content })) },
    outputs: { choices: [{ message: { role: "assistant", content: answer } }] },
    extra: { metadata },
  });
}

async function withCalls(app: App): Promise<void> {
  const file = join(await mkdtemp(join(tmpdir(), "guess-")), "calls.jsonl");
  await writeFile(file, `${CALLS.map(line).join("\n")}\n`);
  await app.open();
  await app.choose(file);
  await expect(app.rows()).toHaveCount(CALLS.length);
  await app.idle();
}

test("threads are guessed, say why, and open as turns and messages", async ({ app, page }) => {
  await withCalls(app);
  await page.getByRole("link", { name: "Threads" }).click();
  const threads = page.getByRole("grid", { name: "Threads" }).locator("[role=row][data-row]");
  await expect(threads).toHaveCount(1);
  await page.keyboard.press("g");
  const grid = page.getByRole("grid", { name: "Guessed threads" });
  const rows = grid.locator("[role=row][data-row]");
  await expect(rows).toHaveCount(3);
  await expect(page.getByText("Guessed among 7 traces without a thread key. A view only: nothing is stored.")).toBeVisible();
  await expect(rows.nth(0)).toContainText("same user, 30 min gap (ada)");
  await expect(rows.nth(1)).toContainText("app.chatId c-7");
  await expect(rows.nth(2)).toContainText("replayed history");
  await expect(rows.nth(2)).toContainText("guess");

  // More time between two traces of one user takes the third one in.
  await page.getByRole("combobox", { name: "Gap between traces of one user" }).selectOption("240");
  await expect(rows.nth(0)).toContainText("4 h gap");
  await expect(rows.nth(0).getByRole("gridcell").nth(3)).toHaveText("3");

  await rows.nth(2).click();
  await expect(page.getByRole("heading", { name: "Guessed thread" })).toBeVisible();
  await expect(app.rows()).toHaveCount(2);
  await page.reload();
  await expect(app.rows()).toHaveCount(2);
  await page.keyboard.press("m");
  // What was replayed is told once.
  const articles = page.getByRole("feed", { name: "Messages" }).getByRole("article");
  await expect(articles.getByText("Where is my parcel?")).toHaveCount(1);
  await expect(articles.last()).toContainText("In Paris.");
  await page.keyboard.press("t");
  await expect(app.rows()).toHaveCount(2);
  await page.goBack();
  await expect(rows).toHaveCount(3);

  // The list of threads is what it was.
  await page.getByRole("button", { name: "Guess G" }).click();
  await expect(threads).toHaveCount(1);
});

test("nothing to guess says what was looked for", async ({ app, page }) => {
  await withCalls(app);
  await page.getByRole("link", { name: "Threads" }).click();
  await page.getByRole("button", { name: "Guess G" }).click();
  await page.getByRole("combobox", { name: "Filter traces" }).fill("run_type:tool");
  await expect(page.getByText("No traces seem to belong together")).toBeVisible();
  await page.getByRole("button", { name: "Guess among all traces" }).click();
  await expect(page.getByRole("grid", { name: "Guessed threads" }).locator("[role=row][data-row]")).toHaveCount(3);
});
