/** Chooses the platform once, before the first render. */
import type { Platform } from "./platform";

export * from "./platform";

let chosen: Platform | null = null;

/** Must be awaited before anything is rendered. The Tauri code is only loaded inside Tauri. */
export async function startPlatform(): Promise<Platform> {
  if ("__TAURI_INTERNALS__" in window) {
    chosen = (await import("./tauri")).createTauriPlatform();
  } else {
    chosen = (await import("./browser")).createBrowserPlatform();
  }
  return chosen;
}

export function platform(): Platform {
  if (!chosen) throw new Error("The platform was not started.");
  return chosen;
}

/** Decides which modifier is `Mod` and how keys are printed. */
export const IS_MAC = typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.userAgent);
