/** What the wallet does: open the card, show it, renew it, give it up. What needs the network comes in when it is needed. */
import { secondsLeft, startedNow } from "../device/challenge";
import { readClock, restoreClock, type Reading } from "../device/clock";
import { slugOf } from "../device/failure";
import type { HolderKey } from "../device/keys";
import { get } from "../device/store";
import { note } from "./activity";
import type { Card, Clinics } from "./card";
import type { Renewed } from "./issuing";
import type { Looks } from "./looks";
import { knowsCard, MINE, rememberCard } from "./known";
import { answering, card, clock, failure, isOnline, isRenewing, phase, renewalFailure, shown, storageFailure, type Shown } from "./state";

/** The code is made anew this often. */
export const PERIOD_S = 30;
const DAY_S = 86_400;
/** While the wallet is in view, its card is asked about this often: 12 requests of 2 kB an hour, and none in a pocket. */
export const ASK_EVERY_MS = 5 * 60_000;
/** At once when it is opened, comes into view or on line; but whoever goes in and out is not asked about more often than this. */
const ASK_AGAIN_MS = 60_000;
/** A stolen key is asked about this often. */
const ASK_SIGNER_MS = 15 * 60_000;

/** The usual code of this period, made or being made, and what it was made of. */
interface Usual {
  readonly pass: string;
  readonly reading: Reading;
  readonly madeAtMs: number;
  readonly code: Promise<Shown>;
}

let key: HolderKey | null = null;
let usual: Usual | null = null;
let askedAtMs = 0;
let askedSignerAtMs = 0;
let askedLooksAtMs = 0;

/** By the wall clock, which runs on while the phone sleeps; one that was set back says nothing. */
function isWithin(periodMs: number, sinceMs: number): boolean {
  const passed = Date.now() - sinceMs;
  return passed >= 0 && passed < periodMs;
}

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
  askedLooksAtMs = 0;
  shown.value = null;
  renewalFailure.value = null;
  card.value = claimed;
  rememberCard(true);
  await showCode();
  void note("claimed", clock.value.now);
  phase.value = "card";
}

/**
 * Puts the code of this moment in view, without the network. The key signs one usual code a period (J02): asked again, the
 * page has the same one, unless pass or time are others by then. An answer to a counter is made anew each time.
 * This holds back our own screens: a script that runs in this page asks the key itself, as device/keys.ts says.
 */
export async function showCode(): Promise<void> {
  const current = card.value;
  clock.value = readClock();
  if (isAnswerOver()) answering.value = null;
  if (current === null || key === null || isKeptBack(current)) {
    shown.value = null;
    return;
  }
  const question = answering.value;
  const code = await (question === null ? usualCode(current, key, clock.value) : makeCode(current, key, clock.value, question.challenge));
  if (answering.value === question) shown.value = code; // else another code is being made
}

/** To whom a counter asked, its own clock says whether the pass has ended: this phone's may be ahead. */
function isKeptBack({ isWithdrawn, passExp }: Card): boolean {
  return isWithdrawn || (clock.value.now >= passExp && answering.value === null);
}

async function makeCode(current: Card, holder: HolderKey, reading: Reading, challenge: string | null): Promise<Shown> {
  const madeAtMs = performance.now();
  const { codeOf } = await import("./showing");
  return { text: await codeOf(current, holder, reading, challenge), madeAtMs };
}

function usualCode(current: Card, holder: HolderKey, reading: Reading): Promise<Shown> {
  if (usual !== null && isOfThisPeriod(usual, current.pass, reading)) return usual.code;
  const code = makeCode(current, holder, reading, null);
  usual = { pass: current.pass, reading, madeAtMs: performance.now(), code };
  code.catch(() => {
    usual = null;
  });
  return code;
}

/** By the clock and by what has passed: a phone that slept and a clock that was set right both need another code. */
function isOfThisPeriod(made: Usual, pass: string, { now, qualityS }: Reading): boolean {
  const passedS = Math.max(now - made.reading.now, (performance.now() - made.madeAtMs) / 1000);
  const isBetterKnown = made.reading.qualityS === null && qualityS !== null;
  return made.pass === pass && now >= made.reading.now && passedS < PERIOD_S && !isBetterKnown;
}

/** Whether the code in view answers to a counter that waits no more. */
export function isAnswerOver(): boolean {
  return answering.value !== null && secondsLeft(answering.value.since) === 0;
}

/** From now on the code answers to a counter's challenge, until its two minutes are over or the person says so. */
export function answer(challenge: string): Promise<void> {
  answering.value = { challenge, since: startedNow() };
  return showCode();
}

/** The code is the usual one again. */
export function stopAnswering(): Promise<void> {
  answering.value = null;
  return showCode();
}

/** True when the pass is older than a day or its issuer asked for renewal by now. */
export function isRenewalDue(now: number): boolean {
  const current = card.value;
  if (current === null || current.isWithdrawn) return false;
  return now - current.passIat >= DAY_S || (current.renewAt !== null && now >= current.renewAt);
}

/** Renews the card if that is due, else asks whether it still holds; never stands in the way of showing the one at hand. */
export async function askIssuer(): Promise<void> {
  if (!isOnline.value) return;
  if (isRenewalDue(readClock().now)) return renewCard();
  await askStanding();
  if (await hasLostItsSigner()) await renewCard();
}

/** Asks whether the card was revoked, or claimed on another phone since. Without an answer it stays as it is. */
async function askStanding(): Promise<void> {
  const [current, holder] = [card.value, key];
  if (current === null || holder === null || current.isWithdrawn || isWithin(ASK_AGAIN_MS, askedAtMs)) return;
  askedAtMs = Date.now();
  try {
    const { ask } = await import("./issuing");
    await take(current, await ask(current, holder));
  } catch {
    askedAtMs = 0;
  }
}

/** Puts in view what the issuer said of `current`, unless another card has taken its place meanwhile. */
async function take(current: Card, { card: latest, storageSlug }: Renewed): Promise<void> {
  if (card.value !== current) return;
  card.value = latest;
  storageFailure.value = storageSlug;
  renewalFailure.value = latest.isWithdrawn ? "withdrawn" : null;
  if (phase.value === "card") await showCode();
}

/** Whether what signed the card is believed no more: one small request when nothing is new. */
async function hasLostItsSigner(): Promise<boolean> {
  const [current, holder] = [card.value, key];
  if (current === null || holder === null || current.isWithdrawn || isWithin(ASK_SIGNER_MS, askedSignerAtMs)) return false;
  askedSignerAtMs = Date.now();
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
    await take(current, await renew(current, holder));
  } catch (error) {
    renewalFailure.value = slugOf(error);
  } finally {
    isRenewing.value = false;
    clock.value = readClock();
  }
}

/** A one-time code for somebody else to show. Raises offline, withdrawn and the server's slugs. */
export function lendCode(): Promise<{ text: string; expiresAt: number }> {
  return whileInForce(async (current, holder) => (await import("./issuing")).lend(current, holder));
}

/** The person's clinics, with their distances from a point. Raises offline, withdrawn and the server's slugs. */
export function clinicsAt(place: { lat: number; lon: number }): Promise<Clinics> {
  return whileInForce(async (current, holder) => (await import("./issuing")).clinicsNear(current, holder, place));
}

/**
 * Who looked at the card; null when that was asked within five minutes, and nobody wishes to know. Raises offline, withdrawn and the
 * server's slugs.
 */
export async function bringLooks({ isWished }: { isWished: boolean }): Promise<Looks | null> {
  if (!isWished && isWithin(ASK_EVERY_MS, askedLooksAtMs)) return null;
  askedLooksAtMs = Date.now();
  try {
    return await whileInForce(async (current, holder) => (await import("./issuing")).bringLooks(current, holder));
  } catch (error) {
    askedLooksAtMs = 0;
    throw error;
  }
}

/** What `work` does with the card; when it was refused, that is in view, too. */
async function whileInForce<Value>(work: (current: Card, holder: HolderKey) => Promise<Value>): Promise<Value> {
  const current = card.value;
  if (current === null || key === null) throw new TypeError("no card");
  try {
    return await work(current, key);
  } catch (error) {
    if (slugOf(error) === "withdrawn") await take(current, { card: { ...current, isWithdrawn: true }, storageSlug: null });
    throw error;
  }
}

/** Takes the card off this phone. */
export async function removeCard(): Promise<void> {
  const { dropCard } = await import("./card");
  await dropCard();
  rememberCard(false);
  key = null;
  usual = null;
  askedLooksAtMs = 0;
  answering.value = null;
  card.value = null;
  shown.value = null;
  phase.value = "empty";
}
