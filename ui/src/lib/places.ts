/** Which sources and projects the sidebar shows. */
import type { Project, Source } from "../contract/contract";

/** More of them are in their list. */
export const SHOWN_PLACES = 8;

/** The projects used last and the current one, in the order of the list. */
export function shownProjects(projects: readonly Project[], current: string | undefined): readonly Project[] {
  if (projects.length <= SHOWN_PLACES) return projects;
  const rank = ({ name }: Project): number => (name === current ? 0 : 1);
  const chosen = projects.toSorted((left, right) => rank(left) - rank(right) || Number(right.last_activity ?? 0) - Number(left.last_activity ?? 0)).slice(0, SHOWN_PLACES);
  return projects.filter((project) => chosen.includes(project));
}

/** What is live or watched, then what was added last, in the order of the list; and the current one. */
export function shownSources(sources: readonly Source[], current: number | undefined): readonly Source[] {
  if (sources.length <= SHOWN_PLACES) return sources;
  const rank = ({ id, kind, watching }: Source): number => (id === current ? 0 : kind === "endpoint" || watching ? 1 : 2);
  const chosen = sources.toSorted((left, right) => rank(left) - rank(right) || right.id - left.id).slice(0, SHOWN_PLACES);
  return sources.filter((source) => chosen.includes(source));
}

/** Those whose name or path holds every word. */
export function matchingSources(sources: readonly Source[], text: string): readonly Source[] {
  return sources.filter(({ label, path }) => holdsWords(`${label} ${path ?? ""}`, text));
}

export function matchingProjects(projects: readonly Project[], text: string): readonly Project[] {
  return projects.filter(({ name }) => holdsWords(name, text));
}

function holdsWords(text: string, words: string): boolean {
  const lower = text.toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => lower.includes(word));
}
