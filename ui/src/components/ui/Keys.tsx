import { useShortcut, useSingleKeys } from "../../commands/registry";
import { isSingle, keyCaps } from "../../lib/keys";
import { IS_MAC } from "../../platform";
import styles from "./ui.module.css";

/** Prints a shortcut as small outlined caps. */
export function Keys({ shortcut }: { readonly shortcut: string }) {
  const single = useSingleKeys();
  if (single === "off" && isSingle(shortcut)) return null;
  return (
    <span className={styles.keys}>
      {keyCaps(shortcut, IS_MAC, single).map((cap, place) => (
        // A sequence may have the same cap twice.
        // oxlint-disable-next-line react/no-array-index-key
        <kbd key={`${cap} ${place}`} className={styles.kbd}>
          {cap}
        </kbd>
      ))}
    </span>
  );
}

/** The same in words, for what can only be text; `null` without a command or key. */
export function useKeyText(command: string | undefined): string | null {
  const shortcut = useShortcut(command ?? "");
  const single = useSingleKeys();
  if (shortcut === null || (single === "off" && isSingle(shortcut))) return null;
  return keyCaps(shortcut, IS_MAC, single).join(" ");
}

/** The key of a command as it acts now, whoever chose it; nothing while the command is not offered. */
export function KeysOf({ command }: { readonly command: string }) {
  const shortcut = useShortcut(command);
  return shortcut === null ? null : <Keys shortcut={shortcut} />;
}
