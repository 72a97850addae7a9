/** Shows on its control that a command was run by its key. */

const FLASH_MS = 160;

/** Controls name their command in `data-command`. */
export function flash(id: string): void {
  for (const control of document.querySelectorAll<HTMLElement>(`[data-command="${CSS.escape(id)}"]`)) {
    control.dataset["flash"] = "";
    setTimeout(() => delete control.dataset["flash"], FLASH_MS);
  }
}
