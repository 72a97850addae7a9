/** Which windows of a long list are needed for the rows in sight. */

export const WINDOW = 100;

/** Window numbers that cover the rows from `first` to `last`, both included. */
export function windowsFor(first: number, last: number): number[] {
  const from = Math.floor(Math.max(first, 0) / WINDOW);
  const to = Math.floor(Math.max(last, first, 0) / WINDOW);
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
