import { useEffect, useState } from "react";
import { useStartImport } from "../../data/queries";
import { platform } from "../../platform";
import styles from "./imports.module.css";

/** Says that files may be let go here, and imports them when they are. */
export function DropOverlay() {
  const [over, setOver] = useState(false);
  const { mutate: start } = useStartImport();
  useEffect(() => platform().drops({ over: setOver, dropped: start }), [start]);
  return over ? <div className={styles.overlay}>Drop to import</div> : null;
}
