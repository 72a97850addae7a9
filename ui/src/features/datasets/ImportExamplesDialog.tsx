/** Brings a file of examples into a dataset: first what it would do, then it is done. */
import { useState } from "react";
import { Button } from "../../components/ui/Button";
import { Dialog } from "../../components/ui/Dialog";
import type { ImportedExamples } from "../../contract/contract";
import { useDataset, useImportExamples, useImportPreview } from "../../data/datasets";
import { formatBytes, formatCount, plural } from "../../lib/format";
import styles from "./datasets.module.css";

interface ImportProps {
  readonly datasetId: string;
  readonly onClose: () => void;
}

/** Larger files are for the command line. */
const LARGEST_FILE = 32 * 1024 * 1024;

export function ImportExamplesDialog({ datasetId, onClose }: ImportProps) {
  const dataset = useDataset(datasetId).data;
  const [file, setFile] = useState<{ readonly name: string; readonly text: string } | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const preview = useImportPreview(file === null ? null : { dataset_id: datasetId, text: file.text });
  const bring = useImportExamples();
  const choose = (chosen: File | undefined): void => {
    setProblem(null);
    setFile(null);
    bring.reset();
    if (!chosen) return;
    if (chosen.size > LARGEST_FILE) return setProblem(`This file has ${formatBytes(chosen.size)}; use “tracemark import”.`);
    void chosen.text().then((text) => setFile({ name: chosen.name, text }), () => setProblem("The file could not be read."));
  };
  const report = bring.data ?? preview.data;
  const error = bring.error ?? preview.error;
  return (
    <Dialog title={`Import into “${dataset?.row.name ?? "the dataset"}”`} onClose={onClose}>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (file) bring.mutate({ dataset_id: datasetId, text: file.text });
        }}
      >
        <label className={styles.row}>
          <span>File</span>
          <input type="file" accept=".jsonl,.json,.ndjson,.csv" onChange={(event) => choose(event.target.files?.[0])} />
        </label>
        <p className={styles.hint}>Examples, conversations or preferences, a JSON object a line; or a table with columns inputs.… and outputs.…</p>
        {problem ? (
          <p className={styles.problem} role="alert">
            {problem}
          </p>
        ) : null}
        {error ? (
          <p className={styles.problem} role="alert">
            {error.message}
          </p>
        ) : null}
        {report && file ? <Report report={report} done={bring.data !== undefined} /> : null}
        <div className={styles.dialogRow}>
          {bring.data ? (
            <Button tone="primary" onClick={onClose}>
              Done
            </Button>
          ) : (
            <>
              <Button onClick={onClose}>Cancel</Button>
              <Button type="submit" tone="primary" disabled={!file || !preview.data || preview.data.added + preview.data.changed === 0 || bring.isPending}>
                {bring.isPending ? "Importing…" : preview.data ? `Import ${formatCount(preview.data.added + preview.data.changed)}` : "Import"}
              </Button>
            </>
          )}
        </div>
      </form>
    </Dialog>
  );
}

function Report({ report, done }: { readonly report: ImportedExamples; readonly done: boolean }) {
  const { added, changed, same, refused, problems } = report;
  return (
    <section aria-label="Report" role="status">
      <p>
        <b>{plural(added, "example")}</b> {done ? "added" : "will be added"}, {formatCount(changed)} changed, {formatCount(same)} there already
        {refused > 0 ? `, ${plural(refused, "record")} cannot be read` : ""}
      </p>
      {problems.length > 0 ? (
        <ul className={styles.report} aria-label="What cannot be read">
          {problems.map(({ line, message }, place) => (
            // Two records of one line can have the same problem.
            // oxlint-disable-next-line react/no-array-index-key
            <li key={place}>
              {line === null ? "" : `line ${line}: `}
              {message}
            </li>
          ))}
        </ul>
      ) : null}
    </section>
  );
}
