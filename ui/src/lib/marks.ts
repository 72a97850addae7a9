/** Marks of what was found, drawn by the browser over the texts: no element is added for them. */

/** Every place of a text, and the one that was walked to. */
type MarkName = "found" | "found-here";

/** More of them on one screen tell nothing. */
const MOST = 500;

/** Places of a text inside of an element, whatever their case; only those within one piece of text. */
export function rangesOf(root: Element, wanted: string, most = MOST): Range[] {
  const ranges: Range[] = [];
  if (wanted === "") return ranges;
  // Figures and names of buttons stand among the texts, but are not looked through.
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT, (node) =>
    node.parentElement?.closest<HTMLElement>("[data-searched]")?.dataset.searched === "no" ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT,
  );
  for (let node = walker.nextNode(); node && ranges.length < most; node = walker.nextNode()) {
    const text = (node.nodeValue ?? "").toLowerCase();
    // Letters that change their length with their case would shift every place behind them.
    if (text.length !== node.nodeValue?.length) continue;
    for (let at = text.indexOf(wanted); at >= 0 && ranges.length < most; at = text.indexOf(wanted, at + wanted.length)) {
      const range = document.createRange();
      range.setStart(node, at);
      range.setEnd(node, at + wanted.length);
      ranges.push(range);
    }
  }
  return ranges;
}

/** The same in several elements, in their order. */
export function rangesIn(roots: readonly Element[], wanted: string): Range[] {
  return roots.flatMap((root) => rangesOf(root, wanted));
}

/** Draws the marks in place of those before; nothing where the browser has no such thing. */
export function drawMarks(ranges: readonly Range[], name: MarkName = "found"): void {
  if (!("highlights" in CSS) || typeof Highlight === "undefined") return;
  if (ranges.length === 0) CSS.highlights.delete(name);
  else CSS.highlights.set(name, new Highlight(...ranges));
}

/** Scrolls what is around a place until the place is in sight. */
export function scrollToRange(range: Range): void {
  const element = range.startContainer.parentElement;
  let frame = element;
  while (frame && !(frame.scrollHeight > frame.clientHeight && /auto|scroll/.test(getComputedStyle(frame).overflowY))) frame = frame.parentElement;
  if (!frame) return;
  // An element may be much taller than the frame; the place in it is what counts.
  const box = range.getBoundingClientRect();
  const around = frame.getBoundingClientRect();
  if (box.top < around.top || box.bottom > around.bottom) frame.scrollBy({ top: box.top - around.top - around.height / 3 });
}

/** The number of a place among so many; a negative one counts from the end. */
export function placeAmong(which: number, count: number): number {
  return Math.max(which < 0 ? count + which : Math.min(which, count - 1), 0);
}

/** For how long a list may still be moving what it scrolled to. */
const SETTLES_MS = 350;
let latestScroll = 0;

/** Scrolls to a place of a text in elements once both are there, for about a second; the last call wins. */
export function scrollToMark(find: () => readonly Element[], wanted: string, which = 0): void {
  const mine = (latestScroll += 1);
  let until = performance.now() + 1000;
  let arrived = false;
  const look = (): void => {
    if (mine !== latestScroll) return;
    const ranges = rangesIn(find(), wanted);
    const range = ranges[placeAmong(which, ranges.length)];
    if (range) {
      if (!arrived) until = performance.now() + SETTLES_MS;
      arrived = true;
      scrollToRange(range);
    }
    if (performance.now() < until) requestAnimationFrame(look);
  };
  // The list scrolls to the message first.
  requestAnimationFrame(() => requestAnimationFrame(look));
}
