/**
 * Everything a person can do, with its key. The palette, the cheatsheet, the menu of the window and the keyboard all
 * read this one list, so none of them can fall behind.
 */
import { useEffect } from "react";
import { create } from "zustand";
import { controlUses, matches, stepsOf, typesText, type KeyPress, type SingleKeys } from "../lib/keys";
import { IS_MAC } from "../platform";
import { flash } from "./flash";

export type CommandGroup = "General" | "Go to" | "Files" | "Table" | "Trace" | "Messages" | "Timeline" | "Tree" | "Senders" | "Review" | "Rubric";

export interface Command {
  readonly id: string;
  readonly title: string;
  readonly group: CommandGroup;
  /** Other words for it, by which the palette finds it as well. */
  readonly words?: string;
  /** The first is printed; the others act as well. */
  readonly shortcut?: string | readonly string[];
  /**
   * Keys that only act where the focus is are listed, but not listened for here. Those that are `bound` ask `isKeyOf`,
   * so that another key can be given to them.
   */
  readonly local?: boolean | "bound";
  /** Its key is not the person's to change: a rubric gives it. */
  readonly fixed?: boolean;
  /** Whether holding the key repeats it. */
  readonly repeats?: boolean;
  /**
   * What its keys do while text is typed: combinations with `Mod` act unless they are left to the field, everything
   * else is typed.
   */
  readonly typing?: "act" | "leave";
  /** Whether it can be found in the palette; keys that need no words of their own cannot. */
  readonly hidden?: boolean;
  /** Asked at the key press: a command that is not ready lets no other command have the key. */
  readonly ready?: () => boolean;
  readonly run: (press?: KeyPress) => void;
}

interface Registry {
  readonly lists: readonly (readonly Command[])[];
  /** Shortcuts that a person chose, by command. */
  readonly keymap: Readonly<Record<string, string>>;
  readonly single: SingleKeys;
}

const registry = create<Registry>(() => ({ lists: [], keymap: {}, single: "on" }));

/** Offers commands while the component is there. The list must be memoised. */
export function useCommands(commands: readonly Command[]): void {
  useEffect(() => {
    registry.setState(({ lists }) => ({ lists: [...lists, commands] }));
    return () => registry.setState(({ lists }) => ({ lists: lists.filter((list) => list !== commands) }));
  }, [commands]);
}

export function useAllCommands(): Command[] {
  return registry((state) => state.lists).flat();
}

export function useKeymap(): Readonly<Record<string, string>> {
  return registry((state) => state.keymap);
}

/** Takes over what a person chose in the settings. */
export function setKeymap(keymap: Readonly<Record<string, string>>, single: SingleKeys): void {
  registry.setState({ keymap, single });
}

export function useSingleKeys(): SingleKeys {
  return registry((state) => state.single);
}

/** The keys of a command as they act now: those that a person chose, else its own. */
export function shortcutsOf(command: Command, keymap: Readonly<Record<string, string>> = registry.getState().keymap): readonly string[] {
  const chosen = keymap[command.id];
  if (chosen !== undefined) return chosen === "" ? [] : [chosen];
  return command.shortcut === undefined ? [] : [command.shortcut].flat();
}

/** The key to print on a control; `null` when the command is not offered or has none. */
export function useShortcut(id: string): string | null {
  return registry(({ lists, keymap }) => {
    const command = lists.flat().findLast((candidate) => candidate.id === id);
    return (command && shortcutsOf(command, keymap)[0]) ?? null;
  });
}

/** Whether a key press is the key of a command that is offered, as it acts now. */
export function isKeyOf(id: string, press: KeyPress): boolean {
  const { lists, keymap, single } = registry.getState();
  const command = lists.flat().findLast((candidate) => candidate.id === id);
  return command !== undefined && shortcutsOf(command, keymap).some((shortcut) => matches(shortcut, press, IS_MAC, single));
}

export function runCommand(id: string): void {
  registry.getState().lists.flat().findLast((command) => command.id === id)?.run();
}

/** Whether a key press is one of a command's own keys, for those that act on the spot. */
export function hits(command: Command, event: KeyboardEvent): boolean {
  const { keymap, single } = registry.getState();
  return shortcutsOf(command, keymap).some((shortcut) => matches(stepsOf(shortcut)[0] ?? "", pressOf(event), IS_MAC, single));
}

interface Circumstances {
  /** Whether text is typed where the focus is. */
  readonly typing: boolean;
  /** The key before this one, where it may begin a sequence. */
  readonly before?: KeyPress | null;
  readonly keymap?: Readonly<Record<string, string>>;
  readonly single?: SingleKeys;
}

/** The command of a key press; later lists win, because they belong to the screen in front. */
export function commandFor(lists: readonly (readonly Command[])[], press: KeyPress, circumstances: Circumstances): Command | undefined {
  const { typing, before = null, keymap = {}, single = "on" } = circumstances;
  const modified = (press.ctrlKey || press.metaKey) && press.altGraph !== true;
  const candidates = lists.flat().filter((command) => !command.local && (!typing || (modified ? command.typing !== "leave" : command.typing === "act")));
  const has = (command: Command, test: (steps: readonly string[]) => boolean): boolean => shortcutsOf(command, keymap).some((shortcut) => test(stepsOf(shortcut)));
  const hit = (step: string | undefined, at: KeyPress): boolean => step !== undefined && matches(step, at, IS_MAC, single);
  const sequence =
    before === null ? undefined : candidates.findLast((command) => has(command, (steps) => steps.length === 2 && hit(steps[0], before) && hit(steps[1], press)));
  return sequence ?? candidates.findLast((command) => has(command, (steps) => steps.length === 1 && hit(steps[0], press)));
}

/** Whether a key press may be the first of a sequence. */
export function beginsSequence(lists: readonly (readonly Command[])[], press: KeyPress, keymap: Readonly<Record<string, string>> = {}, single: SingleKeys = "on"): boolean {
  return lists.flat().some((command) => shortcutsOf(command, keymap).some((shortcut) => stepsOf(shortcut).length === 2 && matches(stepsOf(shortcut)[0] ?? "", press, IS_MAC, single)));
}

/** Whether a key press outside text would run a command. */
export function runsCommand(press: KeyPress): boolean {
  const { lists, keymap, single } = registry.getState();
  return commandFor(lists, press, { typing: false, keymap, single }) !== undefined;
}

/** Listens to the keyboard. Single keys rest while text is typed or a dialog is open. */
export function listenToKeys(): () => void {
  window.addEventListener("keydown", onKeyDown);
  return () => window.removeEventListener("keydown", onKeyDown);
}

/** A pause as long ends a sequence. */
const SEQUENCE_MS = 1000;

let before: { readonly press: KeyPress; readonly at: number } | null = null;

function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || event.keyCode === 229) return;
  if (document.querySelector("[role=dialog], [role=menu], [role=alertdialog], [role=listbox]") !== null) return;
  const focus = event.target instanceof HTMLElement ? event.target : null;
  const press = pressOf(event);
  const typing = typesText(focus);
  if (controlUses(focus && { tagName: focus.tagName, type: focus.getAttribute("type") ?? "", role: focus.getAttribute("role") }, press)) return;
  const { lists, keymap, single } = registry.getState();
  const first = before !== null && event.timeStamp - before.at < SEQUENCE_MS ? before.press : null;
  const command = commandFor(lists, press, { typing, before: first, keymap, single });
  if (!/^(Shift|Control|Alt|AltGraph|Meta)$/.test(event.key)) {
    before = !command && !typing && !event.repeat && beginsSequence(lists, press, keymap, single) ? { press, at: event.timeStamp } : null;
  }
  if (!command) return;
  // The key is spent even where the command does not act: what a browser does with it is no substitute.
  event.preventDefault();
  if ((event.repeat && !command.repeats) || command.ready?.() === false) return;
  flash(command.id);
  command.run(press);
}

/** What matching looks at. */
export function pressOf(event: KeyboardEvent): KeyPress {
  const { key, code, ctrlKey, metaKey, altKey, shiftKey } = event;
  return { key, code, ctrlKey, metaKey, altKey, shiftKey, altGraph: event.getModifierState("AltGraph") };
}
