import { X } from "lucide-react";
import { IconButton } from "../../components/ui/Button";
import styles from "../../components/table/table.module.css";
import { plural } from "../../lib/format";
import { ViewSwitch } from "../conversation/ViewSwitch";
import type { TableSearch } from "../../routes/search";

export const THREAD_VIEWS = [
  ["turns", "Turns"],
  ["messages", "Messages"],
] as const;

interface TraceBarProps {
  readonly search: TableSearch;
  readonly total: number | null;
  readonly onChange: (changes: Partial<TableSearch>) => void;
}

/** The bar above a thread that is shown as messages. */
export function TraceBar({ search, total, onChange }: TraceBarProps) {
  return (
    <div className={styles.bar}>
      <h1 className={styles.title}>Thread</h1>
      <ViewSwitch label="View of the thread" options={THREAD_VIEWS} value="messages" onChange={(view) => onChange({ view: view === "messages" ? view : undefined })} />
      {search.project ? <Facet kind="project" value={search.project} onRemove={() => onChange({ project: undefined, thread: undefined, view: undefined })} /> : null}
      {search.thread ? <Facet kind="thread" value={search.thread} onRemove={() => onChange({ thread: undefined, view: undefined })} /> : null}
      <span className={styles.count}>{total === null ? "" : plural(total, "trace")}</span>
    </div>
  );
}

interface FacetProps {
  readonly kind: string;
  readonly value: string;
  readonly onRemove: () => void;
}

export function Facet({ kind, value, onRemove }: FacetProps) {
  return (
    <span className={styles.facet} title={`${kind} ${value}`}>
      <b>{kind}</b>
      &nbsp;
      <span>{value}</span>
      <IconButton label={`Remove the filter ${kind} ${value}`} onClick={onRemove}>
        <X size={12} />
      </IconButton>
    </span>
  );
}
