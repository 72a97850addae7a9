/** The time range of a table: presets, words, days of a calendar. */
import { clsx } from "clsx";
import { Popover } from "radix-ui";
import { useState } from "react";
import { Button } from "../../components/ui/Button";
import ui from "../../components/ui/ui.module.css";
import { useNow } from "../../components/useNow";
import { DAY_PRESETS, dayOf, parseWhen, PRESETS } from "../../lib/when";
import styles from "./tables.module.css";

interface TimeMenuProps {
  /** A range in words; any time when absent. */
  readonly when: string | undefined;
  /** Offers whole days alone. */
  readonly byDay?: boolean;
  readonly onChange: (when: string | undefined) => void;
}

export function TimeMenu({ when, byDay = false, onChange }: TimeMenuProps) {
  const presets = byDay ? DAY_PRESETS : PRESETS;
  const [isOpen, setOpen] = useState(false);
  const choose = (next: string | undefined): void => {
    onChange(next);
    setOpen(false);
  };
  const name = when === undefined ? "Any time" : (presets.find(([words]) => words === when)?.[1] ?? when);
  return (
    <Popover.Root open={isOpen} onOpenChange={setOpen}>
      <Popover.Trigger asChild>
        <Button className={clsx(styles.menuButton, when !== undefined && styles.set)} title="Time range">
          {name}
        </Button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content className={styles.popover} align="start" sideOffset={4} collisionPadding={8} role="dialog" aria-label="Time range">
          <Words key={when ?? ""} when={when} onChoose={choose} />
          <div className={styles.presets}>
            <button type="button" className={styles.preset} data-on={when === undefined || undefined} onClick={() => choose(undefined)}>
              Any time
            </button>
            {presets.map(([words, title]) => (
              <button key={words} type="button" className={styles.preset} data-on={when === words || undefined} onClick={() => choose(words)}>
                {title}
              </button>
            ))}
          </div>
          <Days when={when} onChoose={choose} />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

interface PartProps {
  readonly when: string | undefined;
  readonly onChoose: (when: string) => void;
}

function Words({ when, onChoose }: PartProps) {
  const now = useNow();
  const [text, setText] = useState(when ?? "");
  const wrong = text.trim() !== "" && parseWhen(text, now) === null;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!wrong && text.trim() !== "") onChoose(text.trim());
      }}
    >
      <input className={ui.field} type="text" aria-label="Time range in words" aria-invalid={wrong || undefined} placeholder="last 3d, yesterday, 2026-11-20 to 2026-11-21" value={text} onChange={(event) => setText(event.target.value)} />
      {wrong ? <p className={styles.wrong}>No range: write “last 3d”, “yesterday”, “2026-11-20 to 2026-11-21”.</p> : null}
    </form>
  );
}

function Days({ when, onChoose }: PartProps) {
  const now = useNow();
  const range = when === undefined ? null : parseWhen(when, now);
  const [from, setFrom] = useState(dayOf(range?.from ?? null) ?? "");
  const [to, setTo] = useState(dayOf(range?.to ?? null) ?? "");
  return (
    <form
      className={styles.days}
      onSubmit={(event) => {
        event.preventDefault();
        if (from !== "" && to !== "") onChoose(`${from} to ${to}`);
        else if (from !== "") onChoose(`since ${from}`);
        else if (to !== "") onChoose(`until ${to}`);
      }}
    >
      <label>
        From
        <input className={ui.field} type="date" value={from} max={to || undefined} onChange={(event) => setFrom(event.target.value)} />
      </label>
      <label>
        To
        <input className={ui.field} type="date" value={to} min={from || undefined} onChange={(event) => setTo(event.target.value)} />
      </label>
      <Button type="submit" disabled={from === "" && to === ""}>
        Apply
      </Button>
    </form>
  );
}
