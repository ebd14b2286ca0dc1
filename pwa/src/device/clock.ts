/**
 * What time it is, as well as this device can know it: the server's clock carried forward.
 *
 * At each answer of the server we note its Date beside our own clock and the page's monotonic one. From then on the time is
 * the server's plus what has passed. What has passed is read from both of ours: the monotonic clock cannot be set by hand but
 * rests while the phone sleeps; the wall clock runs on but can be moved. So it is the larger of the two.
 */
import { get, put } from "./store";

/** One meeting with the server's clock; milliseconds. `monotonicMs` belongs to one page load only. */
export interface Mark {
  readonly serverMs: number;
  readonly deviceMs: number;
  readonly monotonicMs: number | null;
  readonly doubtMs: number;
}

export interface Reading {
  /** Seconds since 1970, corrected. */
  readonly now: number;
  /** How far off that may be, in whole seconds, 0..86400; null when nothing vouches for it. */
  readonly qualityS: number | null;
  /** The device's own clock minus the corrected time, in seconds; null before the first meeting. */
  readonly skewS: number | null;
}

/** A quartz clock of a cheap phone: 50 parts per million, about 4 s a day. */
const DRIFT = 50e-6;
/** Wall and monotonic clock may differ this much and still agree. */
const AGREE_MS = 2_000;
/** Doubt added when only the wall clock, which a hand can set, says what has passed. */
const UNPROVEN_MS = 5_000;
const SLOWEST_TRIP_MS = 10_000;
const DAY_S = 86_400;

/** What a verifier goes by. */
export interface VerifierReading {
  /** Seconds since 1970: as this device says it now, also when that is before what it has said. */
  readonly now: number;
  /** What it is at least: no clock may be before it. */
  readonly floor: number;
}

/** The time from a mark and the two clocks of the device, all in milliseconds. */
export function reckon(mark: Mark | null, deviceMs: number, monotonicMs: number): Reading {
  if (mark === null) return { now: Math.floor(deviceMs / 1000), qualityS: null, skewS: null };
  const byWall = deviceMs - mark.deviceMs;
  const byMonotonic = mark.monotonicMs === null ? null : monotonicMs - mark.monotonicMs;
  const passed = Math.max(0, byWall, byMonotonic ?? 0);
  const nowMs = mark.serverMs + passed;
  return {
    now: Math.floor(nowMs / 1000),
    qualityS: quality(mark.doubtMs, { byWall, byMonotonic, passed }),
    skewS: Math.round((deviceMs - nowMs) / 1000),
  };
}

/**
 * The same for a verifier, which must not take its lists for young because a clock was set back or ran out of battery: then it
 * says what the device says now, and beside it the time that it cannot be before. A clock that was wrong at the last meeting and
 * was set right since is moved back, too, and that tells the two apart: it is not before anything that is proven.
 *
 *   provenMs:  the latest time that the server, and clocks that no hand can set, have vouched for here; 0: none
 */
export function reckonForVerifier(mark: Mark | null, provenMs: number, deviceMs: number, monotonicMs: number): VerifierReading {
  const { now } = reckon(mark, deviceMs, monotonicMs);
  const isMovedBack = mark !== null && mark.monotonicMs === null && deviceMs < mark.deviceMs;
  const said = isMovedBack ? Math.floor(deviceMs / 1000) : now;
  return { now: said, floor: Math.max(now, said, Math.floor(provenMs / 1000)) };
}

interface Passed {
  byWall: number;
  byMonotonic: number | null;
  passed: number;
}

function quality(doubtMs: number, { byWall, byMonotonic, passed }: Passed): number | null {
  if (byMonotonic === null && byWall < 0) return null; // the wall clock was moved back while we were away
  const total = doubtMs + passed * DRIFT + (agree(byWall, byMonotonic) ? 0 : UNPROVEN_MS);
  return Math.min(DAY_S, Math.ceil(total / 1000));
}

/** Whether what the wall clock says to have passed is more than what a hand may have made of it. */
function agree(byWall: number, byMonotonic: number | null): boolean {
  return byMonotonic !== null && byWall - byMonotonic <= AGREE_MS;
}

/** A proven time, and when it was that by the page's monotonic clock; milliseconds. */
interface Proven {
  readonly ms: number;
  readonly monotonicMs: number;
}

/** The proven time is kept again once it is this much later. */
const KEEP_EVERY_MS = 600_000;
const NEVER: Proven = { ms: 0, monotonicMs: 0 };

let mark: Mark | null = null;
let saved = false;
let proven = NEVER;
let provenSavedMs = 0;

/** The latest time that is proven by now: what the wall clock alone says to have passed, a hand may have made up. */
function provenNow(): Proven {
  const monotonicMs = performance.now();
  return proven.ms === 0 ? NEVER : { ms: proven.ms + Math.max(0, monotonicMs - proven.monotonicMs), monotonicMs };
}

/** Brings back the mark of an earlier visit; of it only the wall clock still counts. */
export async function restoreClock(): Promise<void> {
  const kept = await get("settings", "clock");
  if (mark === null && isMark(kept)) mark = { ...kept, monotonicMs: null };
  const before = await get("settings", "clock-proven");
  if (typeof before !== "number" || before <= provenNow().ms) return;
  proven = { ms: before, monotonicMs: performance.now() };
  provenSavedMs = before;
}

function isMark(value: unknown): value is Mark {
  if (typeof value !== "object" || value === null) return false;
  return "serverMs" in value && "deviceMs" in value && "doubtMs" in value && [value.serverMs, value.deviceMs, value.doubtMs].every(Number.isFinite);
}

/** What a Date header (whole seconds, so half a second more on average) and the trip say; null when they say too little. */
export function markOf(dateHeader: string | null, sentMs: number, receivedMs: number, deviceMs: number): Mark | null {
  const dateMs = dateHeader === null ? Number.NaN : Date.parse(dateHeader);
  const trip = receivedMs - sentMs;
  if (!Number.isFinite(dateMs) || trip < 0 || trip > SLOWEST_TRIP_MS) return null;
  return { serverMs: dateMs + 500 + trip / 2, deviceMs, monotonicMs: receivedMs, doubtMs: 500 + trip / 2 };
}

/** Notes the server's time from a fresh (never cached) answer; `sentMs` is performance.now() at the asking. */
export function noteServerTime(dateHeader: string | null, sentMs: number): void {
  const met = markOf(dateHeader, sentMs, performance.now(), Date.now());
  if (met === null) return;
  const isBetter = mark === null || mark.monotonicMs === null || met.doubtMs <= mark.doubtMs + (met.deviceMs - mark.deviceMs) * DRIFT;
  if (!isBetter) return;
  mark = met;
  saved = false;
  proven = { ms: met.serverMs, monotonicMs: performance.now() }; // whatever was thought before
}

/** Keeps the last mark for the next visit; a no-op when it is kept already. */
export async function saveClock(): Promise<void> {
  if (mark === null || saved) return;
  await put("settings", "clock", mark);
  saved = true;
}

/** Keeps how late it is at least by now, so that no later visit takes it to be earlier. */
export async function keepLatest(): Promise<void> {
  proven = provenNow();
  if (Math.abs(proven.ms - provenSavedMs) < KEEP_EVERY_MS) return;
  provenSavedMs = proven.ms;
  await put("settings", "clock-proven", proven.ms);
}

/** The time now, corrected, with its quality. */
export function readClock(): Reading {
  return reckon(mark, Date.now(), performance.now());
}

/** The time as a verifier must take it. */
export function readVerifierClock(): VerifierReading {
  return reckonForVerifier(mark, provenNow().ms, Date.now(), performance.now());
}

/** Whether anything but this device's own clock vouches for the time: the server was met in this visit, and nobody moved the clock since. */
export function isClockProven(): boolean {
  if (mark === null || mark.monotonicMs === null) return false;
  return agree(Date.now() - mark.deviceMs, performance.now() - mark.monotonicMs);
}

/** Forgets every mark: for tests and for wiping the device. */
export function forgetClock(): void {
  mark = null;
  saved = false;
  proven = NEVER;
  provenSavedMs = 0;
}
