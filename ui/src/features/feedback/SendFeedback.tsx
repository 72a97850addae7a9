/** Feedback to a server that the person names. Nothing is sent twice: sending again goes on where it stopped. */
import { useState } from "react";
import { Button } from "../../components/ui/Button";
import { Progress } from "../../components/ui/Progress";
import { Segments } from "../../components/ui/Segments";
import ui from "../../components/ui/ui.module.css";
import type { ExportFeedback, SendProtocol, SendStatus } from "../../contract/contract";
import { useCancelSending, useSendStatus, useStartSending } from "../../data/exports";
import { useExportPreview } from "../../data/feedback";
import { formatCount, plural } from "../../lib/format";
import { ScopeFlags, ScopeSelect } from "./ScopeFields";
import styles from "./feedback.module.css";

const PROTOCOLS = [
  ["langsmith", "LangSmith API"],
  ["otlp", "OTLP endpoint"],
] as const;

const EXAMPLES: Readonly<Record<SendProtocol, string>> = { langsmith: "https://api.smith.langchain.com", otlp: "http://localhost:4318" };

export function SendFeedback({ traceId, queueId }: { readonly traceId: string | null; readonly queueId: string | null }) {
  const [params, setParams] = useState<ExportFeedback>({ format: "langsmith-jsonl", trace_id: traceId, queue_id: queueId });
  const [protocol, setProtocol] = useState<SendProtocol>("langsmith");
  const [url, setUrl] = useState("");
  const [key, setKey] = useState("");
  const preview = useExportPreview(params);
  const status = useSendStatus().data;
  const start = useStartSending();
  const cancel = useCancelSending();
  const running = status?.running ?? false;
  return (
    <form
      className={styles.export}
      onSubmit={(event) => {
        event.preventDefault();
        start.mutate({ what: params, protocol, url, key: key === "" ? null : key });
      }}
    >
      <div className={styles.line}>
        <ScopeSelect params={params} traceId={traceId} onChange={(changes) => setParams((before) => ({ ...before, ...changes }))} />
        <Segments label="To what" options={PROTOCOLS} value={protocol} onChange={setProtocol} />
      </div>
      <div className={styles.line}>
        <label className={styles.address}>
          Address
          <input className={ui.field} type="url" required placeholder={EXAMPLES[protocol]} value={url} onChange={(event) => setUrl(event.target.value)} />
        </label>
        <label className={styles.address}>
          Key
          <input className={ui.field} type="password" autoComplete="off" placeholder="if one is asked for; kept nowhere" value={key} onChange={(event) => setKey(event.target.value)} />
        </label>
      </div>
      <ScopeFlags params={params} onChange={(changes) => setParams((before) => ({ ...before, ...changes }))} without={["history", "repeats", "adjudicated"]} />
      <p className={styles.quiet}>{preview.data ? `${plural(preview.data.records, "feedback record")} in this scope` : preview.error ? preview.error.message : ""}</p>
      {start.error ? (
        <p className={styles.problem} role="alert">
          {start.error.message}
        </p>
      ) : null}
      {status && status.url !== "" ? <Status status={status} /> : null}
      <div className={styles.line}>
        <Button type="submit" tone="primary" disabled={running || url.trim() === "" || start.isPending}>
          {running ? "Sending…" : "Send"}
        </Button>
        {running ? (
          <Button disabled={cancel.isPending} onClick={() => cancel.mutate()}>
            Stop
          </Button>
        ) : null}
      </div>
    </form>
  );
}

function Status({ status }: { readonly status: SendStatus }) {
  const { running, done, total, url, summary, error } = status;
  return (
    <section aria-label="Sending" role="status" className={styles.sending}>
      {running ? (
        <>
          <Progress label={`Sending to ${url}`} share={total === 0 ? null : done / total} />
          <span className={styles.quiet}>
            {formatCount(done)} of {formatCount(total)} to {url}
          </span>
        </>
      ) : null}
      {error ? (
        <p className={styles.problem} role="alert">
          {error}
        </p>
      ) : null}
      {summary ? (
        <>
          <p>
            {summary.cancelled ? "Stopped; sending again goes on from here. " : ""}
            {formatCount(summary.sent)} sent, {formatCount(summary.changed)} changed, {formatCount(summary.withdrawn)} taken back, {formatCount(summary.skipped)} there already, {formatCount(summary.refused)} refused
            <span className={styles.quiet}> by {url}</span>
          </p>
          {summary.problems.map(({ id, reason }) => (
            <p key={id} className={styles.problem}>
              {id}: {reason}
            </p>
          ))}
        </>
      ) : null}
    </section>
  );
}
