/** A letter for each reviewer, by which their answer is taken: the one their name begins with, where it is free. */

/** Letters that nothing else on the page has: messages, panes and pages have the others. */
const FREE = "ABCFHILMNPQRSTUXYZ";

export function lettersOf(names: readonly string[]): ReadonlyMap<string, string> {
  const all = [...new Set(names)];
  const letters = new Map<string, string>();
  const taken = new Set<string>();
  const give = (name: string, letter: string | undefined): void => {
    if (letter === undefined || taken.has(letter)) return;
    taken.add(letter);
    letters.set(name, letter);
  };
  for (const name of all) {
    const first = name.trim().charAt(0).toUpperCase();
    if (first !== "" && FREE.includes(first)) give(name, first);
  }
  for (const name of all) if (!letters.has(name)) give(name, [...FREE].find((letter) => !taken.has(letter)));
  // In the order the names came in, so that lists of them read alike.
  return new Map(all.flatMap((name) => (letters.has(name) ? [[name, letters.get(name) ?? ""] as const] : [])));
}
