/** Geometry of the timeline: one view on the time axis that all bars share. */

/** The part of the trace that the lane shows, in nanoseconds from its start. */
export interface TimeView {
  readonly from: number;
  readonly to: number;
}

/** Place of a bar in percent of the lane. */
export interface Bar {
  readonly left: number;
  readonly width: number;
}

const CLOSEST = 1_000;

/** The whole trace with a little air at the end, so that the last bar does not touch the column beside it. */
export function fitAll(total: number): TimeView {
  return { from: 0, to: Math.max(total, CLOSEST) * 1.02 };
}

/** A run with a tenth of air on both sides. */
export function fitRun(start: number, duration: number, total: number): TimeView {
  const air = Math.max(duration * 0.1, CLOSEST / 2);
  return clampView({ from: start - air, to: start + duration + air }, total);
}

/** Factor below 1 goes nearer; `at` is the share of the lane that stays in place. */
export function zoom(view: TimeView, factor: number, at: number, total: number): TimeView {
  const width = Math.min(Math.max((view.to - view.from) * factor, CLOSEST), fitAll(total).to);
  const anchor = view.from + (view.to - view.from) * at;
  return clampView({ from: anchor - width * at, to: anchor + width * (1 - at) }, total);
}

/** Moves by a share of the lane. */
export function pan(view: TimeView, share: number, total: number): TimeView {
  const move = (view.to - view.from) * share;
  return clampView({ from: view.from + move, to: view.to + move }, total);
}

/** Keeps the view within the trace. */
export function clampView(view: TimeView, total: number): TimeView {
  const all = fitAll(total);
  const width = Math.min(view.to - view.from, all.to);
  const from = Math.min(Math.max(view.from, 0), all.to - width);
  return { from, to: from + width };
}

/** Moves one edge of the view while the other holds still. */
export function moveEdge(view: TimeView, edge: keyof TimeView, at: number, total: number): TimeView {
  if (edge === "from") return { from: Math.max(Math.min(at, view.to - CLOSEST), 0), to: view.to };
  return { from: view.from, to: Math.min(Math.max(at, view.from + CLOSEST), fitAll(total).to) };
}

/** The view between two places, in either order. */
export function viewBetween(one: number, other: number, total: number): TimeView {
  const from = Math.min(one, other);
  return clampView({ from, to: Math.max(one, other, from + CLOSEST) }, total);
}

/** Whether nothing of the trace lies outside. */
export function isWhole(view: TimeView, total: number): boolean {
  return view.from <= 0 && view.to >= fitAll(total).to;
}

/** `null` when the bar lies outside the view; cut at its edges otherwise. */
export function barOf(start: number, duration: number, view: TimeView): Bar | null {
  const width = view.to - view.from;
  const left = (start - view.from) / width;
  const right = (start + duration - view.from) / width;
  if (right < 0 || left > 1) return null;
  const from = Math.max(left, 0);
  return { left: from * 100, width: (Math.min(right, 1) - from) * 100 };
}

/** Round places on the axis, at most `most` of them. */
export function ticks(view: TimeView, most: number): number[] {
  const step = niceStep((view.to - view.from) / Math.max(most, 1));
  const found: number[] = [];
  for (let at = Math.ceil(view.from / step) * step; at <= view.to; at += step) found.push(at);
  return found;
}

/** Label of a tick, with as many decimals as its neighbours need. */
export function tickLabel(nanos: number, step: number): string {
  if (nanos === 0) return "0";
  const [unit, size] = step >= 1e8 ? ["s", 1e9] : step >= 1e5 ? ["ms", 1e6] : ["µs", 1e3];
  const decimals = Math.max(0, Math.ceil(-Math.log10(step / (size as number)) - 1e-9));
  return `${(nanos / (size as number)).toFixed(Math.min(decimals, 3))} ${unit}`;
}

function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(rough, 1)));
  for (const factor of [1, 2, 5, 10]) if (power * factor >= rough) return power * factor;
  return power * 10;
}
