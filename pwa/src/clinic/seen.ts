/**
 * Remembers which passes this counter has seen in the last minutes, to point out a second scan (A08, E03).
 *
 * The key is the pass's `cti`, never its text: a pass shown anew, or with a malleated signature, is the same pass.
 */

export const REMEMBER_S = 600;

export interface SeenPasses {
  /**
   * Notes a pass as seen.
   *
   *   now:      seconds since 1970
   *   Returns:  seconds since it was seen before, null if it was not
   */
  note(cti: string, now: number): number | null;
}

export function createSeenPasses(): SeenPasses {
  const seenAt = new Map<string, number>();

  function forget(now: number): void {
    for (const [cti, at] of seenAt) if (now - at > REMEMBER_S || at > now) seenAt.delete(cti);
  }

  return {
    note(cti, now) {
      forget(now);
      const before = seenAt.get(cti);
      seenAt.set(cti, now);
      return before === undefined ? null : now - before;
    },
  };
}
