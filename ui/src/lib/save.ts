/** Offers a text as a file. */
export function saveText(name: string, text: string): void {
  saveBlob(name, new Blob([text]));
}

/** Offers a file. Whatever it is, it is handed over as bytes, which no window opens. */
export function saveBlob(name: string, blob: Blob): void {
  const url = URL.createObjectURL(new Blob([blob], { type: "application/octet-stream" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The click is done with when it returns, but the browser may read the address a little later.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
