import styles from "./ui/ui.module.css";

/** Characters at the end that always stay: enough for a number and an extension. */
const TAIL = 9;

/** A path or file name, cut in its middle where the room ends: both its ends say more. */
export function MiddleCut({ text }: { readonly text: string }) {
  if (text.length <= TAIL * 1.5) return <span className={styles.middle}>{text}</span>;
  return (
    <span className={styles.middle}>
      <span>{text.slice(0, -TAIL)}</span>
      <span>{text.slice(-TAIL)}</span>
    </span>
  );
}
