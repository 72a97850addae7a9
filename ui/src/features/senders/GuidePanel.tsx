import { useEffect, useRef, type KeyboardEvent } from "react";
import { CopyButton } from "../../components/CopyButton";
import type { Guide } from "../../lib/senders";
import styles from "./senders.module.css";

interface GuidePanelProps {
  readonly guides: readonly Guide[];
  readonly guide: Guide;
  readonly onChoose: (id: string) => void;
}

/** The lines that point an application here. */
export function GuidePanel({ guides, guide, onChoose }: GuidePanelProps) {
  const list = useRef<HTMLElement>(null);
  // The one that is open follows the keys, and is in sight when an address named it.
  useEffect(() => {
    const button = list.current?.querySelector<HTMLElement>(`[data-guide="${guide.id}"]`);
    button?.scrollIntoView({ block: "nearest" });
    if (list.current?.contains(document.activeElement)) button?.focus();
  }, [guide.id]);
  const at = guides.findIndex(({ id }) => id === guide.id);
  const onKeyDown = (event: KeyboardEvent): void => {
    const steps: Readonly<Record<string, number>> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: guides.length - 1 };
    const next = guides[steps[event.key] ?? -1];
    if (steps[event.key] === undefined) return;
    event.preventDefault();
    if (next) onChoose(next.id);
  };
  return (
    <section className={styles.guides} aria-label="Set up">
      <nav ref={list} className={styles.list} aria-label="Applications">
        {groupsOf(guides).map(({ group, members }) => (
          <div key={group}>
            <h3 className={styles.group}>{group}</h3>
            {members.map(({ id, name }) => (
              <button
                key={id}
                type="button"
                data-guide={id}
                aria-current={id === guide.id}
                tabIndex={id === guide.id ? 0 : -1}
                className={styles.option}
                title={name}
                onClick={() => onChoose(id)}
                onKeyDown={onKeyDown}
              >
                {name}
              </button>
            ))}
          </div>
        ))}
      </nav>
      <div className={styles.guide}>
        <h2 className={styles.guideName}>{guide.title ?? guide.name}</h2>
        {guide.note === undefined ? null : <p className={styles.note}>{guide.note}</p>}
        {guide.snippets.map(({ place, code }) => (
          <figure key={place} className={styles.snippet}>
            <figcaption>
              {place}
              <CopyButton label={`Copy the lines for ${place}`} text={() => code} />
            </figcaption>
            <pre aria-label={`Lines for ${place}`}>
              {code.split("\n").map((line, index) => (
                // oxlint-disable-next-line react/no-array-index-key -- lines have no other name
                <span key={index} className={styles.codeLine}>
                  {line}
                </span>
              ))}
            </pre>
          </figure>
        ))}
      </div>
    </section>
  );
}

function groupsOf(guides: readonly Guide[]): { group: string; members: readonly Guide[] }[] {
  const names = [...new Set(guides.map(({ group }) => group))];
  return names.map((group) => ({ group, members: guides.filter((guide) => guide.group === group) }));
}
