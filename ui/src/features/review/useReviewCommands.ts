/** Every key of the review screen (annotation-ux §10.2). Actions change with every render, the commands with the rubric only. */
import { useMemo } from "react";
import { useCommands, type Command } from "../../commands/registry";
import { useLatest } from "../../components/useLatest";
import { optionsOf, type RubricKey } from "../../lib/review/rubric";

export interface ReviewActions {
  readonly digit: (digit: string) => void;
  readonly hotkey: (key: string, value: boolean | number | string) => void;
  readonly moveKey: (step: 1 | -1) => void;
  readonly moveItem: (step: 1 | -1) => void;
  readonly first: () => void;
  readonly last: () => void;
  readonly submit: () => void;
  readonly submitStay: () => void;
  readonly enter: () => void;
  readonly skip: () => void;
  readonly requeue: () => void;
  readonly discard: () => void;
  readonly dataset: () => void;
  readonly undo: () => void;
  readonly redo: () => void;
  readonly save: () => void;
  readonly comment: () => void;
  readonly note: () => void;
  readonly tags: () => void;
  readonly correction: () => void;
  readonly assertion: () => void;
  readonly firstFailure: () => void;
  readonly evidence: () => void;
  readonly na: () => void;
  readonly clear: () => void;
  readonly accept: () => void;
  readonly page: (way: 1 | -1) => void;
  readonly view: (view: "messages" | "turns" | "details" | "raw") => void;
  readonly list: () => void;
  readonly instructions: () => void;
  readonly close: () => void;
}

const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0"] as const;

/** `ready` says whether the item in hand has been seen: until then no key acts on it. */
export function useReviewCommands(actions: ReviewActions, rubric: readonly RubricKey[], ready: () => boolean): void {
  const latest = useLatest({ actions, ready });
  const commands = useMemo(
    // They are read when a key is pressed, not while this is rendered.
    // oxlint-disable-next-line react/refs
    () => reviewCommands(rubric, () => latest.current.actions, () => latest.current.ready()),
    [rubric, latest],
  );
  useCommands(commands);
}

function reviewCommands(rubric: readonly RubricKey[], now: () => ReviewActions, seen: () => boolean): Command[] {
  const review = (id: string, title: string, shortcut: string | readonly string[], run: () => void, more: Partial<Command> = {}): Command => ({
    id: `review.${id}`,
    title,
    group: "Review",
    shortcut,
    ready: seen,
    run,
    ...more,
  });
  const answer = (id: string, title: string, shortcut: string | readonly string[], run: () => void, more: Partial<Command> = {}): Command => review(id, title, shortcut, run, { group: "Rubric", ...more });
  return [
    review("submit", "Submit and go to the next item", "Mod+Enter", () => now().submit()),
    review("submit_stay", "Submit and stay", "Shift+Enter", () => now().submitStay()),
    review("enter", "Edit the current key; submit when it was the last", "Enter", () => now().enter()),
    review("next_item", "Next item", "ArrowRight", () => now().moveItem(1)),
    review("previous_item", "Previous item", "ArrowLeft", () => now().moveItem(-1)),
    review("first", "First item", "G G", () => now().first()),
    review("last", "Last item", "Shift+G", () => now().last()),
    review("skip", "Skip", "S", () => now().skip()),
    review("dataset", "Add to a dataset…", "Mod+D", () => now().dataset()),
    review("requeue", "Put off to the end", "Shift+S", () => now().requeue()),
    review("discard", "Discard: it does not belong here", "Backspace", () => now().discard()),
    review("undo", "Undo the last step", "Mod+Z", () => now().undo(), { typing: "leave", ready: always }),
    review("undo_always", "Undo the last step, in text as well", "Mod+Alt+Z", () => now().undo(), { ready: always }),
    review("redo", "Do the step again", "Mod+Shift+Z", () => now().redo(), { typing: "leave", ready: always }),
    review("save", "Save the draft now", "Mod+S", () => now().save()),
    review("list", "List of items", "L", () => now().list(), { ready: always }),
    review("instructions", "Instructions", "I", () => now().instructions(), { ready: always }),
    review("messages", "Show messages", "V M", () => now().view("messages")),
    review("turns", "Show turns", "V T", () => now().view("turns")),
    review("details", "Show the tree", "V D", () => now().view("details")),
    review("raw", "Show what was received", "V R", () => now().view("raw")),
    review("page_down", "Page down in the item", "Space", () => now().page(1), { repeats: true }),
    review("page_up", "Page up in the item", "Shift+Space", () => now().page(-1), { repeats: true }),
    review("close", "Close the panel in front, or go back to the rubric", "Escape", () => now().close(), { ready: always }),
    answer("next_key", "Next key", "ArrowDown", () => now().moveKey(1), { repeats: true }),
    answer("previous_key", "Previous key", "ArrowUp", () => now().moveKey(-1), { repeats: true }),
    ...DIGITS.map((digit) => answer(`option ${digit}`, `Option ${digit === "0" ? "10" : digit} of the current key`, digit, () => now().digit(digit), { hidden: true })),
    answer("na", "Not applicable", ".", () => now().na()),
    answer("clear", "Clear the current key", "Delete", () => now().clear()),
    answer("comment", "Comment on the current key", "M", () => now().comment()),
    answer("note", "Note on the item", "N", () => now().note()),
    answer("tags", "Tags", "T", () => now().tags()),
    answer("correction", "Correct the output", "C", () => now().correction()),
    answer("assertion", "Add an assertion", "Mod+;", () => now().assertion()),
    answer("first_failure", "The selected run failed first", "F", () => now().firstFailure()),
    answer("evidence", "Add the selected text or message as evidence", "A", () => now().evidence()),
    answer("accept", "Accept all suggestions", "Shift+A", () => now().accept()),
    // The owner's own letters act from anywhere, and stand above the keys of the app.
    ...rubric.flatMap((key) =>
      optionsOf(key).flatMap(({ hotkey, label, value }) => (hotkey === null ? [] : [answer(`hotkey ${key.key} ${label}`, `${key.key}: ${label}`, hotkey.toUpperCase(), () => now().hotkey(key.key, value), { fixed: true })])),
    ),
  ];
}

const always = (): boolean => true;
