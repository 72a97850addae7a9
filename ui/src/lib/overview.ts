/**
 * The whole trace in a few lanes of cells, for the mini-map.
 *
 * One pass over the runs and one over the cells, however many runs lie on top of each other.
 */
import type { TraceColumns } from "../contract/contract";

export const EMPTY = 0;
export const RUN = 1;
export const FAILED = 2;

type OverviewColumns = Pick<TraceColumns, "depth" | "start_offset" | "duration" | "status">;

/** Cells row by row: lanes from the top, a run in the lane of its depth, the deepest share the last. */
export function overview(columns: OverviewColumns, total: number, width: number, lanes: number): Uint8Array {
  const line = width + 1;
  const runs = new Int32Array(line * lanes);
  const failures = new Int32Array(line * lanes);
  const perNano = width / Math.max(total, 1);
  for (let row = 0; row < columns.depth.length; row += 1) {
    const start = columns.start_offset[row];
    if (start === null || start === undefined) continue;
    const end = start + (columns.duration[row] ?? Math.max(total - start, 0));
    const from = Math.min(Math.max(Math.floor(start * perNano), 0), width - 1);
    const to = Math.min(Math.max(Math.ceil(end * perNano), from + 1), width);
    const lane = Math.min(columns.depth[row] ?? 0, lanes - 1) * line;
    const marks = columns.status[row] === "error" ? failures : runs;
    marks[lane + from] = (marks[lane + from] ?? 0) + 1;
    marks[lane + to] = (marks[lane + to] ?? 0) - 1;
  }
  const cells = new Uint8Array(width * lanes);
  for (let lane = 0; lane < lanes; lane += 1) {
    let run = 0;
    let failed = 0;
    for (let x = 0; x < width; x += 1) {
      run += runs[lane * line + x] ?? 0;
      failed += failures[lane * line + x] ?? 0;
      cells[lane * width + x] = failed > 0 ? FAILED : run > 0 ? RUN : EMPTY;
    }
  }
  return cells;
}
