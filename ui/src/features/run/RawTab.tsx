import type { RunPanel } from "../../contract/contract";
import { plural } from "../../lib/format";
import { Payload } from "./Payload";

export function RawTab({ run }: { readonly run: RunPanel }) {
  const { trace_id: traceId, run_id: runId } = run;
  return (
    <>
      <Payload title="Attributes" traceId={traceId} runId={runId} part="attributes" payload={run.attributes} none="No attributes were received." />
      <Payload
        title={`As received, in ${plural(run.records, "record")}`}
        traceId={traceId}
        runId={runId}
        part="raw"
        payload={run.raw}
        none="The records were not kept."
      />
    </>
  );
}
