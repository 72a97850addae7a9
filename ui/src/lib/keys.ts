/** Shortcuts as text (`Mod+Shift+O`, `!`, `Shift+D`): matching and printing. */

export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

/** Whether a key press is the shortcut. `Mod` is Command on a Mac and Control elsewhere. */
export function matches(shortcut: string, press: KeyPress, mac: boolean): boolean {
  const { key, mod, shift, alt } = parse(shortcut);
  const pressedMod = mac ? press.metaKey : press.ctrlKey;
  const otherMod = mac ? press.ctrlKey : press.metaKey;
  if (pressedMod !== mod || otherMod || press.altKey !== alt) return false;
  if (press.key.toLowerCase() !== key.toLowerCase()) return false;
  // Signs need shift on some keyboards and not on others, so only letters and named keys look at it.
  return /^([a-z]|.{2,})$/i.test(key) ? press.shiftKey === shift : true;
}

/** The caps to print. */
export function keyCaps(shortcut: string, mac: boolean): string[] {
  const { key, mod, shift, alt } = parse(shortcut);
  const caps: string[] = [];
  if (mod) caps.push(mac ? "⌘" : "Ctrl");
  if (alt) caps.push(mac ? "⌥" : "Alt");
  if (shift) caps.push(mac ? "⇧" : "Shift");
  const names: Readonly<Record<string, string>> = { ArrowDown: "↓", ArrowUp: "↑", ArrowLeft: "←", ArrowRight: "→", Escape: "Esc" };
  caps.push(names[key] ?? (key.length === 1 ? key.toUpperCase() : key));
  return caps;
}

/** Whether single keys belong to the element, because text is typed there. */
export function typesText(element: { tagName: string; isContentEditable?: boolean } | null): boolean {
  return element !== null && (element.isContentEditable === true || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName));
}

function parse(shortcut: string): { key: string; mod: boolean; shift: boolean; alt: boolean } {
  const parts = shortcut === "+" ? ["+"] : shortcut.split("+");
  const key = parts.at(-1) ?? "";
  return { key, mod: parts.includes("Mod"), shift: parts.includes("Shift"), alt: parts.includes("Alt") };
}
