import { Download } from "lucide-react";
import type { AttachmentInfo } from "../../contract/contract";
import { AttachedPlayer } from "../../components/Player";
import { formatBytes } from "../../lib/format";
import { platform } from "../../platform";
import styles from "./run.module.css";

interface AttachmentsProps {
  readonly traceId: string;
  readonly runId: string;
  readonly attachments: readonly AttachmentInfo[];
}

export function AttachmentsTab({ traceId, runId, attachments }: AttachmentsProps) {
  if (attachments.length === 0) return <p className={styles.none}>No files were attached.</p>;
  return attachments.map(({ name, mime_type, bytes }) => {
    const url = platform().attachmentUrl(traceId, runId, name);
    return (
      <article key={name} className={styles.card}>
        <header className={styles.cardHead}>
          <b>{name}</b>
          <span className={styles.size}>
            {mime_type} · {formatBytes(bytes)}
          </span>
          <span className={styles.tools}>
            <a className={styles.download} href={url} download={name} aria-label={`Save ${name}`} title={`Save ${name}`}>
              <Download size={13} />
            </a>
          </span>
        </header>
        <div className={styles.attached}>
          <AttachedPlayer url={url} name={name} mime={mime_type} bytes={bytes} />
        </div>
      </article>
    );
  });
}
