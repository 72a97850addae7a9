import styles from "./ui/ui.module.css";

/** Characters at the end that always stay: enough for a number and an extension. */
const TAIL = 9;
/** Of a path its last part stays, up to as many. */
const LAST_PART = 24;

/** A path or file name, cut in its middle where the room ends: both its ends say more. */
export function MiddleCut({ text }: { readonly text: string }) {
  const slash = Math.max(text.lastIndexOf("/"), text.lastIndexOf("\\"));
  const part = text.length - slash;
  const tail = slash > 0 && part > TAIL && part <= LAST_PART ? part : TAIL;
  if (text.length <= tail * 1.5) return <span className={styles.middle}>{text}</span>;
  return (
    <span className={styles.middle}>
      <span>{text.slice(0, -tail)}</span>
      <span>{text.slice(-tail)}</span>
    </span>
  );
}
