/**
 * Shares what was shown here with the other counters of a clinic's node, and hears what they were shown. By the clock alone: an
 * exchange is never begun, put off, repeated or made larger by a scan (K02, K05).
 */
import type { Verdict } from "../core/verdict";
import { readClock } from "../device/clock";
import { session } from "../ui/entrance";
import { sightings } from "./later";
import type { Seen } from "./seen";
import type { Sightings } from "./sightings";

export const EXCHANGE_EVERY_MS = 5000;

/** Null until this is known to be a counter of a node: the centre knows no counters, and shares nothing. */
let shared: Sightings | null = null;

/**
 * Once every EXCHANGE_EVERY_MS, whatever was scanned; nothing is caught up on that a hidden page or a network that is gone left out.
 *
 * onUnknown: called where the node knows nobody here any more, as after a withdrawal
 */
export async function exchangeSightings(onUnknown: () => Promise<void>): Promise<void> {
  if (session.value?.entry !== "counter-code" || session.value.staff === null) return;
  shared ??= (await sightings()).createSightings();
  if (document.visibilityState !== "visible" || !navigator.onLine) return;
  if (!(await shared.exchange(readClock().now))) await onUnknown();
}

export function noteSighting(given: Verdict): void {
  shared?.note(given, readClock().now);
}

/** When another counter saw the pass or its person, as far as this one has heard. */
export async function findElsewhere(given: Verdict): Promise<Seen | null> {
  return (await shared?.find(given, readClock().now)) ?? null;
}

/** Who is no counter of the node any more keeps nothing of the others. */
export function forgetSightings(): void {
  shared = null;
}
