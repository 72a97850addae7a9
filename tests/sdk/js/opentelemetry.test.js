// The official OpenTelemetry exporters for JavaScript against the running program.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { context, diag, DiagLogLevel, SpanStatusCode, trace } from "@opentelemetry/api";
import { OTLPTraceExporter as GrpcExporter } from "@opentelemetry/exporter-trace-otlp-grpc";
import { OTLPTraceExporter as JsonExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtobufExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { CompressionAlgorithm } from "@opentelemetry/otlp-exporter-base";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const binary = process.env.TRACEMARK_BIN ?? path.join(root, "target/debug/tracemark");
const python = process.env.TRACEMARK_PYTHON ?? "python3";
const WHOLE = ["agent [chain]", "chat gpt-4o-mini [llm]"];

/** Starts the program on free ports with a library of its own. */
async function serve(...more) {
  const library = mkdtempSync(path.join(tmpdir(), "tracemark-otel-js-"));
  const ports = ["--http", "127.0.0.1:0", "--ingest", "127.0.0.1:0", "--grpc", "127.0.0.1:0"];
  const child = spawn(binary, ["--library", library, "serve", ...ports, ...more], { stdio: ["ignore", "pipe", "inherit"] });
  const ready = JSON.parse(await new Promise((resolve) => createInterface({ input: child.stdout }).once("line", resolve)));
  const call = async (name, params = {}) => {
    const url = `${ready.url.split("/?")[0]}/api/rpc/${name}`;
    const response = await fetch(url, { method: "POST", body: JSON.stringify(params), headers: { authorization: `Bearer ${ready.token}` } });
    assert.equal(response.status, 200, name);
    return response.json();
  };
  const stop = () =>
    new Promise((resolve) => {
      child.once("exit", () => {
        rmSync(library, { recursive: true, force: true });
        resolve();
      });
      child.kill();
    });
  return { http: ready.ingest, grpc: ready.grpc, library, call, stop };
}

/** Every run with its type. */
async function library({ call }) {
  const { rows } = await call("list_traces", { limit: 50 });
  const traces = await Promise.all(rows.map(({ trace_id }) => call("get_trace", { trace_id })));
  return traces.flatMap(({ columns }) => columns.name.map((name, index) => `${columns.strings[name]} [${columns.run_type[index]}]`)).sort();
}

/** An agent that calls a model, as the GenAI conventions tell it. */
async function finishedSpans() {
  const memory = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ "service.name": "conformance-js" }),
    spanProcessors: [new SimpleSpanProcessor(memory)],
  });
  const tracer = provider.getTracer("conformance");
  const agent = tracer.startSpan("agent");
  const attributes = { "gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o-mini", "gen_ai.usage.input_tokens": 7, nothing: [], "not.a.number": Number.NaN };
  const call = tracer.startSpan("chat gpt-4o-mini", { attributes }, trace.setSpan(context.active(), agent));
  call.setStatus({ code: SpanStatusCode.ERROR, message: "no luck" }).end();
  agent.end();
  await provider.forceFlush();
  return memory.getFinishedSpans();
}

function exporter(served, transport, more = {}) {
  const url = transport === "grpc" ? served.grpc : `${served.http}/v1/traces`;
  const Exporter = { grpc: GrpcExporter, json: JsonExporter, protobuf: ProtobufExporter }[transport];
  return new Exporter({ url, ...more });
}

/** Exports; the error where there is one. */
function send(to, spans) {
  return new Promise((resolve) => to.export(spans, ({ error }) => resolve(error ?? null)));
}

async function eventually(ask) {
  for (const end = Date.now() + 30_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 50))) if (await ask()) return;
  assert.fail("it did not happen");
}

let warnings;

beforeEach(() => {
  warnings = [];
  const note = (...words) => warnings.push(words.join(" "));
  diag.setLogger({ error: note, warn: note, info() {}, debug() {}, verbose() {} }, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
});
afterEach(() => diag.disable());

describe("spans arrive whole", () => {
  for (const transport of ["json", "protobuf", "grpc"])
    for (const compression of [CompressionAlgorithm.NONE, CompressionAlgorithm.GZIP])
      test(`${transport}, ${compression}`, async () => {
        const served = await serve();
        try {
          assert.equal(await send(exporter(served, transport, { compression }), await finishedSpans()), null);
          assert.deepEqual(await library(served), WHOLE);
          assert.deepEqual(warnings, []);
          const { requests } = await served.call("get_activity");
          assert.deepEqual(
            requests.map(({ transport, packing, fate, taken, services }) => ({ transport, packing, fate, taken, services })),
            [
              {
                transport: transport === "grpc" ? "otlp_grpc" : "otlp_http",
                packing: compression === "gzip" ? "gzip" : null,
                fate: "taken",
                taken: 2,
                services: ["conformance-js"],
              },
            ],
          );
        } finally {
          await served.stop();
        }
      });
});

for (const transport of ["json", "protobuf", "grpc"]) {
  test(`a partial success is told with its reason: ${transport}`, async () => {
    const served = await serve();
    try {
      const [bad, good] = await finishedSpans();
      const ids = { ...bad.spanContext(), spanId: "0000000000000000" };
      const spoilt = Object.create(bad, { spanContext: { value: () => ids } });
      assert.equal(await send(exporter(served, transport), [spoilt, good]), null);
      assert.equal(warnings.length, 1);
      assert.match(warnings[0], /Partial Success.*rejectedSpans.*spans\[0\]/);
      const { requests } = await served.call("get_activity");
      assert.deepEqual(requests.map(({ fate, taken, rejected }) => [fate, taken, rejected]), [["partly", 1, 1]]);
    } finally {
      await served.stop();
    }
  });

  test(`a full queue asks to come again, and nothing is lost: ${transport}`, async () => {
    const served = await serve("--max-waiting", "1");
    // Another program holds the library, so that the first request waits; the limit lets no second one wait.
    const script = `
import sqlite3, sys
holder = sqlite3.connect(sys.argv[1], isolation_level=None)
holder.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.readline()
holder.execute("ROLLBACK")
`;
    try {
      await send(exporter(served, "json"), await finishedSpans());
      const holder = spawn(python, ["-c", script, path.join(served.library, "library.sqlite")], { stdio: ["pipe", "pipe", "inherit"] });
      await new Promise((resolve) => createInterface({ input: holder.stdout }).once("line", resolve));
      const sent = await Promise.all([finishedSpans(), finishedSpans()]);
      const outcomes = sent.map((spans) => send(exporter(served, transport, { timeoutMillis: 40_000 }), spans));
      await eventually(async () => (await served.call("app_info")).endpoint.postponed >= 1);
      holder.stdin.end("\n");
      const errors = await Promise.all(outcomes);
      if (transport === "grpc") {
        // This exporter leaves trying again to its user; the code tells that it is worth while.
        for (const [index, error] of errors.entries()) {
          if (error === null) continue;
          assert.equal(error.code, 14, String(error));
          errors[index] = await send(exporter(served, transport), sent[index]);
        }
      }
      assert.deepEqual(errors, [null, null]);
      assert.deepEqual(await library(served), [...WHOLE, ...WHOLE, ...WHOLE].sort());
    } finally {
      await served.stop();
    }
  });

  test(`a request that is too large is final: ${transport}`, async () => {
    const served = await serve("--max-request", "100");
    try {
      const error = await send(exporter(served, transport, { timeoutMillis: 40_000 }), await finishedSpans());
      assert.ok(error);
      const { requests } = await served.call("get_activity");
      assert.deepEqual(requests.map(({ fate }) => fate), ["refused"]);
    } finally {
      await served.stop();
    }
  });
}
