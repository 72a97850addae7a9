/** What is said above the tree: the way from the trace to the run that is used as root, and the critical path. */
import { ChevronRight, X } from "lucide-react";
import { IconButton } from "../../components/ui/Button";
import { KeysOf } from "../../components/ui/Keys";
import type { TraceColumns } from "../../contract/contract";
import type { CriticalPath } from "../../lib/critical";
import { formatDuration, formatPercent } from "../../lib/format";
import styles from "./trace.module.css";

interface RootPathProps {
  readonly columns: TraceColumns;
  readonly root: number;
  readonly onRoot: (row: number | null) => void;
}

export function RootPath({ columns, root, onRoot }: RootPathProps) {
  const way: number[] = [];
  for (let row = root; row >= 0; row = columns.parent[row] ?? -1) way.unshift(row);
  const name = (row: number): string => columns.strings[columns.name[row] ?? -1] ?? "unnamed";
  return (
    <nav className={styles.note} aria-label="Root of the tree">
      <button type="button" className={styles.crumb} onClick={() => onRoot(null)}>
        Whole trace
      </button>
      {way.map((row) => (
        <span key={row} className={styles.step}>
          <ChevronRight size={11} />
          {row === root ? (
            <b aria-current="true">{name(row)}</b>
          ) : (
            <button type="button" className={styles.crumb} onClick={() => onRoot(row)}>
              {name(row)}
            </button>
          )}
        </span>
      ))}
      <KeysOf command="trace.root" />
    </nav>
  );
}

interface CriticalNoteProps {
  readonly path: CriticalPath;
  readonly onClose: () => void;
}

export function CriticalNote({ path, onClose }: CriticalNoteProps) {
  const parts = [...path.share].filter(([, nanos]) => nanos > 0).toSorted((one, other) => other[1] - one[1]);
  return (
    <p className={styles.note} role="status">
      {path.total === 0 ? (
        "The critical path is not known before the end."
      ) : (
        <>
          <b>Critical path</b> {formatDuration(path.total)}
          {parts.map(([type, nanos]) => (
            <span key={type}>
              {type} {formatPercent(nanos / path.total)}
            </span>
          ))}
        </>
      )}
      <KeysOf command="trace.critical" />
      <IconButton label="Hide the critical path (Y)" onClick={onClose}>
        <X size={12} />
      </IconButton>
    </p>
  );
}
