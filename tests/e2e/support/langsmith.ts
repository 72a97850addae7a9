/** Sends runs as the SDKs of LangSmith do. */
export interface LangsmithRun {
  readonly id: string;
  readonly name: string;
  readonly parent?: string;
  /** Root first, the run itself last: makes the `dotted_order`. */
  readonly path: readonly string[];
  readonly start: number;
  readonly end?: number;
  readonly runType?: string;
  readonly inputs?: unknown;
  readonly outputs?: unknown;
  readonly error?: string;
}

/** A run id that ends in a number. */
export function runId(number: number): string {
  return `01990000-0000-7000-8000-${number.toString(16).padStart(12, "0")}`;
}

function dotted(run: LangsmithRun): string {
  const time = new Date(run.start).toISOString().replaceAll(/[-:.]/g, "").replace("Z", "000Z");
  return run.path.map((id) => time + id).join(".");
}

async function post(ingest: string, body: Readonly<Record<string, unknown>>): Promise<void> {
  const response = await fetch(`${ingest}/runs/batch`, { method: "POST", headers: { "content-type": "application/json", "x-api-key": "any" }, body: JSON.stringify(body) });
  if (response.status !== 202) throw new Error(`runs were not taken: ${response.status} ${await response.text()}`);
}

/** The creation of a run, as it is sent when the run begins. */
export function create(ingest: string, run: LangsmithRun): Promise<void> {
  const { id, name, parent, start, runType = "chain", inputs = {} } = run;
  const sent = { id, name, run_type: runType, parent_run_id: parent, trace_id: run.path[0], dotted_order: dotted(run), start_time: new Date(start).toISOString(), inputs, session_name: "live" };
  return post(ingest, { post: [sent] });
}

/** The update of a run, as it is sent when the run ends. */
export function finish(ingest: string, run: LangsmithRun): Promise<void> {
  const { id, parent, end = run.start, outputs = {}, error } = run;
  const sent = { id, parent_run_id: parent, trace_id: run.path[0], dotted_order: dotted(run), end_time: new Date(end).toISOString(), outputs, error, session_id: null };
  return post(ingest, { patch: [sent] });
}
