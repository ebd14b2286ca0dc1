/**
 * The question that this counter put to a phone: one at a time, good for one answer within two minutes, kept in memory only.
 *
 * What settles it ends it before anybody sees the verdict, so that the same picture is no answer a second time (E01).
 */
import type { Verdict } from "../core/verdict";
import { newChallenge, secondsLeft, startedNow } from "../device/challenge";
import { asked, missed, type Asked } from "./state";
import { DEVICE } from "./view";

/** Begins a question; one that still waits for its answer stays the same. */
export function ask(): void {
  if (waiting() !== null) return;
  missed.value = null;
  asked.value = { challenge: newChallenge(), since: startedNow() };
}

export function stopAsking(): void {
  asked.value = null;
}

/** The question that waits; one that was left too long is forgotten. */
export function waiting(): Asked | null {
  if (asked.value !== null && secondsLeft(asked.value.since) === 0) stopAsking();
  return asked.value;
}

export function isAnswer({ reasons }: Verdict): boolean {
  return reasons.includes("challenge-met");
}

/**
 * The verdict by the question that waits when it is given, which ends with an answer and with a refusal.
 *
 * Where the question changed while `judge` was at work (another code answered it, somebody called it off), it judges again.
 */
export async function settle(judge: (challenge: string | null) => Promise<Verdict>): Promise<Verdict> {
  const question = waiting();
  const given = await judge(question?.challenge ?? null);
  if (waiting() !== question && given.profile === DEVICE) return settle(judge); // a code of one use is not used twice for it
  if (isAnswer(given) || given.verdict === "not_valid") stopAsking();
  return given;
}
