/**
 * The tree and its bars: one list of rows of fixed height, of which only those in sight are mounted.
 *
 * One tab stop with `aria-activedescendant`; the selected row stays mounted, so that assistive technology never
 * loses it.
 */
import { defaultRangeExtractor, useVirtualizer, type Range } from "@tanstack/react-virtual";
import { clsx } from "clsx";
import { useCallback, useEffect, useMemo, useRef, type KeyboardEvent, type MouseEvent } from "react";
import { useTakeFocus } from "../../components/useTakeFocus";
import type { TraceColumns } from "../../contract/contract";
import { costOf, dollars, spentBy } from "../../lib/cost";
import { formatCount, formatDuration, plural } from "../../lib/format";
import { barOf, tickLabel, ticks, type TimeView } from "../../lib/timeline";
import { runsCommand } from "../../commands/registry";
import { expandableSiblings, nextNamed } from "../../lib/tree";
import rowStyles from "../../components/ui/rows.module.css";
import styles from "./trace.module.css";
import { TreeRow } from "./TreeRow";
import type { TraceTree } from "./useTraceTree";

const ROW = 26;
/** Labels of the axis beyond this share of it would be cut off. */
const LAST_LABEL = 0.86;
/** A pause as long ends the name that is being typed. */
const TYPING_MS = 800;

interface TreePaneProps {
  readonly traceId: string;
  readonly columns: TraceColumns;
  readonly tree: TraceTree;
  readonly view: TimeView;
  readonly total: number;
  /** Nanoseconds from the start of the trace to now, while it is running. */
  readonly elapsed: number | null;
  readonly matches: ReadonlySet<number>;
  /** 1 for rows of the critical path, while it is shown. */
  readonly critical?: Uint8Array | null;
  readonly onZoom: (factor: number, at: number) => void;
  readonly onPan: (share: number) => void;
}

export function TreePane({ traceId, columns, tree, view, total, elapsed, matches, critical = null, onZoom, onPan }: TreePaneProps) {
  const { shape, visible, selected, folded } = tree;
  const { rows, index } = visible;
  const scroller = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLDivElement>(null);
  useTakeFocus(list);
  const position = index[selected] ?? -1;
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    scrollMargin: ROW,
    scrollPaddingStart: ROW * 2,
    scrollPaddingEnd: ROW,
    overscan: 6,
    rangeExtractor: useCallback((range: Range) => withSelected(defaultRangeExtractor(range), position), [position]),
  });
  useKeepInSight(virtualizer, position, selected);
  useWheel(scroller, onZoom, onPan);
  const onKeyDown = useTreeKeys(tree, columns);
  const spent = useMemo(() => spentBy(columns), [columns]);
  const onClick = (event: MouseEvent): void => {
    const target = event.target instanceof Element ? event.target : null;
    const row = Number(target?.closest<HTMLElement>("[data-row]")?.dataset.row ?? -1);
    if (row < 0) return;
    if (target?.closest("[data-same]")) tree.toggleGroup(row);
    else if (target?.closest("[data-fold]")) tree.fold([row], !folded.has(row));
    else tree.reveal(row);
  };
  const text = (at: number | undefined): string | null => (at === undefined || at < 0 ? null : (columns.strings[at] ?? null));
  return (
    <div ref={scroller} className={rowStyles.scroller}>
      <div className={styles.table}>
        <div className={clsx(rowStyles.head, styles.columns)} aria-hidden>
          <span>Run</span>
          <Axis view={view} />
          <span className={clsx("num", styles.figure)}>Latency</span>
          <span className={clsx("num", styles.figure)}>Tokens</span>
          <span className={clsx("num", styles.figure)}>Cost</span>
        </div>
        <div
          ref={list}
          className={rowStyles.list}
          role="tree"
          tabIndex={0}
          aria-label="Runs"
          aria-activedescendant={position >= 0 ? `run-${selected}` : undefined}
          style={{ height: virtualizer.getTotalSize() }}
          onKeyDown={onKeyDown}
          onClick={onClick}
        >
          {virtualizer.getVirtualItems().map((item) => {
            const row = rows[item.index] ?? 0;
            const start = columns.start_offset[row] ?? null;
            const duration = columns.duration[row] ?? null;
            const bar = start === null ? null : barOf(start, duration ?? Math.max(total - start, 0), view);
            const firstToken = columns.first_token[row] ?? null;
            const above = shape.parent[row] ?? -1;
            const group = tree.groups.get(row);
            return (
              <TreeRow
                key={columns.run_id[row]}
                costOf={costOf({ of: "run", traceId, runId: columns.run_id[row] ?? "", alone: false })}
                row={row}
                top={item.start - ROW}
                depth={shape.depth[row] ?? 0}
                place={shape.place[row] ?? 0}
                siblings={above < 0 ? shape.tops : (shape.children[above] ?? 0)}
                hasChildren={(shape.children[row] ?? 0) > 0}
                folded={folded.has(row)}
                below={columns.descendants[row] ?? 0}
                selected={row === selected}
                match={matches.has(row)}
                group={group ? `× ${formatCount(group.count)}` : null}
                groupTitle={group ? `${formatDuration(group.sum)} in all, the longest ${formatDuration(group.longest)}` : null}
                groupOpen={tree.opened.has(row)}
                critical={critical === null ? null : critical[row] === 1}
                name={text(columns.name[row]) ?? "unnamed"}
                detail={text(columns.detail[row]) ?? text(columns.model[row])}
                error={text(columns.error[row])}
                missingParent={text(columns.missing_parent[row])}
                runType={columns.run_type[row] ?? "chain"}
                status={columns.status[row] ?? "success"}
                start={start}
                duration={duration}
                elapsed={elapsed !== null && duration === null && start !== null && columns.status[row] === "pending" ? formatDuration(Math.max(elapsed - start, 0)) : null}
                tokens={columns.total_tokens[row] ?? null}
                cost={columns.total_cost[row] ?? null}
                costShare={spent > 0 ? (dollars(columns.total_cost[row]) / spent) * 100 : 0}
                barLeft={bar?.left ?? null}
                barWidth={bar?.width ?? 0}
                barStream={duration && firstToken !== null ? Math.max(0, 100 - (firstToken / duration) * 100) : null}
              />
            );
          })}
        </div>
        <HiddenNote tree={tree} />
      </div>
    </div>
  );
}

function HiddenNote({ tree }: { readonly tree: TraceTree }) {
  const { shape, plumbing, visibility, setVisibility } = tree;
  if (visibility === "errors" ? shape.hidden === 0 : plumbing === 0) return null;
  const notes = {
    key: `${plural(shape.hidden, "plumbing run")} hidden · `,
    all: `${plural(plumbing, "plumbing run")} shown · `,
    errors: `${plural(shape.hidden, "run")} without an error hidden · `,
  } as const;
  return (
    <p className={styles.footer}>
      {notes[visibility]}
      <button type="button" onClick={() => setVisibility(visibility === "all" ? "key" : "all")}>
        {visibility === "all" ? "hide them" : "show all"}
      </button>
    </p>
  );
}

function Axis({ view }: { readonly view: TimeView }) {
  const marks = ticks(view, 4);
  const step = marks.length > 1 ? (marks[1] ?? 0) - (marks[0] ?? 0) : view.to - view.from;
  const share = (at: number): number => (at - view.from) / (view.to - view.from);
  return (
    <span className={styles.axis}>
      {marks.map((at) => (
        <span key={at} className={styles.tick} style={{ left: `${share(at) * 100}%` }}>
          {share(at) < LAST_LABEL ? tickLabel(at, step) : null}
        </span>
      ))}
    </span>
  );
}

function withSelected(rows: number[], position: number): number[] {
  if (position < 0 || rows.includes(position)) return rows;
  return [...rows, position].toSorted((a, b) => a - b);
}

interface Scrollable {
  readonly scrollToIndex: (index: number, options: { align: "auto" | "center" }) => void;
}

/** Scrolls when another run is selected, but not when rows come in above it. */
function useKeepInSight(virtualizer: Scrollable, position: number, selected: number): void {
  const seen = useRef<number | null>(null);
  useEffect(() => {
    if (position < 0 || seen.current === selected) return;
    virtualizer.scrollToIndex(position, { align: seen.current === null ? "center" : "auto" });
    seen.current = selected;
  }, [virtualizer, position, selected]);
}

/** Mod+wheel zooms at the pointer, Shift+wheel pans. React's own wheel listener could not stop the scrolling. */
function useWheel(scroller: { readonly current: HTMLElement | null }, onZoom: TreePaneProps["onZoom"], onPan: TreePaneProps["onPan"]): void {
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const onWheel = (event: WheelEvent): void => {
      const lane = element.querySelector(`.${styles.axis}`)?.getBoundingClientRect();
      if (!lane || lane.width === 0) return;
      if (event.ctrlKey || event.metaKey) {
        onZoom(Math.exp(event.deltaY * 0.002), Math.min(Math.max((event.clientX - lane.left) / lane.width, 0), 1));
      } else if (event.shiftKey) {
        onPan((event.deltaX || event.deltaY) / lane.width);
      } else return;
      event.preventDefault();
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  }, [scroller, onZoom, onPan]);
}

/** The keys of a tree as the ARIA patterns have them. */
function useTreeKeys(tree: TraceTree, columns: TraceColumns) {
  const { shape, visible, selected, folded, fold, reveal } = tree;
  const typed = useRef({ text: "", at: 0 });
  /** Letters that belong to no command begin a name; once one is begun, every letter goes on with it. */
  const typeAhead = (event: KeyboardEvent): boolean => {
    if (!/^[\p{L}\p{N}_ ]$/u.test(event.key)) return false;
    const before = event.timeStamp - typed.current.at < TYPING_MS ? typed.current.text : "";
    if (before === "" && (event.key === " " || runsCommand(event))) return false;
    // The same letter again walks through the names that begin with it.
    const text = before === event.key.toLowerCase() ? before : before + event.key.toLowerCase();
    typed.current = { text, at: event.timeStamp };
    const row = nextNamed(columns, visible.rows, visible.index[selected] ?? 0, text);
    if (row >= 0) reveal(row);
    return true;
  };
  return (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (typeAhead(event)) {
      event.preventDefault();
      return;
    }
    const { rows, index } = visible;
    const position = index[selected] ?? 0;
    const go = (to: number): void => {
      const row = rows[Math.min(Math.max(to, 0), rows.length - 1)];
      if (row !== undefined) reveal(row);
    };
    const expandable = (shape.children[selected] ?? 0) > 0;
    const page = Math.max(Math.floor((event.currentTarget.parentElement?.parentElement?.clientHeight ?? 0) / ROW) - 2, 1);
    const actions: Readonly<Record<string, () => void>> = {
      ArrowDown: () => go(position + 1),
      ArrowUp: () => go(position - 1),
      PageDown: () => go(position + page),
      PageUp: () => go(position - page),
      Home: () => go(0),
      End: () => go(rows.length - 1),
      ArrowRight: () => {
        if (tree.groups.has(selected) && !tree.opened.has(selected)) tree.toggleGroup(selected);
        else if (expandable && folded.has(selected)) fold([selected], false);
        else if (expandable) go(position + 1);
      },
      ArrowLeft: () => {
        if (tree.groups.has(selected) && tree.opened.has(selected)) tree.toggleGroup(selected);
        else if (expandable && !folded.has(selected)) fold([selected], true);
        else if ((shape.parent[selected] ?? -1) >= 0) reveal(shape.parent[selected] ?? 0);
      },
      " ": () => expandable && fold([selected], !folded.has(selected)),
      "*": () => fold(expandableSiblings(shape, selected), false),
      Enter: () => document.querySelector<HTMLElement>("[data-run-panel]")?.focus(),
    };
    const action = actions[event.key];
    if (!action || columns.run_id.length === 0) return;
    action();
    event.preventDefault();
  };
}
