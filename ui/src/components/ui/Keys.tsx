import { keyCaps } from "../../lib/keys";
import { IS_MAC } from "../../platform";
import styles from "./ui.module.css";

/** Prints a shortcut as small outlined caps. */
export function Keys({ shortcut }: { readonly shortcut: string }) {
  return (
    <span className={styles.keys}>
      {keyCaps(shortcut, IS_MAC).map((cap) => (
        <kbd key={cap} className={styles.kbd}>
          {cap}
        </kbd>
      ))}
    </span>
  );
}
