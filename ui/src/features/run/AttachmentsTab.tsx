import { Download } from "lucide-react";
import type { AttachmentInfo } from "../../contract/contract";
import { formatBytes } from "../../lib/format";
import { platform } from "../../platform";
import styles from "./run.module.css";

/** Pictures that browsers decode without running anything; SVG is not among them. */
const PICTURES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);

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
        {PICTURES.has(mime_type) ? (
          <div className={styles.cardBody}>
            <img className={styles.image} src={url} alt={name} loading="lazy" />
          </div>
        ) : null}
      </article>
    );
  });
}
