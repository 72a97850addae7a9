/**
 * The whole trace above its timeline, with the window that the timeline shows.
 *
 * Drag the window to move it, its edges to change it, anywhere else to choose another; twice fits the whole trace.
 * The edges are sliders for the keyboard.
 */
import { useEffect, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent, type PointerEvent } from "react";
import type { TraceColumns } from "../../contract/contract";
import { formatDuration } from "../../lib/format";
import { EMPTY, FAILED, overview } from "../../lib/overview";
import { clampView, fitAll, isWhole, moveEdge, viewBetween, type TimeView } from "../../lib/timeline";
import styles from "./trace.module.css";

const HEIGHT = 28;
const MOST_LANES = 6;
/** Deeper traces have flatter lanes, shallow ones do not become blocks. */
const LANE = { most: 6, least: 4 };
/** Pixels before a press becomes a drag. */
const SLACK = 3;

interface MiniMapProps {
  readonly columns: TraceColumns;
  /** Length of what is drawn; a running trace grows beyond it. */
  readonly drawn: number;
  readonly total: number;
  readonly view: TimeView;
  readonly onView: (view: TimeView) => void;
}

interface Drag {
  readonly part: keyof TimeView | "window" | "outside";
  readonly x: number;
  readonly at: number;
  readonly view: TimeView;
}

export function MiniMap({ columns, drawn, total, view, onView }: MiniMapProps) {
  const map = useRef<HTMLDivElement>(null);
  const drag = useRef<Drag | null>(null);
  const theme = useThemeName();
  const lanes = useMemo(() => Math.min(columns.depth.reduce((most, depth) => Math.max(most, depth), 0) + 1, MOST_LANES), [columns]);
  const lane = Math.min(Math.max(Math.floor((HEIGHT - 4) / lanes), LANE.least), LANE.most);
  const top = Math.floor((HEIGHT - lanes * lane) / 2);
  const all = fitAll(total).to;
  const percent = (at: number): string => `${(at / all) * 100}%`;
  const whole = isWhole(view, total);

  const timeAt = (clientX: number): number => {
    const box = map.current?.getBoundingClientRect();
    return box ? Math.min(Math.max((clientX - box.left) / box.width, 0), 1) * all : 0;
  };
  const onPointerDown = (event: PointerEvent): void => {
    if (event.button !== 0 || !(event.target instanceof HTMLElement)) return;
    const at = timeAt(event.clientX);
    const edge = event.target.dataset.edge as keyof TimeView | undefined;
    const inside = !whole && at >= view.from && at <= view.to;
    drag.current = { part: edge ?? (inside ? "window" : "outside"), x: event.clientX, at, view };
    event.currentTarget.setPointerCapture(event.pointerId);
    if (edge === undefined) event.preventDefault();
  };
  const onPointerMove = (event: PointerEvent): void => {
    const { current } = drag;
    if (!current || Math.abs(event.clientX - current.x) < SLACK) return;
    const at = timeAt(event.clientX);
    const { part, view: before } = current;
    if (part === "outside") onView(viewBetween(current.at, at, total));
    else if (part === "window") onView(clampView({ from: before.from + at - current.at, to: before.to + at - current.at }, total));
    else onView(moveEdge(before, part, at, total));
  };
  const onPointerUp = (event: PointerEvent): void => {
    const { current } = drag;
    drag.current = null;
    if (!current || whole || current.part !== "outside" || Math.abs(event.clientX - current.x) >= SLACK) return;
    const half = (view.to - view.from) / 2;
    onView(clampView({ from: current.at - half, to: current.at + half }, total));
  };
  const onKeyDown = (edge: keyof TimeView) => (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const steps: Readonly<Record<string, number>> = { ArrowLeft: -0.01, ArrowDown: -0.01, ArrowRight: 0.01, ArrowUp: 0.01, PageDown: -0.1, PageUp: 0.1, Home: -1, End: 1 };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    onView(moveEdge(view, edge, view[edge] + step * all, total));
  };
  const slider = (edge: keyof TimeView, label: string) => (
    <span
      className={styles.edge}
      role="slider"
      tabIndex={0}
      data-edge={edge}
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round((view[edge] / all) * 100)}
      aria-valuetext={formatDuration(Math.min(view[edge], total))}
      style={{ left: percent(view[edge]) }}
      onKeyDown={onKeyDown(edge)}
    />
  );
  return (
    <div className={styles.mapFrame} role="group" aria-label="Window of the timeline">
      <div
        ref={map}
        className={styles.map}
        title="Drag to choose what the timeline shows, double-click for all of it"
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerUp}
        onPointerCancel={() => (drag.current = null)}
        onDoubleClick={() => onView(fitAll(total))}
      >
        <Lanes key={theme} columns={columns} drawn={drawn} lanes={lanes} lane={lane} top={top} width={percent(drawn)} />
        {total > drawn ? <span className={styles.growing} style={{ top, left: percent(drawn), width: percent(total - drawn), height: lane - 1 }} /> : null}
        <span className={styles.shade} style={{ left: 0, width: percent(view.from) }} />
        <span className={styles.shade} style={{ right: 0, width: percent(all - view.to) }} />
        <span className={styles.window} data-whole={whole || undefined} style={{ left: percent(view.from), width: percent(view.to - view.from) }} />
        {slider("from", "Start of the window")}
        {slider("to", "End of the window")}
      </div>
    </div>
  );
}

interface LanesProps {
  readonly columns: TraceColumns;
  readonly drawn: number;
  readonly lanes: number;
  /** Pixels a lane, of which one stays free. */
  readonly lane: number;
  readonly top: number;
  readonly width: string;
}

/** Drawn once for the runs as they came; a trace that grows is only squeezed. */
function Lanes({ columns, drawn, lanes, lane, top, width }: LanesProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [pixels, setPixels] = useState(0);
  const cells = useMemo(() => (pixels > 0 ? overview(columns, drawn, pixels, lanes) : null), [columns, drawn, pixels, lanes]);
  useLayoutEffect(() => {
    const element = canvas.current?.parentElement;
    if (!element) return;
    const measure = (): void => setPixels(Math.max(Math.round(element.clientWidth), 1));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  useLayoutEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!canvas.current || !context || !cells) return;
    const colors = getComputedStyle(canvas.current);
    const [plain, failed] = [colors.getPropertyValue("--chain"), colors.getPropertyValue("--error")];
    context.clearRect(0, 0, pixels, lanes * lane);
    for (let line = 0; line < lanes; line += 1) {
      // Neighbours alike are one rectangle.
      for (let x = 0, end = 0; x < pixels; x = end) {
        const cell = cells[line * pixels + x];
        end = x + 1;
        while (end < pixels && cells[line * pixels + end] === cell) end += 1;
        if (cell === EMPTY) continue;
        context.globalAlpha = cell === FAILED ? 1 : 0.6;
        context.fillStyle = cell === FAILED ? failed : plain;
        context.fillRect(x, line * lane, end - x, lane - 1);
      }
    }
  }, [cells, pixels, lanes, lane]);
  return <canvas ref={canvas} aria-hidden className={styles.lanes} width={Math.max(pixels, 1)} height={lanes * lane} style={{ top, width }} />;
}

/** A canvas does not follow the tokens by itself. */
function useThemeName(): string | undefined {
  const [theme, setTheme] = useState(document.documentElement.dataset.theme);
  useEffect(() => {
    const observer = new MutationObserver(() => setTheme(document.documentElement.dataset.theme));
    observer.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    return () => observer.disconnect();
  }, []);
  return theme;
}
