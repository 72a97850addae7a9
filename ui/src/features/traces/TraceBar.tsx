import { X } from "lucide-react";
import type { RefObject } from "react";
import { FilterInput } from "../../components/table/FilterInput";
import ui from "../../components/ui/ui.module.css";
import styles from "../../components/table/table.module.css";
import { STATUS_NAMES } from "../../components/Chip";
import { IconButton } from "../../components/ui/Button";
import type { RunStatus } from "../../contract/contract";
import { useSources } from "../../data/queries";
import { plural } from "../../lib/format";
import { ViewSwitch } from "../conversation/ViewSwitch";
import type { TracesSearch } from "../../routes/search";

const VIEWS = [
  ["messages", "Messages"],
  ["turns", "Turns"],
  ["details", "Details"],
] as const;
const KEYS = { messages: "M", turns: "T", details: "D" } as const;

interface TraceBarProps {
  readonly search: TracesSearch;
  readonly total: number | null;
  readonly inputRef: RefObject<HTMLInputElement | null>;
  readonly onChange: (changes: Partial<TracesSearch>) => void;
  readonly onLeave: () => void;
}

export function TraceBar({ search, total, inputRef, onChange, onLeave }: TraceBarProps) {
  const source = useSources().data?.find(({ id }) => id === search.source);
  const view = search.thread === undefined ? "turns" : (search.view ?? "turns");
  return (
    <div className={styles.bar}>
      <h1 className={styles.title}>{search.thread === undefined ? "Traces" : "Thread"}</h1>
      {search.thread === undefined ? null : (
        <ViewSwitch label="View of the thread" options={VIEWS} keys={KEYS} value={view} onChange={(next) => onChange({ view: next === "turns" ? undefined : next })} />
      )}
      {view !== "turns" ? null : (
        <>
      <FilterInput inputRef={inputRef} value={search.q ?? ""} onChange={(q) => onChange({ q: q === "" ? undefined : q })} onLeave={onLeave} />
      <select
        className={ui.field}
        aria-label="Status"
        value={search.status ?? ""}
        onChange={(event) => onChange({ status: event.target.value === "" ? undefined : (event.target.value as RunStatus) })}
      >
        <option value="">Any status</option>
        {Object.entries(STATUS_NAMES).map(([status, name]) => (
          <option key={status} value={status}>
            {name}
          </option>
        ))}
      </select>
        </>
      )}
      {search.project ? <Facet kind="project" value={search.project} onRemove={() => onChange({ project: undefined, thread: undefined, view: undefined })} /> : null}
      {search.thread ? <Facet kind="thread" value={search.thread} onRemove={() => onChange({ thread: undefined, view: undefined })} /> : null}
      {search.source === undefined ? null : (
        <Facet kind="source" value={source?.label ?? String(search.source)} onRemove={() => onChange({ source: undefined })} />
      )}
      <span className={styles.count}>{total === null ? "" : plural(total, "trace")}</span>
    </div>
  );
}

interface FacetProps {
  readonly kind: string;
  readonly value: string;
  readonly onRemove: () => void;
}

function Facet({ kind, value, onRemove }: FacetProps) {
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
