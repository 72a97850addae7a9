/**
 * A picture, a sound, a film or a file of a message. What stands in the message is shown when it is asked for or small;
 * what stands elsewhere is loaded only after a press, and the address is told before.
 */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { toast } from "sonner";
import { AttachedPlayer, Player } from "../../components/Player";
import { Button } from "../../components/ui/Button";
import type { ConversationFile, MessageBlock } from "../../contract/contract";
import { formatBytes } from "../../lib/format";
import { blobOf, fileName, isPlayable, isPicture, kindOfMime, remoteHost, SHOWN_AT_ONCE, type MediaKind } from "../../lib/media";
import { saveBlob } from "../../lib/save";
import { platform } from "../../platform";
import { cardStyles } from "../messages/Cards";
import { useReading } from "./Blocks";
import styles from "./conversation.module.css";

type Media = Extract<MessageBlock, { readonly type: "media" }>;

interface MediaBlockProps {
  readonly id: string;
  readonly media: Media;
  /** What was said in it. */
  readonly children: ReactNode;
}

export function MediaBlock({ id, media, children }: MediaBlockProps) {
  const facts = [media.name, media.mime_type, media.bytes === null ? null : formatBytes(media.bytes), media.file_id].filter(Boolean).join(" · ");
  return (
    <figure className={styles.media}>
      <figcaption className={styles.mediaFacts}>
        <b>{media.kind}</b>
        <span>{facts}</span>
        {media.data === null ? null : <Save media={media} number={media.data} />}
      </figcaption>
      {media.data === null ? null : <Inline id={id} media={media} number={media.data} />}
      {media.url ? <Remote id={id} media={media} url={media.url.text} cut={media.url.cut !== null} /> : null}
      {children}
    </figure>
  );
}

/** Hands the bytes over, whatever they are. */
function Save({ media, number }: { readonly media: Media; readonly number: number }) {
  const { readText } = useReading();
  const client = useQueryClient();
  const save = async (): Promise<void> => {
    try {
      const mime = media.mime_type ?? "application/octet-stream";
      const blob = blobOf(await client.fetchQuery({ ...readText(number), staleTime: Infinity, gcTime: 60_000 }), mime);
      if (blob === null) throw new Error("The data is not base64.");
      saveBlob(fileName(media.name, media.kind, media.mime_type), blob);
    } catch (error) {
      toast.error(error instanceof Error ? error.message : "Saving failed.");
    }
  };
  return (
    <button type="button" className={cardStyles.more} onClick={() => void save()}>
      Save
    </button>
  );
}

interface InlineProps {
  readonly id: string;
  readonly media: Media;
  readonly number: number;
}

function Inline({ id, media, number }: InlineProps) {
  const { isOpen, toggle, readText } = useReading();
  const kind = kindOfMime(media.mime_type, media.kind);
  const small = (media.bytes ?? 0) <= SHOWN_AT_ONCE[kind];
  const fold = `${id} medium`;
  const wanted = small !== isOpen(fold);
  const data = useQuery({ ...readText(number), enabled: wanted, staleTime: Infinity, gcTime: 60_000 });
  const mime = media.mime_type ?? (kind === "image" ? "image/png" : kind === "audio" ? "audio/wav" : "application/octet-stream");
  const blob = useMemo(() => (data.data === undefined ? null : blobOf(data.data, mime)), [data.data, mime]);
  if (!isPicture(mime) && !isPlayable(mime)) return <p className={styles.quiet}>This kind of file is not shown here; it can be saved.</p>;
  if (!wanted) {
    return (
      <Button className={styles.mediaButton} onClick={() => toggle(fold)}>
        Show the {kind}
      </Button>
    );
  }
  if (data.error) return <p className={styles.bad}>not read: {data.error.message}</p>;
  if (blob === null) return <p className={styles.quiet}>{data.data === undefined ? "reading…" : "The data is not base64."}</p>;
  return <BlobPlayer key={`${data.dataUpdatedAt}`} kind={kind} blob={blob} name={media.name ?? media.kind} />;
}

interface RemoteProps {
  readonly id: string;
  readonly media: Media;
  readonly url: string;
  readonly cut: boolean;
}

function Remote({ id, media, url, cut }: RemoteProps) {
  const { isOpen, toggle } = useReading();
  const host = cut ? null : remoteHost(url);
  const kind = kindOfMime(media.mime_type, media.kind);
  const fold = `${id} remote`;
  const showable = host !== null && kind !== "file";
  return (
    <>
      <code className={styles.address} title={isOpen(fold) ? undefined : "Not loaded"}>
        {url}
      </code>
      {showable && !isOpen(fold) ? (
        <Button className={styles.mediaButton} onClick={() => toggle(fold)}>
          Load once from {host}
        </Button>
      ) : null}
      {showable && isOpen(fold) ? <Player kind={kind} url={url} name={media.name ?? media.kind} /> : null}
    </>
  );
}

/** A player of data. Its address is given back a moment after it left the screen, for it may be drawn again at once. */
function BlobPlayer({ kind, blob, name }: { readonly kind: MediaKind; readonly blob: Blob; readonly name: string }) {
  const [url] = useState(() => URL.createObjectURL(blob));
  const leaving = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    clearTimeout(leaving.current);
    return () => {
      leaving.current = setTimeout(() => URL.revokeObjectURL(url), 1000);
    };
  }, [url]);
  return <Player kind={kind} url={url} name={name} />;
}

interface FilesProps {
  readonly traceId: string;
  readonly files: readonly ConversationFile[];
}

/** Files that a run carries beside its payload. */
export function Files({ traceId, files }: FilesProps) {
  return files.map(({ run_id: run, name, mime_type: mime, bytes }) => {
    const url = platform().attachmentUrl(traceId, run, name);
    return (
      <figure key={`${run} ${name}`} className={styles.media}>
        <figcaption className={styles.mediaFacts}>
          <b>attachment</b>
          <span>{[name, mime, formatBytes(bytes)].join(" · ")}</span>
          <a href={url} download={name}>
            Save
          </a>
        </figcaption>
        <AttachedPlayer url={url} name={name} mime={mime} bytes={bytes} />
      </figure>
    );
  });
}
