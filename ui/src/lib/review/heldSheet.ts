/** What is known of the answers on the screen: which are the latest, which are saved, and when nothing more is to be saved. */
import type { ItemRow } from "../../contract/contract";
import type { Sheet } from "./sheet";

/** Typing is saved this long after the last change (annotation-ux §12). */
const DRAFT_MS = 250;

/** No count of edits. */
const NOT_SAVED = -1;

/** The answers to an item for as long as it is on the screen, and what of them is saved. */
export class HeldSheet {
  readonly place: string;
  readonly itemId: string;
  /** What the screen begins with. */
  readonly first: Sheet;
  #now: Sheet;
  /** The edits that are saved. */
  #saved: number;
  #timer: ReturnType<typeof setTimeout> | null = null;
  /** The item was submitted or decided: nothing more is saved for it. */
  #gone = false;
  #decided: boolean;
  #locked = false;

  constructor(place: string, { id, state }: Pick<ItemRow, "id" | "state">, first: Sheet) {
    this.place = place;
    this.itemId = id;
    this.first = first;
    this.#now = first;
    this.#saved = first.edits;
    this.#decided = state === "submitted" || state === "skipped" || state === "discarded";
  }

  /** Steps come quicker than renders: this is what they read. */
  get now(): Sheet {
    return this.#now;
  }

  lock(locked: boolean): void {
    this.#locked = locked;
  }

  /** Takes what was changed, unless nothing may be; `changed` comes `DRAFT_MS` after the last change. */
  take(next: Sheet, changed: () => void): "refused" | "moved" | "changed" | "reopened" {
    const isChange = next.edits !== this.#now.edits;
    if (isChange && this.#locked) return "refused";
    this.#now = next;
    if (!isChange) return "moved";
    this.#stop();
    this.#timer = setTimeout(changed, DRAFT_MS);
    if (!this.#decided) return "changed";
    this.#decided = false;
    return "reopened";
  }

  /** What is to be saved now; with `leave`, whether it changed or not, since leaving gives the item free. */
  toSave(leave: boolean): Sheet | null {
    this.#stop();
    if (this.#gone || this.#locked || (this.#decided && !leave)) return null;
    if (this.#now.edits === this.#saved && !leave) return null;
    this.#saved = this.#now.edits;
    return this.#now;
  }

  /** Whether something was changed that the library does not have. */
  get isUnsaved(): boolean {
    return !this.#gone && this.#now.edits !== this.#saved;
  }

  /** The library did not take what was to be saved. */
  notSaved(): void {
    this.#saved = NOT_SAVED;
  }

  /** The sheet leaves with a step; the draft is the library's to clear. */
  release(): void {
    this.#stop();
    this.#gone = true;
  }

  #stop(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
