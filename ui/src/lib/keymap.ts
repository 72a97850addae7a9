/** Keys that a person chose in place of those of the application, and what they must not collide with. */
import { stepsOf } from "./keys";

export type Keymap = Readonly<Record<string, string>>;

/** A command as far as its keys go. */
export interface Keyed {
  readonly id: string;
  readonly title: string;
  readonly shortcuts: readonly string[];
}

/**
 * The command that already has a shortcut; `undefined` when it is free.
 *
 * A key that begins a sequence of another command is taken as well: the sequence could not be typed any more.
 */
export function takenBy(commands: readonly Keyed[], id: string, shortcut: string): Keyed | undefined {
  const wanted = stepsOf(shortcut);
  return commands.find((command) => command.id !== id && command.shortcuts.some((other) => clash(wanted, stepsOf(other))));
}

function clash(one: readonly string[], other: readonly string[]): boolean {
  return Array.from({ length: Math.min(one.length, other.length) }, (_, step) => step).every((step) => same(one[step], other[step]));
}

function same(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && one.toLowerCase() === other.toLowerCase();
}

/** The keymap with another key for a command; its own key needs no entry, and no key is an empty one. */
export function withKey(keymap: Keymap, id: string, shortcut: string | null, own: string | undefined): Keymap {
  const { [id]: _, ...others } = keymap;
  return shortcut === null || shortcut === own ? others : { ...others, [id]: shortcut };
}
