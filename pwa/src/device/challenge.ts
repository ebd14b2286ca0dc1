/**
 * Six digits that a counter asks a phone to answer with, where a clock is wrong or somebody doubts.
 *
 * The counter shows them as a number and as a small QR, whose text no pass can have (those are digits only) and which is no
 * address either. They are worth something for two minutes, once, and are never stored or sent.
 */
export const ANSWER_WITHIN_S = 120;

const SIX_DIGITS = /^[0-9]{6}$/;
const COUNT = 1_000_000;
/** From here on a number of 32 bits would be a challenge more often than others are. */
const BEYOND = Math.floor(2 ** 32 / COUNT) * COUNT;
const PREFIX = "amate:challenge:";

/** A challenge that nobody can foresee, each as likely as any other. */
export function newChallenge(): string {
  const room = new Uint32Array(1);
  let number = BEYOND;
  while (number >= BEYOND) number = crypto.getRandomValues(room)[0] ?? BEYOND;
  return String(number % COUNT).padStart(6, "0");
}

/** The text of the counter's QR. */
export function challengeText(challenge: string): string {
  return PREFIX + challenge;
}

/** The challenge in the text of a counter's QR; null for any other text. */
export function challengeIn(text: string): string | null {
  const digits = text.startsWith(PREFIX) ? text.slice(PREFIX.length) : "";
  return SIX_DIGITS.test(digits) ? digits : null;
}

/** «493 027», to be read aloud and typed. */
export function spaced(challenge: string): string {
  return `${challenge.slice(0, 3)} ${challenge.slice(3)}`;
}

/** When something began, by both clocks of the device; milliseconds. */
export interface Start {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

export function startedNow(): Start {
  return { wallMs: Date.now(), monotonicMs: performance.now() };
}

/**
 * Whole seconds left to answer, 0 when it is over: by the clock that ran further, since the one rests while the device sleeps
 * and the other can be set back.
 */
export function secondsLeft(since: Start): number {
  const passedMs = Math.max(Date.now() - since.wallMs, performance.now() - since.monotonicMs);
  return Math.max(0, Math.ceil(ANSWER_WITHIN_S - passedMs / 1000));
}
