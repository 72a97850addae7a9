/** Which media are shown, and of what. Content is hostile: only kinds that cannot run anything are ever drawn. */

const PICTURES = new Set(["image/png", "image/jpeg", "image/jpg", "image/gif", "image/webp", "image/avif", "image/bmp"]);
const PLAYABLE = /^(?:audio\/(?:mpeg|mp3|wav|x-wav|wave|ogg|opus|webm|flac|x-flac|aac|mp4|m4a|x-m4a|l16|pcm)|video\/(?:mp4|webm|ogg))$/;

export type MediaKind = "image" | "audio" | "video" | "file";

/** Bytes up to which something is shown unasked. */
export const SHOWN_AT_ONCE: Readonly<Record<MediaKind, number>> = { image: 10_000_000, audio: 50_000_000, video: 0, file: 0 };

function bare(mime: string | null): string {
  return (mime ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
}

export function isPicture(mime: string | null): boolean {
  return PICTURES.has(bare(mime));
}

export function isPlayable(mime: string | null): boolean {
  return PLAYABLE.test(bare(mime));
}

/** By the media type, else by what the message calls it. */
export function kindOfMime(mime: string | null, said: string): MediaKind {
  const [kind] = bare(mime).split("/");
  const word = kind === "image" || kind === "audio" || kind === "video" ? kind : mime === null ? said : "file";
  return word === "image" || word === "audio" || word === "video" ? word : "file";
}

/** The data as a file; `null` where it is not base64. */
export function blobOf(base64: string, mime: string): Blob | null {
  try {
    const text = atob(base64.replace(/\s+/g, "").replace(/-/g, "+").replace(/_/g, "/"));
    const bytes = new Uint8Array(text.length);
    for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at);
    return isSamples(mime) ? new Blob([waveHead(bytes.length, rateOf(mime)), bytes], { type: "audio/wav" }) : new Blob([bytes], { type: bare(mime) });
  } catch {
    return null;
  }
}

/** 16-bit samples of one channel, as models speak when they stream. No browser plays them without a head. */
function isSamples(mime: string): boolean {
  return bare(mime) === "audio/l16" || bare(mime) === "audio/pcm";
}

/** What vendors send where they do not say. */
const USUAL_RATE = 24_000;

function rateOf(mime: string): number {
  const rate = Number(/;\s*rate=(\d{4,6})\b/i.exec(mime)?.[1] ?? USUAL_RATE);
  return rate >= 4_000 && rate <= 192_000 ? rate : USUAL_RATE;
}

/** The head of a WAVE file around so many bytes of samples. */
function waveHead(size: number, rate: number): ArrayBuffer {
  const head = new ArrayBuffer(44);
  const view = new DataView(head);
  const word = (at: number, text: string): void => [...text].forEach((char, place) => view.setUint8(at + place, char.charCodeAt(0)));
  word(0, "RIFF");
  view.setUint32(4, 36 + size, true);
  word(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  word(36, "data");
  view.setUint32(40, size, true);
  return head;
}

const ENDINGS: Readonly<Record<string, string>> = {
  "image/jpeg": "jpg",
  "image/svg+xml": "svg",
  "audio/mpeg": "mp3",
  "audio/mp4": "m4a",
  "audio/l16": "wav",
  "audio/pcm": "wav",
  "video/quicktime": "mov",
  "text/plain": "txt",
  "text/markdown": "md",
};

/** A name for a file to save: the one it came with, else one of its kind and type. */
export function fileName(name: string | null, kind: string, mime: string | null): string {
  if (name !== null && /\.\w{1,5}$/.test(name)) return name.replace(/[\\/:\0]+/g, "-");
  const type = bare(mime);
  const ending = ENDINGS[type] ?? /^\w+\/(?:x-)?([a-z0-9]{2,5})$/.exec(type)?.[1] ?? "bin";
  return `${(name ?? kind).replace(/[\\/:\0]+/g, "-").slice(0, 80)}.${ending}`;
}

/** Host of an address that can be loaded; `null` for every other kind of address. */
export function remoteHost(url: string): string | null {
  try {
    const { protocol, host } = new URL(url);
    return protocol === "https:" ? host : null;
  } catch {
    return null;
  }
}
