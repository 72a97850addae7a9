/** Applies the theme; "system" follows the system while the window is open. */
import type { Theme } from "../contract/contract";

const STORED = "tracemark.theme";

/** Returns a function that stops following the system. */
export function applyTheme(theme: Theme): () => void {
  try {
    localStorage.setItem(STORED, theme);
  } catch {
    // Without storage the first paint follows the system, nothing worse.
  }
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const apply = (): void => {
    document.documentElement.dataset.theme = theme === "dark" || (theme === "system" && dark.matches) ? "dark" : "light";
  };
  apply();
  if (theme !== "system") return () => undefined;
  dark.addEventListener("change", apply);
  return () => dark.removeEventListener("change", apply);
}
