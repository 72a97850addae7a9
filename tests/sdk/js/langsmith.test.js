// The official LangSmith SDK for JavaScript against the running program: what was traced is read back by the SDK itself.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const binary = process.env.TRACEMARK_BIN ?? path.join(root, "target/debug/tracemark");
const PROJECT = "js sdk";

/** Starts the program on free ports with a library of its own. */
async function serve() {
  const library = mkdtempSync(path.join(tmpdir(), "tracemark-js-"));
  const child = spawn(
    binary,
    ["--library", library, "serve", "--http", "127.0.0.1:0", "--ingest", "127.0.0.1:0", "--grpc", "127.0.0.1:0"],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const line = await new Promise((resolve) => createInterface({ input: child.stdout }).once("line", resolve));
  const stop = () =>
    new Promise((resolve) => {
      child.once("exit", () => {
        rmSync(library, { recursive: true, force: true });
        resolve();
      });
      child.kill();
    });
  return { endpoint: JSON.parse(line).ingest, stop };
}

/** A model server with fixed answers and token counts. */
async function models() {
  const usage = { prompt_tokens: 40, completion_tokens: 12, total_tokens: 52, prompt_tokens_details: { cached_tokens: 16 } };
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += chunk));
    request.on("end", () => {
      if (JSON.parse(body).stream) {
        response.setHeader("content-type", "text/event-stream");
        const chunk = (choices, more) =>
          `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 1, model: "gpt-4o-mini", choices, ...more })}\n\n`;
        for (const text of ["Pa", "ris."]) response.write(chunk([{ index: 0, delta: { role: "assistant", content: text } }]));
        response.end(`${chunk([], { usage })}data: [DONE]\n\n`);
        return;
      }
      response.setHeader("content-type", "application/json");
      response.end(
        JSON.stringify({
          id: "chatcmpl-1",
          object: "chat.completion",
          created: 1,
          model: "gpt-4o-mini",
          choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: "Paris." } }],
          usage,
        }),
      );
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, stop: () => server.close() };
}

let served;
let model;
let client;
let warnings;

before(async () => {
  served = await serve();
  model = await models();
  Object.assign(process.env, {
    LANGSMITH_TRACING: "true",
    LANGSMITH_ENDPOINT: served.endpoint,
    LANGSMITH_API_KEY: "any text will do",
    LANGSMITH_PROJECT: PROJECT,
  });
  warnings = [];
  for (const level of ["warn", "error"]) {
    console[level] = (...words) => warnings.push(words.join(" "));
  }
  const { Client } = await import("langsmith");
  client = new Client();
});

after(async () => {
  model.stop();
  await served.stop();
});

/** What was traced, as `name [type] status` indented by depth. */
async function tree(query = {}) {
  await client.awaitPendingTraceBatches();
  const runs = [];
  for await (const run of client.listRuns({ projectName: PROJECT, ...query })) runs.push(run);
  runs.sort((left, right) => (left.dotted_order < right.dotted_order ? -1 : 1));
  return runs.map((run) => {
    const depth = run.dotted_order.split(".").length - 1;
    return `${"  ".repeat(depth)}${run.name} [${run.run_type}] ${run.status}`;
  });
}

describe("the JavaScript SDK", () => {
  test("traceable functions become a tree", async () => {
    const { traceable } = await import("langsmith/traceable");
    const lookUp = traceable(async (question) => [{ pageContent: `about ${question}` }], {
      name: "lookUp",
      run_type: "retriever",
      client,
    });
    const fail = traceable(
      async () => {
        throw new Error("no luck");
      },
      { name: "fail", run_type: "tool", client },
    );
    const agent = traceable(
      async (question) => {
        await lookUp(question);
        await fail().catch(() => {});
        return "done";
      },
      { name: "agent", client, tags: ["demo"], metadata: { thread_id: "js-1" } },
    );
    assert.equal(await agent("x"), "done");
    assert.deepEqual(await tree({ filter: 'eq(thread_id, "js-1")' }), [
      "agent [chain] success",
      "  lookUp [retriever] success",
      "  fail [tool] error",
    ]);
  });

  test("wrapped OpenAI calls carry usage, streamed ones too", async () => {
    const { default: OpenAI } = await import("openai");
    const { wrapOpenAI } = await import("langsmith/wrappers");
    const openai = wrapOpenAI(new OpenAI({ baseURL: `${model.url}/v1`, apiKey: "x" }), { client });
    const messages = [{ role: "user", content: "Capital of France?" }];
    await openai.chat.completions.create({ model: "gpt-4o-mini", messages });
    const stream = await openai.chat.completions.create({
      model: "gpt-4o-mini",
      messages,
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = "";
    for await (const chunk of stream) text += chunk.choices[0]?.delta?.content ?? "";
    assert.equal(text, "Paris.");
    await client.awaitPendingTraceBatches();
    const runs = [];
    for await (const run of client.listRuns({ projectName: PROJECT, runType: "llm" })) runs.push(run);
    assert.deepEqual(
      runs.map((run) => [run.prompt_tokens, run.completion_tokens]),
      [
        [40, 12],
        [40, 12],
      ],
    );
    assert.ok(runs.some((run) => run.first_token_time));
  });

  test("the AI SDK's calls nest", async () => {
    const ai = await import("ai");
    const { MockLanguageModelV3 } = await import("ai/test");
    const { wrapAISDK } = await import("langsmith/experimental/vercel");
    const { generateText } = wrapAISDK(ai, { client });
    const mock = new MockLanguageModelV3({
      doGenerate: async () => ({
        finishReason: { unified: "stop", raw: "stop" },
        usage: {
          inputTokens: { total: 10, noCache: 10, cacheRead: 0, cacheWrite: 0 },
          outputTokens: { total: 20, text: 20, reasoning: 0 },
        },
        content: [{ type: "text", text: "Hello" }],
        warnings: [],
      }),
    });
    const { text } = await generateText({ model: mock, prompt: "Hi" });
    assert.equal(text, "Hello");
    await client.awaitPendingTraceBatches();
    const names = await tree();
    assert.ok(names.some((line) => line.trimStart().startsWith("mock-")), names.join("\n"));
  });

  test("attachments come back as they were sent", async () => {
    const { traceable } = await import("langsmith/traceable");
    const data = new TextEncoder().encode("\x89PNG\r\n--boundary\r\n");
    const look = traceable(async () => "a picture", {
      name: "look",
      client,
      extractAttachments: (input) => [{ picture: ["image/png", data] }, { input }],
    });
    await look("x");
    await client.awaitPendingTraceBatches();
    const [run] = await collect(client.listRuns({ projectName: PROJECT, filter: 'eq(name, "look")' }));
    const read = await client.readRun(run.id);
    const { presigned_url: url, mime_type: type } = read.s3_urls["attachment.picture"];
    assert.equal(type, "image/png");
    const response = await fetch(url);
    assert.equal(response.headers.get("content-type"), "image/png");
    assert.deepEqual(new Uint8Array(await response.arrayBuffer()), data);
  });

  test("feedback is given, read and taken back", async () => {
    const [run] = await collect(client.listRuns({ projectName: PROJECT, isRoot: true, limit: 1 }));
    const given = await client.createFeedback(run.id, "quality", { score: 0.5, comment: "fine" });
    assert.equal((await client.readFeedback(given.id)).score, 0.5);
    await client.updateFeedback(given.id, { score: 1 });
    const [listed] = await collect(client.listFeedback({ runIds: [run.id] }));
    assert.deepEqual([listed.key, listed.score], ["quality", 1]);
    const token = await client.createPresignedFeedbackToken(run.id, "thumbs");
    const answer = await fetch(`${token.url}?score=1`);
    assert.equal(answer.status, 200);
    await client.deleteFeedback(given.id);
    await assert.rejects(client.readFeedback(given.id));
  });

  test("projects are found by name, and what is not there is said so", async () => {
    assert.equal((await client.readProject({ projectName: PROJECT })).name, PROJECT);
    assert.equal(await client.hasProject({ projectName: "never named" }), false);
    await assert.rejects(client.readRun("00000000-0000-4000-8000-000000000000"));
  });

  test("nothing was warned of", () => {
    const about = warnings.filter((line) => !/deprecat|experimental|AI SDK Warning/i.test(line));
    assert.deepEqual(about, []);
  });
});

async function collect(items) {
  const all = [];
  for await (const item of items) all.push(item);
  return all;
}
