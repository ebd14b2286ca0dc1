/** The hand-held reader, as long as a screen is there. */
import { useLayoutEffect } from "preact/hooks";
import { listenForScans } from "../device/wedge";
import { examine } from "./actions";

/** From before the first paint: a reader on a belt is faster than a browser. */
export function useReader(): void {
  useLayoutEffect(() => listenForScans(window, (text) => void examine(text)), []);
}
