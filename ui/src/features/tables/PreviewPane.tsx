/** The row in hand at a glance, beside the table: figures, what was said, the beginning of its texts. */
import { X } from "lucide-react";
import { StatusChip } from "../../components/Chip";
import { IconButton } from "../../components/ui/Button";
import type { PayloadInfo, TableRow } from "../../contract/contract";
import { useRun } from "../../data/queries";
import { formatBytes, formatCost, formatCount, formatDuration, formatTime } from "../../lib/format";
import { saidText, saidTitle } from "../../lib/feedback";
import styles from "./tables.module.css";

const CHARS = 2000;

export function PreviewPane({ row, onClose }: { readonly row: TableRow | undefined; readonly onClose: () => void }) {
  return (
    <aside className={styles.preview} aria-label="Preview" aria-live="polite">
      <header>
        <b title={row?.name}>{row?.name ?? "No row is selected"}</b>
        <IconButton label="Close the preview (Escape)" onClick={onClose}>
          <X size={14} />
        </IconButton>
      </header>
      {row ? (
        <>
          <p className={styles.facts}>
            {row.status ? <StatusChip status={row.status} /> : null}
            <span>{formatTime(row.start)}</span>
            {row.latency === null ? null : <span>{formatDuration(row.latency)}</span>}
            {row.usage.total === null ? null : <span>{formatCount(row.usage.total)} tokens</span>}
            {row.cost === null ? null : <span>{formatCost(row.cost)}</span>}
            {row.model === null ? null : <span>{row.model}</span>}
          </p>
          {row.error === null ? null : <p className={styles.previewError}>{row.error}</p>}
          {row.feedback.length === 0 ? null : (
            <p className={styles.facts}>
              {row.feedback.map((said) => (
                <span key={said.key} className={styles.said} title={saidTitle(said)}>
                  <i>{said.key}</i> {saidText(said)}
                </span>
              ))}
            </p>
          )}
          {row.trace_id !== null && row.run_id !== null ? (
            <RunTexts key={row.run_id} traceId={row.trace_id} runId={row.run_id} />
          ) : (
            <>
              <Text title="First input" text={row.input} />
              <Text title="Last output" text={row.output} />
            </>
          )}
        </>
      ) : null}
    </aside>
  );
}

interface RunTextsProps {
  readonly traceId: string;
  readonly runId: string;
  /** Its error as well, where the row beside does not tell it. */
  readonly withError?: boolean;
}

/** What went in and what came out of a run, asked through the item where there is one. */
export function RunTexts({ traceId, runId, withError = false }: RunTextsProps) {
  const run = useRun(traceId, runId);
  if (run.error) return <p className={styles.previewError}>{run.error.message}</p>;
  if (!run.data) return <p className={styles.facetNote}>reading…</p>;
  return (
    <>
      {withError && run.data.error ? <p className={styles.previewError}>{run.data.error.message}</p> : null}
      <Text title="Input" text={begin(run.data.inputs)} />
      <Text title="Output" text={begin(run.data.outputs)} />
    </>
  );
}

function begin(payload: PayloadInfo | null): string | null {
  if (payload === null) return null;
  if (payload.json === null) return `${formatBytes(payload.bytes)}: open the run to read it`;
  return payload.json.length > CHARS ? `${payload.json.slice(0, CHARS)}…` : payload.json;
}

export function Text({ title, text }: { readonly title: string; readonly text: string | null }) {
  return (
    <section>
      <h2>{title}</h2>
      {text === null || text === "" ? <p className={styles.facetNote}>not recorded</p> : <pre>{text}</pre>}
    </section>
  );
}
