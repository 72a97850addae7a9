/**
 * WebKit takes the language from the environment, and `LANG=C` gives "C", which is no language tag (BCP 47). uPlot hands it
 * to `Intl` while it loads, which throws and leaves the window blank. To be imported before it.
 */
export function repairLanguage(of: Pick<Navigator, "language">): void {
  try {
    Intl.getCanonicalLocales(of.language);
  } catch {
    Object.defineProperty(of, "language", { value: "en-US", configurable: true });
  }
}

if (typeof navigator !== "undefined") repairLanguage(navigator);
