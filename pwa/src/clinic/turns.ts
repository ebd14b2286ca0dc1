/** Whose turn it is at a counter: scans one at a time, in their order, each belonging to who was here when it was made. */

/** Longer than this, and a person at the counter would scan once more. */
const CHECKING_AFTER_MS = 400;

export interface Turns {
  /**
   * Does the work when that of all scans before it is done; one that fails holds up none behind it.
   *
   * work:  told, whenever it asks, whether who made the scan is still here
   */
  take(work: (isHere: () => boolean) => Promise<void>): Promise<void>;
  /** Whether a scan is at work, or waits for one. */
  isBusy(): boolean;
  /** Somebody came or went: what was scanned until now is nobody's. */
  turnOver(): void;
}

/** onSlow: told when a scan takes long, and when none is at work any more */
export function createTurns(onSlow: (isSlow: boolean) => void): Turns {
  let [last, coming, turnover] = [Promise.resolve(), 0, 0];

  return {
    take(work) {
      const scannedIn = turnover; // now, and not when its turn comes
      coming += 1;
      const slow = setTimeout(() => onSlow(true), CHECKING_AFTER_MS);
      const done = last.then(() => work(() => turnover === scannedIn)).finally(() => {
        coming -= 1;
        clearTimeout(slow);
        if (coming === 0) onSlow(false);
      });
      last = done.catch(() => undefined);
      return done;
    },
    isBusy: () => coming > 0,
    turnOver() {
      turnover += 1;
    },
  };
}
