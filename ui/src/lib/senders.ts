/** How applications are told to send here: for each kind of sender the few lines that it needs, with the addresses and the key of now. */

/** Where the endpoint is; a port that does not listen is `null`. */
export interface SenderAddresses {
  readonly http: string | null;
  readonly grpc: string | null;
  readonly key: string | null;
}

/** Lines to copy. */
export interface Snippet {
  /** Where they go: a shell, a file, a program. */
  readonly place: string;
  readonly code: string;
}

export type GuideGroup = "OpenTelemetry" | "Tracing libraries" | "Frameworks" | "Coding agents" | "Gateways";

export interface Guide {
  readonly id: string;
  /** As the list has it, below its group. */
  readonly name: string;
  /** Where the name says too little by itself. */
  readonly title?: string;
  readonly group: GuideGroup;
  /** One sentence, where the lines alone would not do. */
  readonly note?: string;
  readonly snippets: readonly Snippet[];
}

/** Ports when nothing else is known (OTLP specification). */
const DEFAULT_HTTP = "http://127.0.0.1:4318";
const DEFAULT_GRPC = "http://127.0.0.1:4317";

/** `NAME=value` lines for a shell; values with blanks or signs that shells read are quoted. */
export function shellLines(variables: readonly (readonly [string, string])[]): string {
  return variables.map(([name, value]) => `export ${name}=${/^[\w./:=@-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`}`).join("\n");
}

function shell(...variables: readonly (readonly [string, string] | null)[]): Snippet {
  return { place: "Shell", code: shellLines(variables.filter((variable) => variable !== null)) };
}

function code(place: string, ...lines: readonly (string | false)[]): Snippet {
  return { place, code: lines.filter((line) => line !== false).join("\n") };
}

/** A text as JSON, YAML, TOML and Python all read it. */
function quoted(text: string): string {
  return JSON.stringify(text);
}

/** Every guide, in the order of the list. Switches are those of each project's own documentation. */
export function guides({ http, grpc, key }: SenderAddresses): readonly Guide[] {
  const base = http ?? DEFAULT_HTTP;
  const grpcBase = grpc ?? DEFAULT_GRPC;
  const header = key === null ? null : (["OTEL_EXPORTER_OTLP_HEADERS", `x-api-key=${encodeURIComponent(key)}`] as const);
  const otel = [["OTEL_EXPORTER_OTLP_ENDPOINT", base], ["OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"], header] as const;
  const keyText = key ?? "any-text";

  return [
    {
      id: "otel-python",
      name: "Python",
      title: "OpenTelemetry for Python",
      group: "OpenTelemetry",
      note: "The last two lines make the GenAI instrumentations record prompts and answers.",
      snippets: [
        shell(...otel, ["OTEL_SEMCONV_STABILITY_OPT_IN", "gen_ai_latest_experimental"], ["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "SPAN_ONLY"]),
        code("Run", "opentelemetry-instrument python app.py"),
      ],
    },
    {
      id: "otel-js",
      name: "JavaScript",
      title: "OpenTelemetry for JavaScript",
      group: "OpenTelemetry",
      snippets: [shell(...otel, ["OTEL_SERVICE_NAME", "my-app"]), code("Run", "node --require @opentelemetry/auto-instrumentations-node/register app.js")],
    },
    {
      id: "otel-grpc",
      name: "Any SDK, gRPC",
      title: "OpenTelemetry over gRPC",
      group: "OpenTelemetry",
      ...(grpc === null ? { note: "OTLP over gRPC does not listen at the moment; it is switched on in the settings." } : {}),
      snippets: [shell(["OTEL_EXPORTER_OTLP_ENDPOINT", grpcBase], ["OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"], header)],
    },
    {
      id: "collector",
      name: "Collector",
      title: "OpenTelemetry Collector",
      group: "OpenTelemetry",
      snippets: [
        code(
          "config.yaml",
          "exporters:",
          "  otlphttp/tracemark:",
          `    endpoint: ${base}`,
          key !== null && "    headers:",
          key !== null && `      x-api-key: ${quoted(key)}`,
          "service:",
          "  pipelines:",
          "    traces:",
          "      exporters: [otlphttp/tracemark]",
          "    logs:",
          "      exporters: [otlphttp/tracemark]",
        ),
      ],
    },
    {
      id: "langsmith-python",
      name: "LangSmith, Python",
      group: "Tracing libraries",
      note: `LangChain and LangGraph send the same way.${key === null ? " The SDK wants a key, but any text will do." : ""} Links that it prints lead here with Client(web_url="${base}").`,
      snippets: [shell(["LANGSMITH_TRACING", "true"], ["LANGSMITH_ENDPOINT", base], ["LANGSMITH_API_KEY", keyText], ["LANGSMITH_PROJECT", "my-project"])],
    },
    {
      id: "langsmith-js",
      name: "LangSmith, JS",
      title: "LangSmith, JavaScript",
      group: "Tracing libraries",
      note: `LangChain and LangGraph send the same way.${key === null ? " The SDK wants a key, but any text will do." : ""} Links that it prints lead here with new Client({ webUrl: "${base}" }).`,
      snippets: [shell(["LANGSMITH_TRACING", "true"], ["LANGSMITH_ENDPOINT", base], ["LANGSMITH_API_KEY", keyText], ["LANGSMITH_PROJECT", "my-project"])],
    },
    {
      id: "langsmith-otel",
      name: "LangSmith, OTLP",
      title: "LangSmith SDK over OTLP",
      group: "Tracing libraries",
      snippets: [shell(["LANGSMITH_TRACING", "true"], ["LANGSMITH_OTEL_ENABLED", "true"], ["LANGSMITH_OTEL_ONLY", "true"], ...otel)],
    },
    {
      id: "openinference",
      name: "OpenInference",
      title: "OpenInference with Phoenix",
      group: "Tracing libraries",
      snippets: [
        code(
          "Python",
          "from phoenix.otel import register",
          "",
          "register(",
          `    endpoint=${quoted(`${base}/v1/traces`)},`,
          '    protocol="http/protobuf",',
          key !== null && `    headers={"x-api-key": ${quoted(key)}},`,
          "    auto_instrument=True,",
          ")",
        ),
      ],
    },
    {
      id: "openllmetry",
      name: "OpenLLMetry",
      title: "OpenLLMetry (Traceloop)",
      group: "Tracing libraries",
      snippets: [
        shell(["TRACELOOP_BASE_URL", base], ["TRACELOOP_TRACE_CONTENT", "true"], key === null ? null : ["TRACELOOP_HEADERS", `x-api-key=${encodeURIComponent(key)}`]),
        code("Python", "from traceloop.sdk import Traceloop", "", 'Traceloop.init(app_name="my-app", disable_batch=True)'),
      ],
    },
    {
      id: "langfuse",
      name: "Langfuse SDK",
      group: "Tracing libraries",
      note: key === null ? "The SDK wants both keys, but any text will do." : "The secret key is the key of this endpoint.",
      snippets: [shell(["LANGFUSE_BASE_URL", base], ["LANGFUSE_PUBLIC_KEY", "pk-lf-any"], ["LANGFUSE_SECRET_KEY", key ?? "sk-lf-any"])],
    },
    {
      id: "logfire",
      name: "Pydantic AI, Logfire",
      title: "Pydantic AI and Logfire",
      group: "Tracing libraries",
      snippets: [shell(...otel), code("Python", "import logfire", "", "logfire.configure(send_to_logfire=False)", "logfire.instrument_pydantic_ai()")],
    },
    {
      id: "openlit",
      name: "OpenLIT",
      group: "Tracing libraries",
      snippets: [shell(...otel), code("Python", "import openlit", "", `openlit.init(otlp_endpoint=${quoted(base)})`)],
    },
    {
      id: "mlflow",
      name: "MLflow Tracing",
      group: "Tracing libraries",
      snippets: [shell(["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", `${base}/v1/traces`], ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf"], header)],
    },
    {
      id: "ai-sdk",
      name: "Vercel AI SDK",
      group: "Frameworks",
      note: "Versions 4 to 6 record a call when it asks for it; version 7 records all of them once telemetry is registered.",
      snippets: [
        shell(...otel),
        code("instrumentation.ts", 'import { registerOTel } from "@vercel/otel";', "", "export function register() {", '  registerOTel({ serviceName: "my-app" });', "}"),
        code("Each call, 4 to 6", "experimental_telemetry: { isEnabled: true }"),
        code("Once, 7", 'import { registerTelemetry } from "ai";', 'import { OpenTelemetry } from "@ai-sdk/otel";', "", "registerTelemetry(new OpenTelemetry());"),
      ],
    },
    {
      id: "openai-agents",
      name: "OpenAI Agents SDK",
      group: "Frameworks",
      snippets: [
        shell(["LANGSMITH_TRACING", "true"], ["LANGSMITH_ENDPOINT", base], ["LANGSMITH_API_KEY", keyText]),
        code(
          "Python",
          "from agents import set_trace_processors",
          "from langsmith.wrappers import OpenAIAgentsTracingProcessor",
          "",
          "set_trace_processors([OpenAIAgentsTracingProcessor()])",
        ),
      ],
    },
    {
      id: "strands",
      name: "Strands Agents",
      group: "Frameworks",
      snippets: [shell(...otel), code("Python", "from strands.telemetry import StrandsTelemetry", "", "StrandsTelemetry().setup_otlp_exporter()")],
    },
    {
      id: "haystack",
      name: "Haystack",
      group: "Frameworks",
      note: "Needs the package opentelemetry-haystack. The connector is part of the pipeline and is joined to nothing.",
      snippets: [
        shell(...otel, ["HAYSTACK_CONTENT_TRACING_ENABLED", "true"]),
        code(
          "Python",
          "from haystack_integrations.components.connectors.opentelemetry import OpenTelemetryConnector",
          "",
          'pipeline.add_component("tracer", OpenTelemetryConnector("my-app"))',
        ),
        code("Run", "opentelemetry-instrument python app.py"),
      ],
    },
    {
      id: "google-adk",
      name: "Google ADK",
      title: "Google Agent Development Kit",
      group: "Frameworks",
      note: "adk web, adk run and adk api_server read the lines of the shell; a program of your own says so once.",
      snippets: [
        shell(
          ...otel,
          ["ADK_CAPTURE_MESSAGE_CONTENT_IN_SPANS", "true"],
          ["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "true"],
        ),
        code("Python", "from google.adk.telemetry.setup import maybe_set_otel_providers", "", "maybe_set_otel_providers()"),
      ],
    },
    {
      id: "ms-agent-framework",
      name: "Microsoft Agent Framework",
      group: "Frameworks",
      note: "The second line makes it record prompts and answers. Over HTTP it needs the package opentelemetry-exporter-otlp-proto-http.",
      snippets: [
        shell(["ENABLE_INSTRUMENTATION", "true"], ["ENABLE_SENSITIVE_DATA", "true"], ...otel),
        code("Python", "from agent_framework.observability import configure_otel_providers", "", "configure_otel_providers()"),
      ],
    },
    {
      id: "claude-code",
      name: "Claude Code",
      group: "Coding agents",
      note: "The first lines send its events; the later ones add spans, and then what was said and done.",
      snippets: [
        shell(
          ["CLAUDE_CODE_ENABLE_TELEMETRY", "1"],
          ["OTEL_LOGS_EXPORTER", "otlp"],
          ["OTEL_METRICS_EXPORTER", "otlp"],
          ...otel,
          ["CLAUDE_CODE_ENHANCED_TELEMETRY_BETA", "1"],
          ["OTEL_TRACES_EXPORTER", "otlp"],
          ["OTEL_LOG_USER_PROMPTS", "1"],
          ["OTEL_LOG_ASSISTANT_RESPONSES", "1"],
          ["OTEL_LOG_TOOL_DETAILS", "1"],
          ["OTEL_LOG_TOOL_CONTENT", "1"],
        ),
      ],
    },
    {
      id: "codex",
      name: "Codex CLI",
      group: "Coding agents",
      snippets: [
        code(
          "~/.codex/config.toml",
          "[otel]",
          ...["exporter", "trace_exporter"].map((name) => {
            const headers = key === null ? "" : `, headers = { "x-api-key" = ${quoted(key)} }`;
            const path = name === "exporter" ? "logs" : "traces";
            return `${name} = { otlp-http = { endpoint = ${quoted(`${base}/v1/${path}`)}, protocol = "json"${headers} } }`;
          }),
          "log_user_prompt = true",
        ),
      ],
    },
    {
      id: "gemini-cli",
      name: "Gemini CLI",
      group: "Coding agents",
      snippets: [
        ...(header === null ? [] : [shell(header)]),
        code(
          "~/.gemini/settings.json",
          JSON.stringify({ telemetry: { enabled: true, target: "local", otlpEndpoint: base, otlpProtocol: "http", logPrompts: true, traces: true } }, null, 2),
        ),
      ],
    },
    {
      id: "litellm",
      name: "LiteLLM",
      group: "Gateways",
      snippets: [
        shell(["OTEL_EXPORTER", "otlp_http"], ["OTEL_ENDPOINT", `${base}/v1/traces`], key === null ? null : ["OTEL_HEADERS", `x-api-key=${key}`]),
        code("config.yaml", "litellm_settings:", '  callbacks: ["otel"]'),
        code("Or in Python", "import litellm", "", 'litellm.callbacks = ["otel"]'),
      ],
    },
  ];
}

/** JSON with a line a member, its texts and numbers untouched: large numbers would not survive being parsed. */
export function indentJson(text: string): string {
  let out = "";
  let depth = 0;
  let inText = false;
  const line = (): string => `\n${"  ".repeat(depth)}`;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at] ?? "";
    if (inText) {
      out += sign;
      if (sign === "\\") {
        at += 1;
        out += text[at] ?? "";
      } else if (sign === '"') inText = false;
    } else if (sign === '"') {
      inText = true;
      out += sign;
    } else if (sign === "{" || sign === "[") {
      const close = sign === "{" ? "}" : "]";
      const next = /\S/.exec(text.slice(at + 1, at + 64));
      if (next?.[0] === close) {
        out += sign + close;
        at += 1 + next.index;
      } else {
        depth += 1;
        out += sign + line();
      }
    } else if (sign === "}" || sign === "]") {
      depth = Math.max(depth - 1, 0);
      out += line() + sign;
    } else if (sign === ",") out += sign + line();
    else if (sign === ":") out += ": ";
    else if (sign === "\n" && depth === 0) out += sign;
    else if (!/\s/.test(sign)) out += sign;
  }
  return out;
}
