import { describe, expect, it } from "vitest";
import { blobOf, fileName, isPicture, isPlayable, kindOfMime, remoteHost } from "./media";

describe("media", () => {
  it("are drawn where they cannot run anything", () => {
    expect([isPicture("image/PNG; x=1"), isPicture("image/svg+xml"), isPicture("text/html"), isPicture(null)]).toEqual([true, false, false, false]);
    expect([isPlayable("audio/wav"), isPlayable("video/mp4"), isPlayable("application/pdf")]).toEqual([true, true, false]);
  });
  it("are what their type says, else what the message says", () => {
    expect([kindOfMime("audio/wav", "file"), kindOfMime(null, "image"), kindOfMime("application/pdf", "image"), kindOfMime(null, "odd")]).toEqual(["audio", "image", "file", "file"]);
  });
  it("are loaded from elsewhere over TLS only", () => {
    expect([remoteHost("https://x.org/a.png"), remoteHost("http://x.org/a.png"), remoteHost("file:///etc/passwd"), remoteHost("javascript:alert(1)"), remoteHost("a.png")]).toEqual(["x.org", null, null, null, null]);
  });
  it("are read from base64 of either alphabet", async () => {
    expect(await blobOf("aGk", "text/plain")?.text()).toBe("hi");
    expect(new Uint8Array((await blobOf("-_8=", "image/png")?.arrayBuffer()) ?? new ArrayBuffer(0))).toEqual(new Uint8Array([251, 255]));
    expect(blobOf("***", "image/png")).toBeNull();
  });
  it("get a head where they are bare samples", async () => {
    const sound = blobOf("AAAAAA==", "audio/L16;codec=pcm;rate=16000");
    expect([sound?.type, sound?.size]).toEqual(["audio/wav", 48]);
    const view = new DataView((await sound?.arrayBuffer()) ?? new ArrayBuffer(44));
    expect([view.getUint32(24, true), view.getUint32(40, true)]).toEqual([16_000, 4]);
  });
  it("are saved under a name that tells what they are", () => {
    expect([fileName("a/b.pdf", "file", "application/pdf"), fileName(null, "image", "image/jpeg"), fileName("Terms", "file", "application/pdf"), fileName(null, "audio", "audio/l16;rate=24000"), fileName(null, "file", null)]).toEqual([
      "a-b.pdf",
      "image.jpg",
      "Terms.pdf",
      "audio.wav",
      "file.bin",
    ]);
  });
});
