/** Offers a text as a file. */
export function saveText(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "application/octet-stream" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The click is done with when it returns, but the browser may read the address a little later.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
