/** A table as somebody arranged it, and how it is written down. */
import type { TableScope } from "../contract/contract";
import type { TableSearch } from "../routes/search";
import type { Arrangement } from "./columns";

export interface ViewDefinition {
  readonly scope: TableScope;
  /** What the address carries, without the name of the view. */
  readonly search: Readonly<Record<string, string>>;
  readonly arrangement: Arrangement;
}

const SCOPES: readonly TableScope[] = ["traces", "runs", "threads"];
const PATHS = { traces: "/", runs: "/runs", threads: "/threads" } as const;

export function pathOf(scope: TableScope): (typeof PATHS)[TableScope] {
  return PATHS[scope];
}

/** The search of an address as plain pairs in a fixed order, so that equal views are equal texts. */
export function plainSearch(search: TableSearch): Record<string, string> {
  const { saved: _saved, view: _view, guess: _guess, gap: _gap, ...rest } = search;
  const pairs = Object.entries(rest).filter(([, value]) => value !== undefined && value !== "");
  return Object.fromEntries(pairs.map(([key, value]) => [key, String(value)] as const).toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

export function writeView(scope: TableScope, search: TableSearch, { shown, widths, density }: Arrangement): string {
  const sizes = Object.entries(widths).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify({ scope, search: plainSearch(search), arrangement: { shown, widths: Object.fromEntries(sizes), density } });
}

/** `null` when the text is no view. */
export function readView(text: string): ViewDefinition | null {
  try {
    const raw = JSON.parse(text) as { scope?: unknown; search?: unknown; arrangement?: unknown } | null;
    const scope = SCOPES.find((known) => known === raw?.scope);
    if (!raw || !scope || typeof raw.search !== "object" || raw.search === null || typeof raw.arrangement !== "object" || raw.arrangement === null) return null;
    const search = Object.fromEntries(Object.entries(raw.search).filter((entry): entry is [string, string] => typeof entry[1] === "string"));
    return { scope, search, arrangement: raw.arrangement as Arrangement };
  } catch {
    return null;
  }
}

/** Views as a file: `{"tracemark_views": [{"name", "definition"}]}`. */
export function writeViews(views: readonly { readonly name: string; readonly definition: string; readonly pinned: boolean }[]): string {
  return `${JSON.stringify({ tracemark_views: views.map(({ name, definition, pinned }) => ({ name, pinned, definition: JSON.parse(definition) as unknown })) }, null, 2)}\n`;
}

/** The views of a file; `null` when it holds none. */
export function readViews(text: string): { readonly name: string; readonly definition: string; readonly pinned: boolean }[] | null {
  try {
    const raw = JSON.parse(text) as { tracemark_views?: unknown } | null;
    if (!raw || !Array.isArray(raw.tracemark_views)) return null;
    const views = raw.tracemark_views.flatMap((view: { name?: unknown; pinned?: unknown; definition?: unknown } | null) => {
      const definition = JSON.stringify(view?.definition ?? null);
      return typeof view?.name === "string" && readView(definition) !== null ? [{ name: view.name, definition, pinned: view.pinned === true }] : [];
    });
    return views.length === 0 ? null : views;
  } catch {
    return null;
  }
}
