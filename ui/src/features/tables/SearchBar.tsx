/**
 * The search bar of the tables: fields, operators and values are offered while typing, with how often they occur;
 * what cannot be read is underlined and says why.
 */
import { clsx } from "clsx";
import { useEffect, useId, useMemo, useRef, useState, type KeyboardEvent, type RefObject } from "react";
import { KeysOf } from "../../components/ui/Keys";
import table from "../../components/table/table.module.css";
import ui from "../../components/ui/ui.module.css";
import type { SearchField, TableFacet, TableFilter } from "../../contract/contract";
import { useSearchCheck, useSearchFields, useTableFacets } from "../../data/tables";
import { formatCount } from "../../lib/format";
import { clauseOf, complete, partsOf, quoteValue, typedAt, type Typed } from "../../lib/searchText";
import styles from "./tables.module.css";

interface SearchBarProps {
  readonly inputRef: RefObject<HTMLInputElement | null>;
  readonly value: string;
  readonly filter: TableFilter;
  readonly label: string;
  readonly placeholder: string;
  readonly onChange: (value: string) => void;
  /** Enter and arrow down hand over to the rows. */
  readonly onLeave: () => void;
}

interface Offer {
  /** What is put in. */
  readonly clause: string;
  readonly label: string;
  readonly aside: string;
}

const PAUSE_MS = 250;
const MOST_OFFERS = 12;

export function SearchBar({ inputRef, value, filter, label, placeholder, onChange, onLeave }: SearchBarProps) {
  const [text, setText] = useState(value);
  const [caret, setCaret] = useState(0);
  const [isOpen, setOpen] = useState(false);
  const [chosen, setChosen] = useState(-1);
  const [scroll, setScroll] = useState(0);
  const sent = useRef(value);
  const id = useId();
  useEffect(() => {
    // Back, forward, a facet or "show all" changed the filter from outside.
    if (value !== sent.current) setText(value);
    sent.current = value;
  }, [value]);
  const checked = useSearchCheck(text);
  const problem = text.trim() === "" ? null : (checked.data?.problem ?? null);
  // What cannot be read yet is not asked for: the table keeps what it shows.
  const readable = text.trim() === "" || (problem === null && checked.data !== undefined && !checked.isPlaceholderData);
  useEffect(() => {
    if (text === sent.current || !readable) return;
    const timer = setTimeout(() => {
      sent.current = text;
      onChange(text);
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, readable, onChange]);

  const typed = useMemo(() => typedAt(text, caret), [text, caret]);
  const others = useMemo(
    () =>
      partsOf(value)
        .filter(({ start }) => start !== typed.start)
        .map((part) => part.text)
        .join(" "),
    [value, typed.start],
  );
  const facets = useTableFacets({ ...filter, text: others }, isOpen, 100).data;
  const fields = useSearchFields().data;
  const offers = useMemo(() => (isOpen ? offersFor(typed, fields ?? [], facets ?? []) : []), [isOpen, typed, fields, facets]);
  // While a word is being written it is not wrong yet.
  const shownProblem = problem !== null && !(isOpen && caret >= problem.place.start && caret <= problem.place.end && problem.place.end >= text.trimEnd().length && offers.length > 0) ? problem : null;

  const take = (offer: Offer): void => {
    const done = complete(text, typed, offer.clause);
    setText(done.text);
    setChosen(-1);
    requestAnimationFrame(() => {
      inputRef.current?.setSelectionRange(done.caret, done.caret);
      setCaret(done.caret);
    });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const offer = offers[chosen];
    if ((event.key === "ArrowDown" || event.key === "ArrowUp") && offers.length > 0 && isOpen) {
      const step = event.key === "ArrowDown" ? 1 : -1;
      setChosen((before) => (before + step + offers.length + (before < 0 && step < 0 ? 1 : 0)) % offers.length);
    } else if ((event.key === "Enter" || event.key === "Tab") && offer && isOpen && !event.shiftKey) take(offer);
    else if (event.key === "Tab") return;
    else if (event.key === "Escape" && isOpen && offers.length > 0) setOpen(false);
    else if (event.key === "Escape" && text !== "") setText("");
    else if (event.key === "Escape" || event.key === "Enter" || event.key === "ArrowDown") {
      setOpen(false);
      onLeave();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const lists = isOpen && offers.length > 0;
  return (
    <div className={clsx(table.search, styles.search)}>
      <input
        ref={inputRef}
        className={ui.field}
        type="text"
        role="combobox"
        aria-label={label}
        aria-expanded={lists}
        aria-controls={lists ? `${id}-list` : undefined}
        aria-activedescendant={lists && chosen >= 0 ? `${id}-${chosen}` : undefined}
        aria-autocomplete="list"
        aria-invalid={shownProblem !== null || undefined}
        aria-describedby={shownProblem ? `${id}-problem` : undefined}
        placeholder={placeholder}
        value={text}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => {
          setText(event.target.value);
          setCaret(event.target.selectionStart ?? event.target.value.length);
          setOpen(true);
          setChosen(-1);
        }}
        onSelect={(event) => setCaret(event.currentTarget.selectionStart ?? 0)}
        onScroll={(event) => setScroll(event.currentTarget.scrollLeft)}
        onClick={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={onKeyDown}
      />
      {shownProblem ? (
        <span className={styles.underlay} aria-hidden>
          <span style={{ transform: `translateX(${-scroll}px)` }}>
            {text.slice(0, shownProblem.place.start)}
            <u>{text.slice(shownProblem.place.start, shownProblem.place.end) || " "}</u>
          </span>
        </span>
      ) : null}
      <KeysOf command="table.filter" />
      {lists ? (
        <div id={`${id}-list`} role="listbox" aria-label="Completions" className={styles.offers}>
          {offers.map((offer, index) => (
            <div
              key={offer.clause}
              id={`${id}-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === chosen}
              className={styles.offer}
              onPointerDown={(event) => {
                event.preventDefault();
                take(offer);
              }}
            >
              <span>{offer.label}</span>
              <i>{offer.aside}</i>
            </div>
          ))}
        </div>
      ) : null}
      {shownProblem && !lists ? (
        <div id={`${id}-problem`} className={styles.problem} role="alert">
          The search cannot be read {shownProblem.place.start >= text.length ? "at the end" : `at ${text.slice(shownProblem.place.start)}`}: {shownProblem.message}.
          {shownProblem.nearest === null ? null : (
            <>
              {" "}
              <button
                type="button"
                className={ui.button}
                onClick={() => {
                  setText(text.slice(0, shownProblem.place.start) + shownProblem.nearest + text.slice(shownProblem.place.end));
                  inputRef.current?.focus();
                }}
              >
                Use {shownProblem.nearest}
              </button>
            </>
          )}
        </div>
      ) : null}
    </div>
  );
}

const SIGNS: Readonly<Partial<Record<SearchField["kind"], readonly (readonly [string, string])[]>>> = {
  number: [
    [">", "more than"],
    ["<", "less than"],
  ],
  duration: [
    [">", "longer than, seconds"],
    ["<", "shorter than, seconds"],
  ],
  time: [
    [">", "after"],
    ["<", "before"],
  ],
  text: [
    ["*", "is there"],
    ["~", "has words"],
  ],
  presence: [
    ["*", "is there"],
    ["~", "has words"],
  ],
};

/** What may be put at the caret: fields and keys while a name is typed, values and signs behind its colon. */
export function offersFor(typed: Typed, fields: readonly SearchField[], facets: readonly TableFacet[]): Offer[] {
  const wanted = typed.text.toLowerCase();
  if (typed.field === null) {
    const keys = facets.find(({ field }) => field === "feedback")?.values ?? [];
    const names: Offer[] = [
      ...fields.map(({ name, kind }) => ({ clause: `${name}:`, label: `${name}:`, aside: kind === "choice" ? "" : kind })),
      ...facets.filter(({ field }) => field.startsWith("metadata.")).map(({ field }) => ({ clause: `${clauseOf(field, "x").slice(0, -1)}`, label: `${field}:`, aside: "metadata" })),
      ...keys.map(({ value, count }) => ({ clause: clauseOf("feedback", value).slice(0, -1), label: `feedback.${value}:`, aside: formatCount(count) })),
    ];
    const fits = names.filter(({ label }) => label.toLowerCase().includes(wanted));
    // Names that begin so come first.
    return fits.toSorted((one, other) => rank(one.label, wanted) - rank(other.label, wanted)).slice(0, MOST_OFFERS);
  }
  const { field } = typed;
  const kind = field.startsWith("feedback.") ? "number" : fields.find(({ name }) => name === field)?.kind;
  const bare = field.replaceAll('"', "");
  const values = (facets.find((facet) => facet.field === bare)?.values ?? [])
    .filter(({ value }) => value.toLowerCase().includes(wanted.replaceAll('"', "")))
    .map(({ value, count }) => ({ clause: `${field}:${quoteValue(value)}`, label: value, aside: formatCount(count) }));
  const signs = typed.text === "" && kind !== undefined ? (SIGNS[kind] ?? []).map(([sign, what]) => ({ clause: `${field}:${sign}`, label: `${field}:${sign}`, aside: what })) : [];
  const present = field.startsWith("feedback.") && typed.text === "" ? [{ clause: `${field}:*`, label: `${field}:*`, aside: "was judged" }] : [];
  return [...values.slice(0, MOST_OFFERS - signs.length), ...signs, ...present];
}

function rank(label: string, wanted: string): number {
  return label.toLowerCase().startsWith(wanted) ? 0 : 1;
}
