/** What an export would be: its size, its first records, what was left out. */
import type { UseQueryResult } from "@tanstack/react-query";
import { useState } from "react";
import { ErrorState, Skeleton } from "../../components/States";
import { Button } from "../../components/ui/Button";
import type { ExportedFile } from "../../contract/contract";
import { formatBytes, plural } from "../../lib/format";
import { saveText } from "../../lib/save";
import styles from "./feedback.module.css";

/** Characters of a record that are shown. */
const SHOWN_CHARS = 4000;
const SHOWN_NOTES = 20;

export function ExportPreview({ preview }: { readonly preview: UseQueryResult<ExportedFile> }) {
  if (preview.error) return <ErrorState title="There is nothing to show" error={preview.error} onRetry={() => void preview.refetch()} />;
  if (!preview.data) return <Skeleton width="80%" />;
  const { records, bytes, file_name: name, notes } = preview.data;
  return (
    <section aria-label="Preview">
      <p className={styles.quiet}>
        {plural(records, "record")}, {formatBytes(bytes)}, {name}
      </p>
      {preview.data.preview.map((record, place) => (
        // Two records may be the same.
        // oxlint-disable-next-line react/no-array-index-key
        <pre key={place} className={styles.record}>
          {record.slice(0, SHOWN_CHARS)}
        </pre>
      ))}
      {notes.slice(0, SHOWN_NOTES).map((note) => (
        <p key={note} className={styles.quiet}>
          {note}
        </p>
      ))}
      {notes.length > SHOWN_NOTES ? <p className={styles.quiet}>… and {plural(notes.length - SHOWN_NOTES, "note")} more in the manifest</p> : null}
    </section>
  );
}

interface SaveProps {
  readonly ready: boolean;
  readonly onExport: () => Promise<ExportedFile>;
  /** The name that the file gets in place of its own. */
  readonly fileName?: string | undefined;
}

/** Asks for the whole file and offers it, with its manifest beside it. */
export function SaveExport({ ready, onExport, fileName }: SaveProps) {
  const [manifest, setManifest] = useState(true);
  const [failure, setFailure] = useState<string | null>(null);
  const [saving, setSaving] = useState(false);
  const save = async (): Promise<void> => {
    setSaving(true);
    setFailure(null);
    try {
      const file = await onExport();
      saveText(fileName ?? file.file_name, file.data);
      if (manifest && file.manifest !== "") saveText("export.json", file.manifest);
    } catch (error) {
      setFailure(error instanceof Error ? error.message : String(error));
    }
    setSaving(false);
  };
  return (
    <>
      {failure ? (
        <p className={styles.problem} role="alert">
          {failure}
        </p>
      ) : null}
      <div className={styles.line}>
        <Button tone="primary" disabled={saving || !ready} onClick={() => void save()}>
          {saving ? "Exporting…" : "Export"}
        </Button>
        <label className={styles.check}>
          <input type="checkbox" checked={manifest} onChange={(event) => setManifest(event.target.checked)} />
          Write a manifest (export.json)
        </label>
      </div>
    </>
  );
}
