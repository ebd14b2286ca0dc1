/** Where the keyboard is when a screen begins. */
import type { RefObject } from "preact";
import { useLayoutEffect, type Inputs } from "preact/hooks";

/**
 * Gives the focus to what a screen begins with, its heading mostly, before it is painted: later it would take it from a button that
 * was reached meanwhile, and the key that was pressed there would be lost. Not for fields and sheets: the key that opens one would
 * act within it.
 */
export function useFocusAtOnce(spot: RefObject<HTMLElement | null>, inputs: Inputs = []): void {
  useLayoutEffect(() => {
    spot.current?.focus({ preventScroll: true });
    scrollTo(0, 0); // where the last screen was scrolled to its end, this one's beginning would hide under the edge
  }, inputs);
}
