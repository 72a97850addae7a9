import { X } from "lucide-react";
import { IconButton } from "../../components/ui/Button";
import styles from "../../components/table/table.module.css";
import { plural } from "../../lib/format";
import { ViewSwitch } from "../conversation/ViewSwitch";
import type { TableSearch } from "../../routes/search";

const VIEWS = [
  ["messages", "Messages"],
  ["turns", "Turns"],
  ["details", "Details"],
] as const;
const KEYS = { messages: "M", turns: "T", details: "D" } as const;

interface TraceBarProps {
  readonly search: TableSearch;
  readonly total: number | null;
  readonly onChange: (changes: Partial<TableSearch>) => void;
}

const VIEWS_OF_GUESS = VIEWS.filter(([view]) => view !== "details");

/** The views of a thread, and the key of each. Figures are kept of threads that have a key. */
export function ThreadViews({ search, onChange }: Pick<TraceBarProps, "search" | "onChange">) {
  return <ViewSwitch label="View of the thread" options={search.traces === undefined ? VIEWS : VIEWS_OF_GUESS} keys={KEYS} value={search.view ?? "turns"} onChange={(view) => onChange({ view: view === "turns" ? undefined : view })} />;
}

/** The bar above a thread that is shown as messages or in figures. */
export function TraceBar({ search, total, onChange }: TraceBarProps) {
  return (
    <div className={styles.bar}>
      <h1 className={styles.title}>{search.traces === undefined ? "Thread" : "Guessed thread"}</h1>
      <ThreadViews search={search} onChange={onChange} />
      {search.project ? <Facet kind="project" value={search.project} onRemove={() => onChange({ project: undefined, thread: undefined, view: undefined })} /> : null}
      {search.thread ? <Facet kind="thread" value={search.thread} onRemove={() => onChange({ thread: undefined, view: undefined })} /> : null}
      {search.traces ? <Facet kind="guess" value={plural(search.traces.split(".").length, "trace")} onRemove={() => onChange({ traces: undefined, view: undefined })} /> : null}
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
