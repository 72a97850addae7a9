/**
 * The name of this window for the library: it tells its own steps from those of others, and holds its items by it.
 *
 * A window that is loaded again keeps its name, or it would be kept from the item that it had open itself. The name is
 * only stored while the page is away, so that a copy of the tab does not get it too.
 */
const KEY = "tracemark.session";

export const SESSION: string = take() ?? crypto.randomUUID();

function take(): string | null {
  try {
    const kept = sessionStorage.getItem(KEY);
    sessionStorage.removeItem(KEY);
    window.addEventListener("pagehide", () => sessionStorage.setItem(KEY, SESSION));
    window.addEventListener("pageshow", () => sessionStorage.removeItem(KEY));
    return kept;
  } catch {
    // Without storage every load is a window of its own.
    return null;
  }
}
