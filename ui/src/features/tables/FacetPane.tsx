/** Values to choose among, left of the table; their counts follow the filter. Click includes, Alt and click excludes. */
import { clsx } from "clsx";
import { ChevronRight } from "lucide-react";
import { useState, type MouseEvent } from "react";
import { STATUS_NAMES } from "../../components/Chip";
import { Skeleton } from "../../components/States";
import type { RunStatus, TableFacet, TableFilter } from "../../contract/contract";
import { useTableFacets } from "../../data/tables";
import { formatCount } from "../../lib/format";
import { clauseOf, hasClause } from "../../lib/searchText";
import styles from "./tables.module.css";

interface FacetPaneProps {
  readonly filter: TableFilter;
  readonly onToggle: (clause: string, exclude: boolean) => void;
}

const NAMES: Readonly<Record<string, string>> = { status: "Status", run_type: "Type", name: "Name", model: "Model", provider: "Provider", prompt_version: "Prompt version", feedback: "Feedback", tags: "Tags" };
const ORDER = ["status", "run_type", "name", "model", "provider", "tags", "prompt_version", "feedback"];
/** What a value is called elsewhere in the app. */
function spoken(field: string, value: string): string {
  if (field === "status" && Object.hasOwn(STATUS_NAMES, value)) return STATUS_NAMES[value as RunStatus];
  return value === "" ? "empty" : value;
}
const CLOSED = "tracemark.facets.closed";
/** Values that a facet shows before it is asked for more. */
const FIRST = 6;

/** The shape of what is on its way. */
const SHAPE = ["40%", "72%", "64%", "48%", "80%", "56%"];

function place(field: string): number {
  return ORDER.includes(field) ? ORDER.indexOf(field) : ORDER.length;
}

export function FacetPane({ filter, onToggle }: FacetPaneProps) {
  const facets = useTableFacets(filter, true);
  const [closed, setClosed] = useState<ReadonlySet<string>>(() => new Set((localStorage.getItem(CLOSED) ?? "").split("\n").filter((field) => field !== "")));
  const fold = (field: string): void => {
    const next = new Set(closed);
    if (!next.delete(field)) next.add(field);
    setClosed(next);
    localStorage.setItem(CLOSED, [...next].join("\n"));
  };
  const shown = (facets.data ?? []).filter(({ values }) => values.length > 0).toSorted((one, other) => place(one.field) - place(other.field));
  return (
    <aside className={styles.facets} aria-label="Facets" aria-busy={facets.isFetching} data-facets>
      {facets.error ? <p className={styles.facetNote}>{facets.error.message}</p> : null}
      {facets.isPending ? SHAPE.map((width) => (
        <p key={width} className={styles.facetNote}>
          <Skeleton width={width} />
        </p>
      )) : null}
      {facets.data && shown.length === 0 ? <p className={styles.facetNote}>Nothing to choose among.</p> : null}
      {shown.map((facet) => (
        <Facet key={facet.field} facet={facet} text={filter.text ?? ""} open={!closed.has(facet.field)} onFold={() => fold(facet.field)} onToggle={onToggle} />
      ))}
    </aside>
  );
}

interface FacetProps {
  readonly facet: TableFacet;
  readonly text: string;
  readonly open: boolean;
  readonly onFold: () => void;
  readonly onToggle: (clause: string, exclude: boolean) => void;
}

function Facet({ facet, text, open, onFold, onToggle }: FacetProps) {
  const [whole, setWhole] = useState(false);
  const { field, values, among } = facet;
  const name = NAMES[field] ?? field;
  const shown = whole ? values : values.slice(0, FIRST);
  return (
    <section className={styles.facet} aria-label={name}>
      <button type="button" className={styles.facetHead} aria-expanded={open} onClick={onFold} title={field}>
        <ChevronRight size={11} className={clsx(styles.arrow, open && styles.opened)} />
        <span>{name}</span>
        {among === null ? null : <i title={`Counted among the newest ${formatCount(among)}`}>newest {formatCount(among)}</i>}
      </button>
      {open ? (
        <ul>
          {shown.map(({ value, count }) => {
            const clause = clauseOf(field, value);
            const state = hasClause(text, clause) ? "in" : hasClause(text, `-${clause}`) ? "out" : "none";
            const onClick = (event: MouseEvent): void => onToggle(clause, event.altKey);
            return (
              <li key={value}>
                <button type="button" className={styles.facetValue} aria-pressed={state !== "none"} data-state={state} title={`${value}\nClick to include, Alt+click to exclude`} onClick={onClick}>
                  <span>{state === "out" ? `not ${spoken(field, value)}` : spoken(field, value)}</span>
                  <i>{formatCount(count)}</i>
                </button>
              </li>
            );
          })}
          {values.length > shown.length ? (
            <li>
              <button type="button" className={styles.facetMore} onClick={() => setWhole(true)}>
                {formatCount(values.length - shown.length)} more
              </button>
            </li>
          ) : null}
        </ul>
      ) : null}
    </section>
  );
}
