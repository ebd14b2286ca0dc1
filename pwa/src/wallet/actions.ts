/** What the wallet does: open the card, show it, renew it, give it up. What needs the network comes in when it is needed. */
import { readClock, restoreClock } from "../device/clock";
import { slugOf } from "../device/failure";
import type { HolderKey } from "../device/keys";
import { get } from "../device/store";
import { note } from "./activity";
import type { Clinic } from "./card";
import { knowsCard, MINE, rememberCard } from "./known";
import { card, clock, failure, isOnline, isRenewing, phase, renewalFailure, shown, storageFailure } from "./state";

/** The code is made anew this often. */
export const PERIOD_S = 30;
const DAY_S = 86_400;
/** A stolen key is asked about this often. */
export const ASK_EVERY_MS = 15 * 60_000;

let key: HolderKey | null = null;
let askAgainAtMs = 0;

/** Opens the stored card and checks its signature (J07); sets the phase. A phone that never had one sees the welcome at once. */
export async function openCard(): Promise<void> {
  if (!knowsCard()) phase.value = "empty";
  try {
    if (!knowsCard() && (await get("card", MINE)) === undefined) return;
    const [{ openStored }] = await Promise.all([import("./showing"), restoreClock()]);
    clock.value = readClock();
    const opened = await openStored(clock.value.now);
    rememberCard(opened !== "empty");
    if (opened === "empty" || opened === "tampered") {
      phase.value = opened;
      return;
    }
    key = opened.key;
    card.value = opened.card;
    await showCode();
    phase.value = "card";
  } catch (error) {
    failure.value = slugOf(error);
    phase.value = "failed";
  }
}

/** Takes over a card that was just claimed. */
export async function adoptCard(claimed: NonNullable<typeof card.value>, newKey: HolderKey): Promise<void> {
  key = newKey;
  shown.value = null;
  card.value = claimed;
  rememberCard(true);
  await showCode();
  void note("claimed", clock.value.now);
  phase.value = "card";
}

/** Makes the code of this moment, without the network. At most once per period, unless nothing is shown yet (J02). */
export async function showCode(): Promise<void> {
  const current = card.value;
  clock.value = readClock();
  if (current === null || key === null || clock.value.now >= current.passExp) {
    shown.value = null;
    return;
  }
  const madeAtMs = performance.now();
  const { codeOf } = await import("./showing");
  shown.value = { text: await codeOf(current, key, clock.value), madeAtMs };
}

/** True when the pass is older than a day or its issuer asked for renewal by now. */
export function isRenewalDue(now: number): boolean {
  const current = card.value;
  if (current === null || current.isWithdrawn) return false;
  return now - current.passIat >= DAY_S || (current.renewAt !== null && now >= current.renewAt);
}

/** Renews the card if that is due and there is a network; never stands in the way of showing the one at hand. */
export async function renewIfDue(): Promise<void> {
  if (!isOnline.value) return;
  if (isRenewalDue(readClock().now) || (await hasLostItsSigner())) await renewCard();
}

/** Whether what signed the card is believed no more, asked at most once in 15 minutes: one small request when nothing is new. */
async function hasLostItsSigner(): Promise<boolean> {
  const [current, holder] = [card.value, key];
  if (current === null || holder === null || current.isWithdrawn || performance.now() < askAgainAtMs) return false;
  askAgainAtMs = performance.now() + ASK_EVERY_MS;
  const { isSignerRevoked } = await import("./issuing");
  return isSignerRevoked(current, holder).catch(() => false); // no network, or no good answer: the card stays as it is
}

/** Renews the pass now; the outcome is in renewalFailure and storageFailure. */
export async function renewCard(): Promise<void> {
  const current = card.value;
  const holder = key;
  if (current === null || holder === null || isRenewing.value) return;
  isRenewing.value = true;
  try {
    const { renew } = await import("./issuing");
    const outcome = await renew(current, holder);
    card.value = outcome.card;
    storageFailure.value = outcome.storageSlug;
    renewalFailure.value = outcome.card.isWithdrawn ? "withdrawn" : null;
    if (phase.value === "card") await showCode();
  } catch (error) {
    renewalFailure.value = slugOf(error);
  } finally {
    isRenewing.value = false;
    clock.value = readClock();
  }
}

/** A one-time code for somebody else to show. Raises offline and the server's slugs. */
export async function lendCode(): Promise<{ text: string; expiresAt: number }> {
  if (card.value === null || key === null) throw new TypeError("no card");
  const { lend } = await import("./issuing");
  return lend(card.value, key);
}

/** The clinics that attend this person near a point. Raises offline and the server's slugs. */
export async function clinicsAt(place: { lat: number; lon: number }): Promise<readonly Clinic[]> {
  if (card.value === null || key === null) throw new TypeError("no card");
  const { clinicsNear } = await import("./issuing");
  return clinicsNear(card.value, key, place);
}

/** Takes the card off this phone. */
export async function removeCard(): Promise<void> {
  const { dropCard } = await import("./card");
  await dropCard();
  rememberCard(false);
  key = null;
  card.value = null;
  shown.value = null;
  phase.value = "empty";
}
