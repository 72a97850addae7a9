/** Which media are shown, and of what. Content is hostile: only kinds that cannot run anything are ever drawn. */

const PICTURES = new Set(["image/png", "image/jpeg", "image/jpg", "image/gif", "image/webp", "image/avif", "image/bmp"]);
const PLAYABLE = /^(?:audio\/(?:mpeg|mp3|wav|x-wav|wave|ogg|opus|webm|flac|x-flac|aac|mp4|m4a|x-m4a)|video\/(?:mp4|webm|ogg))$/;

export type MediaKind = "image" | "audio" | "video" | "file";

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
    return new Blob([bytes], { type: bare(mime) });
  } catch {
    return null;
  }
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
