/**
 * Shortcuts as text (`Mod+Shift+O`, `!`, `Shift+D`, `G G`): matching and printing.
 *
 * Letters and signs are matched by the character that the layout produces, digits by their place in the row of digits,
 * so that both act as printed on AZERTY, QWERTZ and Dvorak. A character that AltGr produces is that character and not
 * a combination with Control and Alt.
 */

export interface KeyPress {
  readonly key: string;
  /** Place on the keyboard, such as `Digit1`. */
  readonly code?: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
  /** Whether AltGr is down; Windows reports Control and Alt with it. */
  readonly altGraph?: boolean;
}

/** What becomes of shortcuts that are a single character (WCAG 2.1.4). */
export type SingleKeys = "on" | "off" | "alt";

/** Keys that come one after the other: `G G` has two steps. */
export function stepsOf(shortcut: string): readonly string[] {
  return shortcut.split(" ");
}

/** Whether a key press is the shortcut, or its step. `Mod` is Command on a Mac and Control elsewhere. */
export function matches(shortcut: string, press: KeyPress, mac: boolean, single: SingleKeys = "on"): boolean {
  const { key, mod, shift, alt } = parse(shortcut);
  const bare = isSingle(shortcut);
  if (bare && single === "off") return false;
  const wantsAlt = alt || (bare && single === "alt");
  const { ctrl, meta, pressedAlt } = modifiers(press);
  if ((mac ? meta : ctrl) !== mod || (mac ? ctrl : meta) || pressedAlt !== wantsAlt) return false;
  if (/^\d$/.test(key)) return isDigit(key, press, shift);
  // With Alt down a Mac produces other characters, so the place of the key decides.
  if (!sameKey(key, press, wantsAlt)) return false;
  // Signs need shift on some keyboards and not on others, so only letters and named keys look at it.
  return /^([a-z]|.{2,})$/i.test(key) ? press.shiftKey === shift : true;
}

/** Whether a shortcut has no modifier but shift and is one character. */
export function isSingle(shortcut: string): boolean {
  const { key, mod, alt } = parse(stepsOf(shortcut)[0] ?? "");
  return !mod && !alt && key.length === 1;
}

/** The shortcut that a key press is, as text; `null` for a modifier alone. */
export function shortcutOf(press: KeyPress, mac: boolean): string | null {
  if (/^(Control|Shift|Alt|AltGraph|Meta|CapsLock|Dead|Process|Unidentified)$/.test(press.key)) return null;
  const { ctrl, meta, pressedAlt } = modifiers(press);
  const digit = /^Digit(\d)$/.exec(press.code ?? "")?.[1];
  const plainDigit = digit !== undefined && !press.shiftKey && press.altGraph !== true;
  const name = plainDigit ? digit : nameOf(press.key);
  const key = /^[a-z]$/.test(name) ? name.toUpperCase() : name;
  const shift = press.shiftKey && (key.length > 1 || /^[A-Z]$/.test(key));
  return [(mac ? meta : ctrl) ? "Mod" : "", pressedAlt ? "Alt" : "", shift ? "Shift" : "", key].filter((part) => part !== "").join("+");
}

/** The caps to print, step after step. */
export function keyCaps(shortcut: string, mac: boolean, single: SingleKeys = "on"): string[] {
  return stepsOf(shortcut).flatMap((step) => {
    const { key, mod, shift, alt } = parse(step);
    const caps: string[] = [];
    if (mod) caps.push(mac ? "⌘" : "Ctrl");
    if (alt || (isSingle(step) && single === "alt")) caps.push(mac ? "⌥" : "Alt");
    if (shift) caps.push(mac ? "⇧" : "Shift");
    caps.push(CAPS[key] ?? (key.length === 1 ? key.toUpperCase() : key));
    return caps;
  });
}

const CAPS: Readonly<Record<string, string>> = {
  ArrowDown: "↓",
  ArrowUp: "↑",
  ArrowLeft: "←",
  ArrowRight: "→",
  Escape: "Esc",
  Enter: "⏎",
  Backspace: "⌫",
  Delete: "Del",
};

/** Fields in which nothing is typed. */
const NO_TEXT = /^(button|checkbox|color|file|image|radio|range|reset|submit)$/;

/** Whether single keys belong to the element, because text is typed there. */
export function typesText(element: { tagName: string; isContentEditable?: boolean; type?: string } | null): boolean {
  if (element === null) return false;
  if (element.isContentEditable === true) return true;
  if (element.tagName === "INPUT") return !NO_TEXT.test(element.type ?? "text");
  return /^(TEXTAREA|SELECT)$/.test(element.tagName);
}

/** Whether the control in focus acts on the key by itself: a button on Enter, a slider on arrows. */
export function controlUses(element: { tagName: string; type?: string; role?: string | null } | null, press: KeyPress): boolean {
  if (element === null || press.ctrlKey || press.metaKey || press.altKey) return false;
  const key = nameOf(press.key);
  const { tagName, type = "", role = null } = element;
  const arrows = key.startsWith("Arrow") || key === "Home" || key === "End";
  if (tagName === "INPUT" && /^(radio|range)$/.test(type)) return arrows || (type === "radio" && key === "Space");
  if (tagName === "INPUT" && type === "checkbox") return key === "Space";
  if (role === "radio") return arrows || key === "Space";
  if (role === "tab") return arrows || key === "Space" || key === "Enter";
  if (role === "separator") return arrows || key === "Enter";
  return /^(BUTTON|A|SUMMARY)$/.test(tagName) && (key === "Enter" || key === "Space");
}

interface Parsed {
  readonly key: string;
  readonly mod: boolean;
  readonly shift: boolean;
  readonly alt: boolean;
}

function parse(shortcut: string): Parsed {
  const parts = shortcut === "+" ? ["+"] : shortcut.split("+");
  const key = parts.at(-1) ?? "";
  return { key, mod: parts.includes("Mod"), shift: parts.includes("Shift"), alt: parts.includes("Alt") };
}

function modifiers({ ctrlKey, metaKey, altKey, altGraph = false }: KeyPress) {
  return { ctrl: ctrlKey && !altGraph, meta: metaKey, pressedAlt: altKey && !altGraph };
}

function isDigit(digit: string, press: KeyPress, shift: boolean): boolean {
  if (press.altGraph === true) return press.key === digit;
  const placed = press.code === `Digit${digit}` || (press.code === `Numpad${digit}` && press.key === digit) || (press.code === undefined && press.key === digit);
  // Where the row of digits needs shift, what it produces is the digit.
  return (placed && press.shiftKey === shift) || (!shift && press.shiftKey && press.key === digit);
}

function sameKey(key: string, press: KeyPress, byPlace: boolean): boolean {
  if (nameOf(press.key).toLowerCase() === key.toLowerCase()) return true;
  if (!/^[a-z]$/i.test(key)) return false;
  // A layout without Latin letters has them by place.
  const foreign = press.key.length === 1 && /\p{L}/u.test(press.key) && !/\p{Script=Latin}/u.test(press.key);
  return (byPlace || foreign) && press.code === `Key${key.toUpperCase()}`;
}

function nameOf(key: string): string {
  return key === " " ? "Space" : key;
}
