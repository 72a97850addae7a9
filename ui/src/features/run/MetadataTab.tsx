import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Chip, STATUS_NAMES } from "../../components/Chip";
import type { RunPanel } from "../../contract/contract";
import { formatTime, isoTime } from "../../lib/format";
import { Payload } from "./Payload";
import styles from "./run.module.css";

export function MetadataTab({ run }: { readonly run: RunPanel }) {
  return (
    <>
      <section className={styles.section}>
        <dl className={styles.facts}>
          <Fact name="Status">{STATUS_NAMES[run.status]}</Fact>
          <Fact name="Start">
            <span title={isoTime(run.start)}>{formatTime(run.start)}</span>
          </Fact>
          <Fact name="End">
            <span title={isoTime(run.end)}>{formatTime(run.end)}</span>
          </Fact>
          <Fact name="Model">{run.model}</Fact>
          <Fact name="Provider">{run.provider}</Fact>
          <Fact name="Project">{run.project}</Fact>
          <Fact name="Thread">{run.thread}</Fact>
          <Fact name="Prompt version">{run.prompt_version}</Fact>
          <Fact name="Sent as">{run.dialect}</Fact>
          <Fact name="Run id">
            <span className={styles.mono}>{run.run_id}</span>
          </Fact>
          <Fact name="Parent id">{run.parent_run_id ? <span className={styles.mono}>{run.parent_run_id}</span> : null}</Fact>
          <Fact name="Tags">{run.tags.length > 0 ? run.tags.map((tag) => <Chip key={tag}>{tag}</Chip>) : null}</Fact>
          <Fact name="Links">
            {run.links.length > 0
              ? run.links.map((link) => (
                  <div key={`${link.trace_id} ${link.span_id}`}>
                    <Link to="/trace/$traceId" params={{ traceId: link.trace_id }} search={{ run: link.span_id }} className={styles.mono}>
                      {link.trace_id}
                    </Link>
                  </div>
                ))
              : null}
          </Fact>
        </dl>
      </section>
      <Payload title="Metadata" traceId={run.trace_id} runId={run.run_id} part="metadata" payload={run.metadata} none="No metadata was recorded." />
    </>
  );
}

/** Unknown facts are left out here: the list is of what was said about the run. */
function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  if (children === null || children === undefined || children === "") return null;
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}
