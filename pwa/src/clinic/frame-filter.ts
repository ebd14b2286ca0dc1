/**
 * Keeps the camera from answering the same code over and over while it stays in view.
 *
 * A code that left the view, or whose verdict is another one, is news; so is every text that a person scans on purpose.
 */
import type { Verdict } from "../core/verdict";

/** Out of view for this long, a code counts as gone. */
export const GONE_MS = 1500;

export interface FrameFilter {
  isSameText(text: string, atMs: number): boolean;
  /** For a rotating code: other text, same pass, same answer. */
  isSamePass(given: Verdict, atMs: number): boolean;
  /** A verdict went to the screen. */
  shown(text: string, given: Verdict): void;
  /** The camera looks again: what it answered last is still in view until proven otherwise. */
  look(atMs: number): void;
}

export function createFrameFilter(): FrameFilter {
  let last: { text: string; given: Verdict } | null = null;
  let inViewAtMs = Number.NEGATIVE_INFINITY;

  function isInView(atMs: number): boolean {
    const is = atMs - inViewAtMs < GONE_MS;
    if (is) inViewAtMs = atMs;
    return is;
  }

  return {
    isSameText: (text, atMs) => last?.text === text && isInView(atMs),
    isSamePass(given, atMs) {
      const isSame = last !== null && given.cti !== null && last.given.cti === given.cti && last.given.verdict === given.verdict;
      return isSame && isInView(atMs);
    },
    shown(text, given) {
      last = { text, given };
    },
    look(atMs) {
      inViewAtMs = atMs;
    },
  };
}
