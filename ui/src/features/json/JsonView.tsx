/**
 * A JSON tree that mounts what is unfolded and no more than a window of it.
 *
 * Small payloads were parsed here; large ones are read from the core window by window. Both draw the same nodes.
 */
import { clsx } from "clsx";
import { ChevronRight } from "lucide-react";
import { createContext, use, useEffect, useRef, useState, type ReactNode } from "react";
import { Marked } from "../../components/Marked";
import type { JsonNode, PayloadPart } from "../../contract/contract";
import { JSON_WINDOW, useJsonWindows, useTextWindows, type PayloadRef } from "../../data/queries";
import { formatBytes, formatCount } from "../../lib/format";
import { childrenOf, decodeString, nodeOf, pointerStep, type JsonValue } from "../../lib/json";
import styles from "./json.module.css";
import { drawMarks, rangesOf, scrollToRange } from "../../lib/marks";
import type { FoundIn } from "../run/found";

/** Containers with more children start folded below the first level. */
const OPEN_UP_TO = 12;
const OPEN_LEVELS = 2;

interface JsonViewProps {
  readonly traceId: string;
  readonly runId: string;
  readonly part: PayloadPart;
  /** The value when it was small enough to be sent whole. */
  readonly value: JsonValue | null;
  readonly label: string;
  /** The text that a search found in it: it is unfolded, scrolled to and marked. */
  readonly found?: FoundIn | null;
}

const FoundContext = createContext<FoundIn | null>(null);

export function JsonView({ traceId, runId, part, value, label, found = null }: JsonViewProps) {
  return (
    <FoundContext value={found}>
      {value ? (
        <LocalJson value={value} label={label} />
      ) : (
        <div className={styles.tree} role="group" aria-label={label} data-json>
          <RemoteRoot source={{ traceId, runId, part }} />
        </div>
      )}
    </FoundContext>
  );
}

/** Whether what was found stands below this place. */
function leadsTo(pointer: string, found: FoundIn | null): boolean {
  return found?.pointer.startsWith(`${pointer}/`) ?? false;
}

/** Which child of this place leads to what was found, where that is known. */
function stepInto(pointer: string, found: FoundIn | null): number | undefined {
  return leadsTo(pointer, found) ? found?.place?.steps[pointer.split("/").length - 1] : undefined;
}

/** Runs once for everything that is found, also while this is drawn already. */
function useOnFound(found: FoundIn | null, react: () => void): void {
  const [seen, setSeen] = useState(found);
  if (seen === found) return;
  setSeen(found);
  react();
}

/** The beginning of the window in which a child stands. */
function windowOf(index: number): number {
  return Math.floor(index / JSON_WINDOW) * JSON_WINDOW;
}

export function LocalJson({ value, label }: { readonly value: JsonValue; readonly label: string }) {
  const node = nodeOf(value, "", "");
  return (
    <div className={styles.tree} role="group" aria-label={label} data-json>
      {node.children > 0 ? <LocalChildren value={value} pointer="" level={0} /> : <Leaf node={node} source={null} bare />}
    </div>
  );
}

interface LocalChildrenProps {
  readonly value: JsonValue;
  readonly pointer: string;
  readonly level: number;
}

function LocalChildren({ value, pointer, level }: LocalChildrenProps) {
  const all = childrenOf(value);
  const found = use(FoundContext);
  const [limit, setLimit] = useState(() => {
    const index = all.findIndex(([key]) => leadsTo(pointerStep(pointer, key), found) || pointerStep(pointer, key) === found?.pointer);
    return Math.max(JSON_WINDOW, index + 1);
  });
  const [from, setFrom] = useState(0);
  const step = stepInto(pointer, found);
  if (step !== undefined && step < all.length && (step < from || step >= limit)) {
    setFrom(windowOf(step));
    setLimit(windowOf(step) + JSON_WINDOW);
  }
  return (
    <>
      {from > 0 ? <Earlier before={from} onMore={() => setFrom(Math.max(from - JSON_WINDOW, 0))} /> : null}
      {all.slice(from, limit).map(([key, child], place) => {
        const index = from + place;
        const at = pointerStep(pointer, key);
        return (
          // Keys may be double; the place is what tells children apart.
          // oxlint-disable-next-line react/no-array-index-key
          <Branch key={index} node={nodeOf(child, key, at)} level={level} source={null}>
            {() => <LocalChildren value={child} pointer={at} level={level + 1} />}
          </Branch>
        );
      })}
      {all.length > limit ? <More left={all.length - limit} onMore={() => setLimit(limit + JSON_WINDOW)} /> : null}
    </>
  );
}

function RemoteRoot({ source }: { readonly source: PayloadRef }) {
  const { node } = useJsonWindows(source, "");
  if (node && node.children === 0) return <Leaf node={node} source={source} bare />;
  return <RemoteChildren source={source} pointer="" level={0} />;
}

interface RemoteChildrenProps {
  readonly source: PayloadRef;
  readonly pointer: string;
  readonly level: number;
}

function RemoteChildren({ source, pointer, level }: RemoteChildrenProps) {
  const found = use(FoundContext);
  const step = stepInto(pointer, found);
  const [from, setFrom] = useState(() => windowOf(step ?? 0));
  const windows = useJsonWindows(source, pointer, from);
  const loaded = windows.children.length;
  useOnFound(found, () => {
    if (step !== undefined && (step < from || step >= from + loaded)) setFrom(windowOf(step));
  });
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = windows;
  const isBehind = step === undefined && leadsTo(pointer, found) && !windows.children.some((child) => child.pointer === found?.pointer || leadsTo(child.pointer, found));
  useEffect(() => {
    if (isBehind && hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [isBehind, hasNextPage, isFetchingNextPage, fetchNextPage]);
  if (windows.error) {
    return (
      <p className={styles.bad} role="alert">
        {windows.error.message}{" "}
        <button type="button" className={styles.more} onClick={() => void windows.refetch()}>
          try again
        </button>
      </p>
    );
  }
  const { node } = windows;
  if (!node) return <p className={styles.quiet}>reading…</p>;
  return (
    <>
      {from > 0 ? <Earlier before={from} onMore={() => setFrom(Math.max(from - JSON_WINDOW, 0))} /> : null}
      {windows.children.map((child) => (
        // Each that is open asks for its own window, so those of a long list begin folded.
        <Branch key={child.pointer} node={child} level={node.children > OPEN_UP_TO ? OPEN_LEVELS : level} source={source}>
          {() => <RemoteChildren source={source} pointer={child.pointer} level={level + 1} />}
        </Branch>
      ))}
      {windows.hasNextPage ? (
        <More left={node.children - from - windows.children.length} busy={windows.isFetchingNextPage} onMore={() => void windows.fetchNextPage()} />
      ) : null}
    </>
  );
}

interface BranchProps {
  readonly node: JsonNode;
  readonly level: number;
  /** `null` when the whole value is here. */
  readonly source: PayloadRef | null;
  readonly children: () => ReactNode;
}

function Branch({ node, level, source, children }: BranchProps) {
  const small = node.children <= OPEN_UP_TO && node.bytes < 8_192;
  const found = use(FoundContext);
  const [open, setOpen] = useState((level < OPEN_LEVELS && small) || leadsTo(node.pointer, found));
  useOnFound(found, () => {
    if (leadsTo(node.pointer, found)) setOpen(true);
  });
  const key = useFoundHere<HTMLSpanElement>(found?.place?.inKey === true && found.pointer === node.pointer && node.children > 0 ? found : null, 0, node.key);
  if (node.children === 0) return <Leaf node={node} source={source} />;
  return (
    <div className={styles.node}>
      <div className={styles.line}>
        <button type="button" className={styles.toggle} aria-expanded={open} onClick={() => setOpen(!open)}>
          <span className={clsx(styles.arrow, open && styles.opened)}>
            <ChevronRight size={11} />
          </span>
          <span className={styles.key} ref={key}>
            {node.key}
          </span>
          <span className={styles.quiet}>{summary(node)}</span>
        </button>
      </div>
      {open ? <div className={styles.kids}>{children()}</div> : null}
    </div>
  );
}

interface LeafProps {
  readonly node: JsonNode;
  readonly source: PayloadRef | null;
  /** Without key, when the document is just this value. */
  readonly bare?: boolean;
}

function Leaf({ node, source, bare = false }: LeafProps) {
  const found = use(FoundContext);
  const isFound = found !== null && found.pointer === node.pointer;
  const line = useRef<HTMLDivElement>(null);
  const place = isFound ? found.place : undefined;
  const key = useFoundHere<HTMLSpanElement>(place?.inKey === true ? found : null, 0, node.key);
  const value = useFoundHere<HTMLSpanElement>(place?.inKey === false && node.kind !== "string" ? found : null, 0, node.text);
  useEffect(() => {
    if (isFound && !place) (line.current?.querySelector("mark") ?? line.current)?.scrollIntoView({ block: "center" });
  }, [isFound, place]);
  return (
    <div ref={line} className={clsx(styles.line, isFound && styles.found)}>
      {bare ? null : (
        <>
          <span className={styles.arrow} />
          <span className={styles.key} ref={key}>
            {node.key}
          </span>
        </>
      )}
      {node.kind === "string" ? (
        <StringValue node={node} source={source} />
      ) : (
        <span ref={value} className={clsx(styles.value, styles[node.kind])}>{node.text || (node.kind === "array" ? "[]" : "{}")}</span>
      )}
    </div>
  );
}

/** Long strings show their beginning; the rest is a click away. */
const STRING_START = 1_200;

function StringValue({ node, source }: LeafProps) {
  const found = use(FoundContext);
  const here = found?.pointer === node.pointer && found.place?.inKey !== true ? found : null;
  const walked = here?.place ? here : null;
  const marks = here && !walked ? here.marks : null;
  const [whole, setWhole] = useState(here !== null);
  useOnFound(found, () => {
    if (here) setWhole(true);
  });
  const text = decodeString(node.text, node.cut);
  const value = useFoundHere<HTMLSpanElement>(walked, 0, whole ? text : "");
  if (text === "") return <span className={styles.quiet}>empty text</span>;
  if (whole && node.cut && source) return <LongText source={source} pointer={node.pointer} marks={marks} walked={walked} />;
  const long = node.cut || text.length > STRING_START;
  return (
    <span ref={value} className={clsx(styles.value, styles.string)}>
      {marks ? <Marked text={text} marks={marks} /> : whole || !long ? text : text.slice(0, STRING_START)}
      {long && !whole ? (
        <>
          {"… "}
          <button type="button" className={styles.more} onClick={() => setWhole(true)}>
            show all{node.cut ? ` ${formatBytes(node.bytes)}` : ` ${formatCount(text.length)} characters`}
          </button>
        </>
      ) : null}
    </span>
  );
}

interface LongTextProps {
  readonly source: PayloadRef;
  readonly pointer: string;
  readonly marks: readonly string[] | null;
  /** What finding has walked to in it. */
  readonly walked: FoundIn | null;
}

/** Characters that are read before what was found. */
const TEXT_BEFORE = 1_000;

function LongText({ source, pointer, marks, walked }: LongTextProps) {
  const [from, setFrom] = useState(0);
  const text = useTextWindows(source, pointer, from);
  const shown = text.data?.pages.map((page) => page.text) ?? [];
  const all = shown.join("");
  const offset = walked?.place?.offset;
  if (offset !== undefined && text.data && (offset < from || offset >= from + all.length)) setFrom(Math.max(offset - TEXT_BEFORE, 0));
  const value = useFoundHere<HTMLSpanElement>(walked, from, all);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = text;
  const isBehind = marks !== null && marks.length > 0 && !marks.some((mark) => all.includes(mark));
  useEffect(() => {
    if (isBehind && hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [isBehind, hasNextPage, isFetchingNextPage, fetchNextPage]);
  const place = useRef<HTMLSpanElement>(null);
  const isShown = marks !== null && !isBehind && all !== "";
  useEffect(() => {
    if (isShown) place.current?.querySelector("mark")?.scrollIntoView({ block: "center" });
  }, [isShown]);
  const total = text.data?.pages[0]?.total ?? 0;
  return (
    <span ref={place} className={clsx(styles.value, styles.string)}>
      {from > 0 ? (
        <button type="button" className={styles.more} onClick={() => setFrom(0)}>
          from the beginning
        </button>
      ) : null}
      {text.error ? <span className={styles.bad}>{text.error.message}</span> : null}
      {text.isPending ? <span className={styles.quiet}>reading…</span> : marks ? <Marked text={all} marks={marks} /> : <span ref={value}>{all}</span>}
      {text.hasNextPage ? (
        <>
          {"… "}
          <button type="button" className={styles.more} disabled={text.isFetchingNextPage} onClick={() => void text.fetchNextPage()}>
            show more of {formatCount(total)} characters
          </button>
        </>
      ) : null}
    </span>
  );
}

/**
 * Draws and scrolls to the place that finding has walked to, once the element shows its text. The element begins with the
 * character `from` of what was looked through.
 */
function useFoundHere<Shown extends HTMLElement>(found: FoundIn | null, from: number, text: string) {
  const element = useRef<Shown>(null);
  useEffect(() => {
    const place = found?.place;
    if (!place || !element.current) return undefined;
    // Places are told in characters, ranges count units of UTF-16.
    const before = Array.from(text.slice(0, (place.offset - from) * 2)).slice(0, place.offset - from).join("").length;
    const range = rangesOf(element.current, place.wanted, Infinity).find(({ startOffset }) => startOffset >= before);
    if (!range) return undefined;
    drawMarks([range], "found-here");
    scrollToRange(range);
    return () => drawMarks([], "found-here");
  }, [found, from, text]);
  return element;
}

interface MoreProps {
  readonly left: number;
  readonly busy?: boolean;
  readonly onMore: () => void;
}

function More({ left, busy = false, onMore }: MoreProps) {
  return (
    <button type="button" className={styles.more} disabled={busy} onClick={onMore}>
      show {formatCount(Math.min(left, JSON_WINDOW))} more of {formatCount(left)}
    </button>
  );
}

function Earlier({ before, onMore }: { readonly before: number; readonly onMore: () => void }) {
  return (
    <button type="button" className={styles.more} onClick={onMore}>
      show {formatCount(Math.min(before, JSON_WINDOW))} earlier of {formatCount(before)}
    </button>
  );
}

function summary({ kind, children, bytes }: JsonNode): string {
  const noun = kind === "array" ? (children === 1 ? "item" : "items") : children === 1 ? "key" : "keys";
  const size = bytes > 1024 ? ` · ${formatBytes(bytes)}` : "";
  return `${formatCount(children)} ${noun}${size}`;
}
