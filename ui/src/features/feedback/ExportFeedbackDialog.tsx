import { useState } from "react";
import { ErrorState, Skeleton } from "../../components/States";
import { Button } from "../../components/ui/Button";
import { Dialog } from "../../components/ui/Dialog";
import ui from "../../components/ui/ui.module.css";
import type { ExportFeedback } from "../../contract/contract";
import { useExportPreview } from "../../data/feedback";
import { useProjects } from "../../data/queries";
import { formatBytes, formatCount } from "../../lib/format";
import { saveText } from "../../lib/save";
import { platform } from "../../platform";
import styles from "./feedback.module.css";

const FORMATS: readonly (readonly [string, string])[] = [
  ["langsmith-jsonl", "LangSmith feedback, one record a line"],
  ["langsmith-json", "LangSmith feedback, one array"],
  ["csv-long", "Table, a row a feedback"],
  ["csv-wide", "Table, a row a judged thing"],
  ["otel", "OpenTelemetry evaluation log records"],
  ["phoenix", "Phoenix annotations"],
  ["langfuse", "Langfuse scores"],
  ["preference-openai", "Preferences (preferred_output)"],
  ["preference-dpo", "Preferences (chosen, rejected)"],
];

type Flag = "history" | "adjudicated" | "names" | "timing" | "redact";

const FLAGS: readonly (readonly [Flag, string])[] = [
  ["history", "Include what was replaced or taken back"],
  ["adjudicated", "Adjudicated answers only, where there are any"],
  ["names", "Write names of reviewers"],
  ["timing", "Write how long judging took"],
  ["redact", "Apply the redaction rules once more"],
];

interface ExportFeedbackDialogProps {
  /** The trace that the person came from. */
  readonly traceId: string | null;
  readonly onClose: () => void;
}

/** Scope, format, the first three records, and a manifest beside the file. */
export function ExportFeedbackDialog({ traceId, onClose }: ExportFeedbackDialogProps) {
  const projects = useProjects();
  const [params, setParams] = useState<ExportFeedback>({ format: "langsmith-jsonl", trace_id: traceId });
  const [manifest, setManifest] = useState(true);
  const [failure, setFailure] = useState<string | null>(null);
  const [saving, setSaving] = useState(false);
  const preview = useExportPreview(params);
  const change = (more: Partial<ExportFeedback>): void => setParams((before) => ({ ...before, ...more }));
  const scope = params.trace_id ? "trace" : (params.project ?? "");
  const save = async (): Promise<void> => {
    setSaving(true);
    setFailure(null);
    try {
      const file = await platform().call("export_feedback", params);
      saveText(file.file_name, file.data);
      if (manifest) saveText("export.json", file.manifest);
    } catch (error) {
      setFailure(error instanceof Error ? error.message : String(error));
    }
    setSaving(false);
  };
  return (
    <Dialog title="Export feedback" wide onClose={onClose}>
      <div className={styles.export}>
        <div className={styles.line}>
          <label className={styles.line}>
            Scope
            <select
              className={ui.field}
              value={scope}
              onChange={(event) => change(event.target.value === "trace" ? { trace_id: traceId, project: null } : { trace_id: null, project: event.target.value === "" ? null : event.target.value })}
            >
              {traceId === null ? null : <option value="trace">This trace</option>}
              <option value="">Everything</option>
              {projects.data?.map(({ name }) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </select>
          </label>
          <label className={styles.line}>
            Format
            <select className={ui.field} value={params.format} onChange={(event) => change({ format: event.target.value })}>
              {FORMATS.map(([format, name]) => (
                <option key={format} value={format}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        </div>
        <div className={styles.options}>
          {FLAGS.map(([flag, name]) => (
            <label key={flag}>
              <input type="checkbox" checked={params[flag] ?? false} onChange={(event) => change({ [flag]: event.target.checked })} />
              {name}
            </label>
          ))}
          <label>
            <input type="checkbox" checked={manifest} onChange={(event) => setManifest(event.target.checked)} />
            Write a manifest (export.json)
          </label>
        </div>
        {preview.error ? (
          <ErrorState title="There is nothing to show" error={preview.error} onRetry={() => void preview.refetch()} />
        ) : preview.data ? (
          <section aria-label="Preview">
            <p className={styles.quiet}>
              {formatCount(preview.data.records)} records, {formatBytes(preview.data.bytes)}, {preview.data.file_name}
            </p>
            {preview.data.preview.map((record) => (
              <pre key={record} className={styles.record}>
                {record.slice(0, 4000)}
              </pre>
            ))}
            {preview.data.notes.slice(0, 20).map((note) => (
              <p key={note} className={styles.quiet}>
                {note}
              </p>
            ))}
          </section>
        ) : (
          <Skeleton width="80%" />
        )}
        {failure ? (
          <p className={styles.problem} role="alert">
            {failure}
          </p>
        ) : null}
        <div className={styles.line}>
          <Button tone="primary" disabled={saving || !preview.data || preview.data.records === 0} onClick={() => void save()}>
            Export
          </Button>
          <Button onClick={onClose}>Close</Button>
        </div>
      </div>
    </Dialog>
  );
}
