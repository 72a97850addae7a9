import type { RunPanel } from "../../contract/contract";
import { Payload } from "./Payload";

export function IoTab({ run }: { readonly run: RunPanel }) {
  const { trace_id: traceId, run_id: runId, inputs, outputs, status } = run;
  const noOutput =
    status === "pending" ? "No output yet: the run is still open." : status === "error" ? "No output: the run failed." : "No output was recorded.";
  return (
    <>
      <Payload key={`in ${runId}`} title="Input" traceId={traceId} runId={runId} part="inputs" payload={inputs} none="No input was recorded." />
      <Payload key={`out ${runId}`} title="Output" traceId={traceId} runId={runId} part="outputs" payload={outputs} none={noOutput} />
    </>
  );
}
