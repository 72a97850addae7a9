/** What is very large is not read before somebody asks for it: until then its first lines stand for it. */
import { useCallback, useMemo, useState } from "react";
import { useCommands, type Command } from "../../commands/registry";
import { Button } from "../../components/ui/Button";
import { KeysOf } from "../../components/ui/Keys";
import { useLatest } from "../../components/useLatest";
import type { ReviewItem } from "../../contract/contract";
import { formatBytes } from "../../lib/format";
import styles from "./review.module.css";
import { TARGET_WORDS } from "./target";

/** What is read within the blink of an eye is shown without being asked for. */
const LARGE_BYTES = 32 * 1024 * 1024;

export function isLarge({ bytes }: ReviewItem): boolean {
  return bytes > LARGE_BYTES;
}

/** Whether an item waits to be asked for, and asking for it. */
export function useHeldBack(item: ReviewItem): { readonly heldBack: boolean; readonly load: () => void } {
  const [asked, setAsked] = useState<string | null>(null);
  const load = useCallback(() => setAsked(item.row.id), [item.row.id]);
  return { heldBack: isLarge(item) && asked !== item.row.id, load };
}

export function LargeItem({ item, onLoad }: { readonly item: ReviewItem; readonly onLoad: () => void }) {
  const { bytes, row } = item;
  const latest = useLatest(onLoad);
  const commands = useMemo((): Command[] => [{ id: "item.load", title: "Load all of the item", group: "Messages", shortcut: "Shift+L", run: () => latest.current() }], [latest]);
  useCommands(commands);
  const previews = [
    ["Input", row.input_preview],
    ["Output", row.output_preview],
  ] as const;
  return (
    // A pane that scrolls can be reached by keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={styles.scroll} data-item-scroll tabIndex={0} role="region" aria-label="Beginning of the item">
      <div className={styles.sheetOf}>
        <div className={styles.large} role="status">
          <p>
            This {TARGET_WORDS[row.target.type]} has {formatBytes(bytes)}. Only its beginning is shown; it can be judged by that. Reading all of it takes a while.
          </p>
          <Button data-command="item.load" onClick={onLoad}>
            Load all
            <KeysOf command="item.load" />
          </Button>
        </div>
        {previews.map(([name, text]) =>
          text === null ? null : (
            <section key={name} className={styles.largePart}>
              <h3>{name}</h3>
              <p>{text}</p>
            </section>
          ),
        )}
      </div>
    </div>
  );
}
