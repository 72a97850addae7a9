import { describe, expect, it } from "vitest";
import { guides, indentJson, shellLines } from "./senders";

const HERE = { http: "http://127.0.0.1:5318", grpc: "http://127.0.0.1:5317", key: null };

describe("guides", () => {
  it("name the ports of now and no others", () => {
    const text = JSON.stringify(guides(HERE));
    expect(text.match(/127\.0\.0\.1:\d+/g)?.every((address) => ["127.0.0.1:5318", "127.0.0.1:5317"].includes(address))).toBe(true);
    expect(text).not.toContain("s3cret");
  });

  it("carry the key wherever there is one to carry", () => {
    for (const { id, snippets } of guides({ ...HERE, key: "s3cret" })) expect(snippets.map(({ code }) => code).join("\n"), id).toContain("s3cret");
  });

  it("have an id, a name and lines each", () => {
    const all = guides(HERE);
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    expect(all.every(({ snippets }) => snippets.length > 0 && snippets.every(({ code }) => code !== ""))).toBe(true);
  });

  it("are files and programs that can be pasted", () => {
    const of = (id: string) => guides({ ...HERE, key: "k y" }).find((guide) => guide.id === id)?.snippets.map(({ place, code }) => `# ${place}\n${code}`).join("\n");
    expect(of("otel-python")).toMatchInlineSnapshot(`
      "# Shell
      export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:5318
      export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf
      export OTEL_EXPORTER_OTLP_HEADERS='x-api-key=k%20y'
      export OTEL_SEMCONV_STABILITY_OPT_IN=gen_ai_latest_experimental
      export OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=SPAN_ONLY
      # Run
      opentelemetry-instrument python app.py"
    `);
    expect(of("collector")).toMatchInlineSnapshot(`
      "# config.yaml
      exporters:
        otlphttp/tracemark:
          endpoint: http://127.0.0.1:5318
          headers:
            x-api-key: "k y"
      service:
        pipelines:
          traces:
            exporters: [otlphttp/tracemark]
          logs:
            exporters: [otlphttp/tracemark]"
    `);
    expect(of("codex")).toMatchInlineSnapshot(`
      "# ~/.codex/config.toml
      [otel]
      exporter = { otlp-http = { endpoint = "http://127.0.0.1:5318/v1/logs", protocol = "json", headers = { "x-api-key" = "k y" } } }
      trace_exporter = { otlp-http = { endpoint = "http://127.0.0.1:5318/v1/traces", protocol = "json", headers = { "x-api-key" = "k y" } } }
      log_user_prompt = true"
    `);
    expect(of("openinference")).toMatchInlineSnapshot(`
      "# Python
      from phoenix.otel import register

      register(
          endpoint="http://127.0.0.1:5318/v1/traces",
          protocol="http/protobuf",
          headers={"x-api-key": "k y"},
          auto_instrument=True,
      )"
    `);
    expect(JSON.parse(guides(HERE).find(({ id }) => id === "gemini-cli")?.snippets[0]?.code ?? "")).toHaveProperty("telemetry.otlpEndpoint", HERE.http);
  });
});

describe("shellLines", () => {
  it("quotes what a shell would read", () => expect(shellLines([["A", "x y"], ["B", "it's"], ["C", "http://a:1/b"], ["D", "x=$HOME"]])).toBe("export A='x y'\nexport B='it'\\''s'\nexport C=http://a:1/b\nexport D='x=$HOME'"));
});

describe("indentJson", () => {
  it("gives every member a line and leaves texts and numbers as they are", () =>
    expect(indentJson('{"a":[1,{"b":"x, {y}: \\"z\\""}],"c":{ },"n":9007199254740993}\n{"d":[]}')).toMatchInlineSnapshot(`
      "{
        "a": [
          1,
          {
            "b": "x, {y}: \\"z\\""
          }
        ],
        "c": {},
        "n": 9007199254740993
      }
      {
        "d": []
      }"
    `));
  it("survives what is cut off", () => expect(indentJson('{"a":["b')).toBe('{\n  "a": [\n    "b'));
});
