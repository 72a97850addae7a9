import { clsx } from "clsx";
import { ChevronDown, ChevronUp, X } from "lucide-react";
import { IconButton } from "../../components/ui/Button";
import { formatCount } from "../../lib/format";
import type { RefObject } from "react";

import ui from "../../components/ui/ui.module.css";
import styles from "./trace.module.css";

export interface Find {
  readonly text: string;
  readonly setText: (text: string) => void;
  readonly input: RefObject<HTMLInputElement | null>;
  readonly count: number;
  /** Place among the matches, from 1; 0 when it is none. */
  readonly place: number;
  /** Which place of the match in hand, where it has several. */
  readonly detail?: string;
  readonly searching: boolean;
  readonly error: Error | null;
  readonly close: () => void;
  readonly walk: (step: 1 | -1) => void;
}

interface FindBarProps {
  readonly find: Find;
  readonly label: string;
  readonly placeholder: string;
}

export function FindBar({ find, label, placeholder }: FindBarProps) {
  const { input } = find;
  return (
    <div className={styles.find} role="search">
      <input
        ref={input}
        className={ui.field}
        aria-label={label}
        placeholder={placeholder}
        value={find.text}
        spellCheck={false}
        onChange={(event) => find.setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") find.close();
          else if (event.key === "Enter") find.walk(event.shiftKey ? -1 : 1);
          else return;
          event.preventDefault();
        }}
      />
      <span className={clsx(styles.findCount, find.detail !== undefined && styles.findDetail)} role="status">
        {countText(find)}
      </span>
      <IconButton label="Previous match (Shift+Enter)" disabled={find.count === 0} onClick={() => find.walk(-1)}>
        <ChevronUp size={14} />
      </IconButton>
      <IconButton label="Next match (Enter)" disabled={find.count === 0} onClick={() => find.walk(1)}>
        <ChevronDown size={14} />
      </IconButton>
      <IconButton label="Close (Escape)" onClick={find.close}>
        <X size={14} />
      </IconButton>
    </div>
  );
}

function countText({ text, count, place, detail, searching, error }: Find): string {
  if (text.trim() === "") return "";
  if (error) return "payloads not searched";
  if (count === 0) return searching ? "searching…" : "no matches";
  const which = `${place > 0 ? `${formatCount(place)} of ` : ""}${formatCount(count)}`;
  if (searching) return `${which}…`;
  return detail ? `match ${which}, ${detail}` : which;
}
