/** A library of 10,000 runs with costs: traces of one agent over a month, with several models, prompts, users and tags. */

const DAY_MS = 86_400_000;
export const COST_TRACES = 2000;
/** A root, two model calls, an embedding and a tool. */
export const RUNS_PER_TRACE = 5;
export const UNPRICED_MODEL = "acme-large-2";

const MODELS = [
  ["openai", "gpt-4o"],
  ["anthropic", "claude-sonnet-4-5"],
  ["google_genai", "gemini-2.5-pro"],
  ["acme", UNPRICED_MODEL],
] as const;

function id(trace: number, run: number): string {
  return `0197a3c2-${trace.toString(16).padStart(4, "0")}-7000-8000-${run.toString(16).padStart(12, "0")}`;
}

/** LangSmith runs as JSON lines; the first trace starts at `start` (milliseconds). */
export function costLines(start: number): string {
  const lines: string[] = [];
  for (let trace = 0; trace < COST_TRACES; trace += 1) {
    const at = start + Math.floor((trace / COST_TRACES) * 30 * DAY_MS);
    const root = id(trace, 0);
    const time = (seconds: number): string => new Date(at + seconds * 1000).toISOString();
    const metadata = { env: trace % 4 === 0 ? "test" : "prod", user_id: `user-${trace % 12}`, prompt_commit: `v${1 + (trace % 5)}` };
    const run = (number: number, name: string, type: string, more: object): void => {
      lines.push(
        JSON.stringify({
          id: id(trace, number),
          trace_id: root,
          ...(number === 0 ? {} : { parent_run_id: root }),
          name,
          run_type: type,
          session_name: trace % 10 === 0 ? "nightly" : "support",
          start_time: time(number),
          end_time: time(number + 1),
          inputs: { question: `question ${trace}` },
          tags: [trace % 3 === 0 ? "beta" : "stable"],
          ...more,
        }),
      );
    };
    const call = (number: number, name: string, input: number, cached: number, output: number): void => {
      const [provider, model] = MODELS[(trace + number) % MODELS.length] ?? MODELS[0];
      const usage_metadata = { input_tokens: input, output_tokens: output, input_token_details: { cache_read: cached }, output_token_details: { reasoning: Math.floor(output / 4) } };
      run(number, name, "llm", { outputs: { content: "ok", usage_metadata }, extra: { metadata: { ...metadata, ls_provider: provider, ls_model_name: model } } });
    };
    run(0, "support agent", "chain", { outputs: { answer: "ok" }, extra: { metadata } });
    call(1, "plan", 1200 + (trace % 700), 800, 300);
    call(2, "answer", 5200 + (trace % 1900), 4096, 900 + (trace % 300));
    run(3, "embed", "embedding", { outputs: { usage_metadata: { input_tokens: 64, output_tokens: 0 } }, extra: { metadata: { ...metadata, ls_provider: "openai", ls_model_name: "text-embedding-3-small" } } });
    run(4, "search", "tool", { outputs: { hits: 3 }, extra: { metadata: { ...metadata, usage_metadata: { total_cost: 0.005 } } } });
  }
  return lines.join("\n");
}
