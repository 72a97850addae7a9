/** View state that several features share and that no address carries. */
import { create } from "zustand";
import type { FeedbackTarget, FillSource } from "../contract/contract";
import { readForms, type TextForm, type TextPart } from "../lib/plainText";
import type { PromptRef } from "./conversation";

export type DialogName =
  | { readonly name: "settings" }
  | { readonly name: "palette" }
  | { readonly name: "shortcuts" }
  | { readonly name: "remap" }
  | { readonly name: "export"; readonly what: ExportWhat }
  | { readonly name: "dataset"; readonly datasetId: string | null }
  | { readonly name: "import-examples"; readonly datasetId: string }
  | { readonly name: "split"; readonly datasetId: string; readonly ids: readonly string[] }
  | { readonly name: "add-to-dataset"; readonly datasetId: string | null; readonly source: FillSource; readonly label: string; readonly corrected?: string }
  | { readonly name: "category"; readonly ids: readonly string[]; readonly categoryKey: string; readonly known: readonly string[]; readonly onGiven: () => void }
  | { readonly name: "rename-category"; readonly categoryKey: string; readonly from: string; readonly known: readonly string[] }
  | { readonly name: "feedback"; readonly target: FeedbackTarget; readonly message?: { readonly path: string; readonly hash: string } }
  | { readonly name: "prompt"; readonly prompt: PromptRef; readonly changes?: boolean }
  /** Of these sources; of all when none is named. */
  | { readonly name: "rejects"; readonly sources: readonly number[] }
  | { readonly name: "places"; readonly what: "sources" | "projects" }
  | { readonly name: "remove-source"; readonly sourceId: number }
  | { readonly name: "add-to-queue"; readonly queueId: string | null; readonly what: ToAdd }
  | { readonly name: "delete-queue"; readonly queueId: string; readonly queueName: string }
  | { readonly name: "prices"; readonly model: string | null }
  | { readonly name: "recompute" }
  | { readonly name: "feedback-stats" }
  | { readonly name: "arithmetic"; readonly traceId: string; readonly runId: string }
  | { readonly name: "treemap"; readonly traceId: string };

/** What leaves, to begin with. */
export type ExportWhat =
  | { readonly type: "feedback"; readonly traceId: string | null; readonly queueId?: string; readonly sourceId?: number }
  | { readonly type: "dataset"; readonly datasetId: string | null }
  | { readonly type: "handout"; readonly queueId: string | null }
  | { readonly type: "send" };

/** What is to be added to a queue. */
export type ToAdd =
  | { readonly type: "given"; readonly source: FillSource; readonly label: string }
  | { readonly type: "search" }
  | { readonly type: "file" };

interface UiState {
  readonly dialog: DialogName | null;
  /** What had the focus when the dialog opened. */
  readonly opener: Element | null;
  readonly sidebar: boolean;
  /** Whether tables show values to choose among. */
  readonly facets: boolean;
  /** The server knows this tab no longer: it was started again, and its address has another key. */
  readonly signedOut: boolean;
  /** What the status bar says about the screen in front. */
  readonly status: readonly string[];
  readonly open: (dialog: DialogName | null) => void;
  readonly toggleSidebar: () => void;
  readonly toggleFacets: () => void;
  readonly setSidebar: (sidebar: boolean) => void;
  readonly setSignedOut: () => void;
  readonly setStatus: (status: readonly string[]) => void;
}

const FACETS = "tracemark.facets";

export const useUi = create<UiState>((set) => ({
  dialog: null,
  opener: null,
  sidebar: true,
  facets: localStorage.getItem(FACETS) === "open",
  signedOut: false,
  status: [],
  open: (dialog) => set(({ dialog: before, opener }) => ({ dialog, opener: before ? opener : document.activeElement })),
  toggleSidebar: () => set(({ sidebar }) => ({ sidebar: !sidebar })),
  toggleFacets: () =>
    set(({ facets }) => {
      localStorage.setItem(FACETS, facets ? "closed" : "open");
      return { facets: !facets };
    }),
  setSidebar: (sidebar) => set({ sidebar }),
  setSignedOut: () => set({ signedOut: true }),
  setStatus: (status) => set({ status }),
}));

interface FoldState {
  /** Folded run ids by trace: ids and not rows, so that folds survive runs that come in later. */
  readonly folds: Readonly<Record<string, ReadonlySet<string>>>;
  readonly setFolds: (traceId: string, change: (folded: Set<string>) => void) => void;
}

export const useFolds = create<FoldState>((set) => ({
  folds: {},
  setFolds: (traceId, change) =>
    set(({ folds }) => {
      const next = new Set(folds[traceId]);
      change(next);
      return { folds: { ...folds, [traceId]: next } };
    }),
}));

interface PlaceState {
  /** Row that was in hand, by address of the list, so that going back finds it again. */
  readonly places: Readonly<Record<string, number>>;
  readonly setPlace: (list: string, row: number) => void;
}

export const usePlaces = create<PlaceState>((set) => ({
  places: {},
  setPlace: (list, row) => set(({ places }) => (places[list] === row ? { places } : { places: { ...places, [list]: row } })),
}));

interface PlaceNameState {
  /** Name of what was in hand, where rows have no fixed numbers. */
  readonly places: Readonly<Record<string, string>>;
  readonly setPlace: (list: string, id: string) => void;
}

export const usePlaceNames = create<PlaceNameState>((set) => ({
  places: {},
  setPlace: (list, id) => set(({ places }) => (places[list] === id ? { places } : { places: { ...places, [list]: id } })),
}));

const FORMS = "tracemark.forms";

function storedForms(): Readonly<Partial<Record<TextPart, TextForm>>> {
  try {
    return readForms(JSON.parse(localStorage.getItem(FORMS) ?? "null"));
  } catch {
    return {};
  }
}

interface FormState {
  /** What is absent is shown as it looks. */
  readonly forms: Readonly<Partial<Record<TextPart, TextForm>>>;
  readonly setForm: (part: TextPart, form: TextForm) => void;
}

/** How words are shown, by whose they are. */
export const useTextForms = create<FormState>((set) => ({
  forms: storedForms(),
  setForm: (part, form) =>
    set(({ forms }) => {
      const next = { ...forms, [part]: form };
      localStorage.setItem(FORMS, JSON.stringify(next));
      return { forms: next };
    }),
}));

export function useTextForm(part: TextPart | null): TextForm {
  return useTextForms(({ forms }) => (part === null ? undefined : forms[part]) ?? "auto");
}
