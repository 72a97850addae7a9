/** Marks of what was found, drawn by the browser over the texts: no element is added for them. */

const NAME = "found";
/** More of them on one screen tell nothing. */
const MOST = 500;

/** Places of a text inside of an element, whatever their case; only those within one piece of text. */
export function rangesOf(root: Element, wanted: string): Range[] {
  const ranges: Range[] = [];
  if (wanted === "") return ranges;
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node && ranges.length < MOST; node = walker.nextNode()) {
    const text = (node.nodeValue ?? "").toLowerCase();
    // Letters that change their length with their case would shift every place behind them.
    if (text.length !== node.nodeValue?.length) continue;
    for (let at = text.indexOf(wanted); at >= 0 && ranges.length < MOST; at = text.indexOf(wanted, at + wanted.length)) {
      const range = document.createRange();
      range.setStart(node, at);
      range.setEnd(node, at + wanted.length);
      ranges.push(range);
    }
  }
  return ranges;
}

/** Draws the marks in place of those before; nothing where the browser has no such thing. */
export function drawMarks(ranges: readonly Range[]): void {
  if (!("highlights" in CSS) || typeof Highlight === "undefined") return;
  if (ranges.length === 0) CSS.highlights.delete(NAME);
  else CSS.highlights.set(NAME, new Highlight(...ranges));
}

/** Scrolls to the first place of a text in an element once both are there, for about a second. */
export function scrollToMark(find: () => Element | null, wanted: string): void {
  const until = performance.now() + 1000;
  const look = (): void => {
    const element = find();
    const [range] = element ? rangesOf(element, wanted) : [];
    if (range) {
      range.startContainer.parentElement?.scrollIntoView({ block: "nearest" });
      const frame = element?.closest("[data-conversation]");
      const box = range.getBoundingClientRect();
      const around = frame?.getBoundingClientRect();
      if (frame && around && (box.top < around.top || box.bottom > around.bottom)) frame.scrollBy({ top: box.top - around.top - around.height / 3 });
    } else if (performance.now() < until) requestAnimationFrame(look);
  };
  // The list scrolls to the message first.
  requestAnimationFrame(() => requestAnimationFrame(look));
}
