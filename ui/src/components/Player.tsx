/** Shows a picture or plays a sound or a film. Only what cannot run anything comes here (`lib/media`). */
import { clsx } from "clsx";
import { useState } from "react";
import { isPicture, isPlayable, kindOfMime, SHOWN_AT_ONCE, type MediaKind } from "../lib/media";
import styles from "./player.module.css";

interface PlayerProps {
  readonly kind: MediaKind;
  readonly url: string;
  readonly name: string;
}

export function Player({ kind, url, name }: PlayerProps) {
  const [failed, setFailed] = useState(false);
  const [size, setSize] = useState("");
  const [large, setLarge] = useState(false);
  if (failed) return <p className={styles.bad}>This could not be shown.</p>;
  if (kind === "image") {
    return (
      <span className={clsx(styles.picture, large && styles.large)}>
        <button type="button" aria-label={`${large ? "Show small" : "Show large"}: ${name}`} aria-pressed={large} onClick={() => setLarge(!large)}>
          <img
            src={url}
            alt={name}
            referrerPolicy="no-referrer"
            onError={() => setFailed(true)}
            onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) => setSize(`${naturalWidth} × ${naturalHeight}`)}
          />
        </button>
        <span className={styles.quiet}>{size}</span>
      </span>
    );
  }
  // Recordings of calls have no captions; where there is a transcript, it stands below.
  // oxlint-disable-next-line jsx-a11y/media-has-caption
  if (kind === "audio") return <audio className={styles.audio} controls preload="metadata" src={url} aria-label={name} onError={() => setFailed(true)} />;
  // oxlint-disable-next-line jsx-a11y/media-has-caption
  return <video className={styles.picture} controls preload="metadata" src={url} aria-label={name} onError={() => setFailed(true)} />;
}

interface AttachedProps {
  readonly url: string;
  readonly name: string;
  readonly mime: string;
  readonly bytes: number;
}

/** A file that a run carries, where it is of a kind that is shown and not too large to be shown unasked. */
export function AttachedPlayer({ url, name, mime, bytes }: AttachedProps) {
  const kind = kindOfMime(mime, "file");
  if (!(isPicture(mime) || isPlayable(mime)) || bytes > SHOWN_AT_ONCE[kind]) return null;
  return <Player kind={kind} url={url} name={name} />;
}
