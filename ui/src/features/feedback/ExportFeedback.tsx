import { useState } from "react";
import ui from "../../components/ui/ui.module.css";
import type { ExportFeedback as Params } from "../../contract/contract";
import { useExportPreview } from "../../data/feedback";
import { useSources } from "../../data/queries";
import { FEEDBACK_FORMATS, sidecarName } from "../../lib/exports";
import { platform } from "../../platform";
import { ExportPreview, SaveExport } from "./ExportPreview";
import { ScopeFlags, ScopeSelect } from "./ScopeFields";
import styles from "./feedback.module.css";

interface ExportFeedbackProps {
  readonly traceId: string | null;
  readonly queueId: string | null;
  readonly sourceId: number | null;
}

/** Scope, format, the first three records, and a manifest beside the file. */
export function ExportFeedback({ traceId, queueId, sourceId }: ExportFeedbackProps) {
  const [params, setParams] = useState<Params>({ format: "langsmith-jsonl", trace_id: traceId, queue_id: queueId, source_id: sourceId });
  const [beside, setBeside] = useState(true);
  const preview = useExportPreview(params);
  const source = useSources().data?.find(({ id }) => id === params.source_id);
  const change = (changes: Partial<Params>): void => setParams((before) => ({ ...before, ...changes }));
  // Found again when the trace file is opened: its name and format are fixed.
  const sidecar = source && params.format === "langsmith-jsonl" ? sidecarName(source.path ?? source.label) : null;
  return (
    <>
      <div className={styles.line}>
        <ScopeSelect params={params} traceId={traceId} onChange={change} />
        <label className={styles.line}>
          Format
          <select className={ui.field} value={params.format} onChange={(event) => change({ format: event.target.value })}>
            {FEEDBACK_FORMATS.map(([format, name]) => (
              <option key={format} value={format}>
                {name}
              </option>
            ))}
          </select>
        </label>
      </div>
      <ScopeFlags params={params} onChange={change} />
      {sidecar === null ? null : (
        <label className={styles.check}>
          <input type="checkbox" checked={beside} onChange={(event) => setBeside(event.target.checked)} />
          <span>
            Name it <code>{sidecar}</code>: kept beside {source?.label}, it is found when that file is opened
          </span>
        </label>
      )}
      <ExportPreview preview={preview} />
      <SaveExport ready={(preview.data?.records ?? 0) > 0} fileName={sidecar !== null && beside ? sidecar : undefined} onExport={() => platform().call("export_feedback", params)} />
    </>
  );
}
