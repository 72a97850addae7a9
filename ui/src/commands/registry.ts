/**
 * Everything a person can do, with its key. The palette, the cheatsheet, the menu of the window and the keyboard all
 * read this one list, so none of them can fall behind.
 */
import { useEffect } from "react";
import { create } from "zustand";
import { matches, typesText, type KeyPress } from "../lib/keys";
import { IS_MAC } from "../platform";

export type CommandGroup = "General" | "Go to" | "Files" | "Table" | "Trace" | "Messages" | "Timeline" | "Tree" | "Senders";

export interface Command {
  readonly id: string;
  readonly title: string;
  readonly group: CommandGroup;
  /** The first is printed; the others act as well. */
  readonly shortcut?: string | readonly string[];
  /** Keys that only act where the focus is are listed, but not listened for here. */
  readonly local?: boolean;
  /** Whether holding the key repeats it. */
  readonly repeats?: boolean;
  readonly run: () => void;
}

interface Registry {
  readonly lists: readonly (readonly Command[])[];
}

const registry = create<Registry>(() => ({ lists: [] }));

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

export function shortcutsOf(command: Command): readonly string[] {
  return command.shortcut === undefined ? [] : [command.shortcut].flat();
}

export function runCommand(id: string): void {
  registry.getState().lists.flat().findLast((command) => command.id === id)?.run();
}

/** The command of a key press; later lists win, because they belong to the screen in front. */
export function commandFor(lists: readonly (readonly Command[])[], press: KeyPress, typing: boolean): Command | undefined {
  const modified = press.ctrlKey || press.metaKey;
  if (typing && !modified) return undefined;
  return lists
    .flat()
    .findLast((command) => !command.local && shortcutsOf(command).some((shortcut) => matches(shortcut, press, IS_MAC)));
}

/** Whether a key press outside text would run a command. */
export function runsCommand(press: KeyPress): boolean {
  return commandFor(registry.getState().lists, press, false) !== undefined;
}

/** Listens to the keyboard. Single keys rest while text is typed or a dialog is open. */
export function listenToKeys(): () => void {
  window.addEventListener("keydown", onKeyDown);
  return () => window.removeEventListener("keydown", onKeyDown);
}

function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  if (document.querySelector("[role=dialog], [role=menu], [role=alertdialog]") !== null) return;
  const typing = typesText(event.target instanceof HTMLElement ? event.target : null);
  const command = commandFor(registry.getState().lists, event, typing);
  if (!command || (event.repeat && !command.repeats)) return;
  event.preventDefault();
  command.run();
}
