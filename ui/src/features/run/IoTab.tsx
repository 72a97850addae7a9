import type { RunPanel } from "../../contract/contract";
import { Payload } from "./Payload";
import styles from "./run.module.css";

interface IoTabProps {
  readonly run: RunPanel;
  /** Its output is what is judged beside a rubric. */
  readonly judged?: boolean;
}

export function IoTab({ run, judged = false }: IoTabProps) {
  const { trace_id: traceId, run_id: runId, inputs, outputs, status } = run;
  const noOutput =
    status === "pending" ? "No output yet: the run is still open." : status === "error" ? "No output: the run failed." : "No output was recorded.";
  return (
    <>
      <Payload key={`in ${runId}`} title="Input" traceId={traceId} runId={runId} part="inputs" payload={inputs} none="No input was recorded." />
      <div className={judged ? styles.judged : undefined} role={judged ? "group" : undefined} aria-label={judged ? "Judged output" : undefined}>
        <Payload key={`out ${runId}`} title="Output" traceId={traceId} runId={runId} part="outputs" payload={outputs} none={noOutput} />
        {judged ? <span className={styles.judgedName}>judged output</span> : null}
      </div>
    </>
  );
}
