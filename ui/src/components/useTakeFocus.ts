import { useEffect, type RefObject } from "react";

let screens = 0;

/**
 * Gives the focus to the main list of a screen when the screen before took it away with it. The first screen leaves
 * it where it is, at the top of the page.
 */
export function useTakeFocus(list: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    screens += 1;
    if (screens > 1 && document.activeElement === document.body) list.current?.focus({ preventScroll: true });
  }, [list]);
}
