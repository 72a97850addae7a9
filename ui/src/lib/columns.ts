/** How a person arranged the columns of a table: which, in which order, how wide. */

export interface Arrangement {
  /** Ids of the columns in sight, in their order. */
  readonly shown: readonly string[];
  /** Widths in pixels that were set by hand. */
  readonly widths: Readonly<Record<string, number>>;
  readonly density: Density;
}

export type Density = "compact" | "roomy";

export const NARROWEST = 48;
export const WIDEST = 900;

export function moveColumn(shown: readonly string[], id: string, step: -1 | 1): readonly string[] {
  const from = shown.indexOf(id);
  const to = from + step;
  if (from < 0 || to < 0 || to >= shown.length) return shown;
  const next = shown.filter((other) => other !== id);
  next.splice(to, 0, id);
  return next;
}

/** Puts a column to the place of another. */
export function dropColumn(shown: readonly string[], id: string, on: string): readonly string[] {
  const from = shown.indexOf(id);
  const to = shown.indexOf(on);
  if (from < 0 || to < 0 || from === to) return shown;
  const next = shown.filter((other) => other !== id);
  next.splice(to, 0, id);
  return next;
}

export function clampWidth(width: number): number {
  return Math.min(Math.max(Math.round(width), NARROWEST), WIDEST);
}

/** Reads what was kept; anything else is the default. */
export function readArrangement(raw: unknown, fallback: Arrangement): Arrangement {
  if (typeof raw !== "object" || raw === null) return fallback;
  const { shown, widths, density } = raw as Record<string, unknown>;
  const ids = Array.isArray(shown) ? [...new Set(shown.filter((id): id is string => typeof id === "string" && id !== ""))] : [];
  const sizes = typeof widths === "object" && widths !== null ? Object.entries(widths).filter((entry): entry is [string, number] => typeof entry[1] === "number" && Number.isFinite(entry[1])) : [];
  return {
    shown: ids.length === 0 ? fallback.shown : ids,
    widths: Object.fromEntries(sizes.map(([id, width]) => [id, clampWidth(width)])),
    density: density === "roomy" ? "roomy" : "compact",
  };
}

export interface Sized {
  readonly id: string;
  /** Least width in pixels. */
  readonly least: number;
  /** Share of what is left; 0 keeps the least width. */
  readonly grow: number;
  /** Leaves where there is little room, the highest first; `undefined` never leaves. */
  readonly leaves?: number | undefined;
}

/** The columns that fit: those that may leave do so in their order, so that no row scrolls sideways for its figures. */
export function columnsThatFit<Column extends Sized>(columns: readonly Column[], room: number, chosen: boolean): readonly Column[] {
  if (chosen || room <= 0) return columns;
  let fitting = columns;
  const width = (): number => fitting.reduce((sum, { least }) => sum + least, 0);
  while (width() > room) {
    const leaver = fitting.reduce<Column | null>((found, column) => ((column.leaves ?? -1) > (found?.leaves ?? -1) ? column : found), null);
    if (leaver === null) return fitting;
    fitting = fitting.filter((column) => column !== leaver);
  }
  return fitting;
}

export function gridTemplate(columns: readonly Sized[], widths: Readonly<Record<string, number>>): string {
  return columns
    .map(({ id, least, grow }) => {
      const own = widths[id];
      if (own !== undefined) return `${own}px`;
      return grow > 0 ? `minmax(${least}px, ${grow}fr)` : `${least}px`;
    })
    .join(" ");
}

/** The least width of all columns together. */
export function leastWidth(columns: readonly Sized[], widths: Readonly<Record<string, number>>): number {
  return columns.reduce((sum, { id, least }) => sum + (widths[id] ?? least), 0);
}
