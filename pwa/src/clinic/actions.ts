/** What the counter does: enter, know where it is, look at texts (what it knows is kept fresh by renewing.ts). The verdict is always this machine's own. */
import type { Verdict } from "../core/verdict";
import { watchAnswers } from "../device/api";
import { isClockProven, readClock, readVerifierClock, restoreClock } from "../device/clock";
import { slugOf } from "../device/failure";
import { keepDecoder } from "../device/keep-decoder";
import { createSounds, type Tone } from "../device/sound";
import { watchUpdates } from "../device/updates";
import { openSession, session } from "../ui/entrance";
import { ask, isAnswer, settle, stopAsking, waiting } from "./asking";
import { createFrameFilter } from "./frame-filter";
import { judging, receipts } from "./later";
import { askWho, endSession, listenToOthers, lookAtOutbox, onNetwork, sendReceipts, stand, syncNow, syncQuietly, tick } from "./renewing";
import { createSeenPasses, loadSeen, saveSeen, type Seen } from "./seen";
import { loadSettings, saveSettings, type Settings } from "./settings";
import { EXCHANGE_EVERY_MS, exchangeSightings, findElsewhere, noteSighting } from "./sharing";
import { clinic, hasAnswered, hasFailed, isChecking, isReady, missed, panel, receiptFailure, settings, shown, waitingRelease, world } from "./state";
import { createTurns } from "./turns";
import { viewOf, type Counter } from "./view";

const SYNC_EVERY_MS = 15 * 60_000;
const TICK_MS = 30_000;
const BETWEEN_TONES_MS = 900;
/** A verdict waits to be seen for its receipt to be written, and to be left for the disk to confirm it; a disk that hangs holds up no reception. */
const SEEN_AFTER_MS = 250;
const LEFT_AFTER_MS = 1000;
const TONES: readonly Tone[] = ["valid", "check_identity", "stale", "not_valid", "not_a_pass"];

let passes = createSeenPasses();
const frames = createFrameFilter();
const sounds = createSounds(false);

/** Makes this machine ready; where that fails, the screen says so and offers another try. */
export async function start(): Promise<void> {
  hasFailed.value = false;
  try {
    await open();
  } catch (error) {
    hasFailed.value = true;
    throw error;
  }
  listen();
  await askWho();
  isReady.value = true;
  await Promise.all([lookAtOutbox(), syncQuietly(), exchangeSightings(askWho), keepDecoder(), watchUpdates((release) => (waitingRelease.value = release))]);
}

/** Reads what this machine keeps. */
async function open(): Promise<void> {
  const loaded = judging().then(({ loadWorld }) => loadWorld());
  const [, kept, seen, isKnown, known] = await Promise.all([restoreClock(), loadSettings(), loadSeen(), openSession(), loaded]);
  settings.value = kept;
  passes = createSeenPasses(seen);
  sounds.setMuted(kept.isMuted);
  stand(known);
  tick();
  isReady.value = isKnown;
}

function listen(): void {
  listenToOthers();
  watchAnswers((is) => (hasAnswered.value = is));
  addEventListener("online", onNetwork);
  addEventListener("offline", onNetwork);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && navigator.onLine) void sendReceipts();
  });
  addEventListener("pointerdown", () => sounds.unlock(), { once: true });
  addEventListener("keydown", () => sounds.unlock(), { once: true });
  setInterval(tick, TICK_MS);
  setInterval(() => void syncQuietly(), SYNC_EVERY_MS);
  setInterval(() => void exchangeSightings(askWho), EXCHANGE_EVERY_MS);
}

/**
 * One scan at a time, in their order, from the question to the verdict on the screen: none takes the place of what was scanned after it,
 * of a code of one use nobody is asked twice at once, and a verdict that is still on its way as somebody leaves is nobody's.
 */
const turns = createTurns((isSlow) => (isChecking.value = isSlow));

/** For who comes or goes at this counter. */
export function forgetShown(): void {
  turns.turnOver();
  stopAsking();
  shown.value = null;
}

export async function leave(): Promise<void> {
  panel.value = null;
  stopAsking();
  await endSession();
}

/** To the login when the server no longer knows this session; unlike leaving, it takes the server's word for it, and what waits stays. */
export async function enterAgain(): Promise<void> {
  await askWho();
  if (session.value?.staff?.role === "clinic") await syncNow();
  else panel.value = null;
}

export async function changeSettings(changed: Partial<Settings>): Promise<void> {
  settings.value = { ...settings.value, ...changed };
  sounds.setMuted(settings.value.isMuted);
  await saveSettings(settings.value);
}

/** Leaves the counter to the patients, or takes it back. */
export function setKiosk(isKiosk: boolean): void {
  panel.value = null;
  forgetShown();
  void changeSettings({ isKiosk });
}

export const chooseClinic = (clues: string): Promise<void> => changeSettings({ clinic: clues });
export const saveCamera = (cameraId: string): Promise<void> => changeSettings({ cameraId });

export function forgetClinic(): void {
  panel.value = null;
  stopAsking();
  void changeSettings({ clinic: null });
}

/** Lets the staff hear each verdict's tone once. */
export function playTones(): void {
  for (const [index, tone] of TONES.entries()) setTimeout(() => sounds.play(tone), index * BETWEEN_TONES_MS);
}

/** Asks the next phone for an answer, and goes back to scanning. */
export function askForAnswer(): void {
  panel.value = null;
  ask();
  if (shown.value !== null) void scanOn();
}

interface Judged {
  readonly given: Verdict;
  /** When another counter of the node saw the pass or the person. */
  readonly elsewhere: Seen | null;
}

/** The verdict on a text, and the end of the question that it settles. */
async function judge(text: string): Promise<Judged> {
  const given = await settle(async (challenge) => (await judging()).judge(text.trim(), { known: world.value, here: clinic.value, challenge }));
  return { given, elsewhere: await findElsewhere(given) };
}

let keeping: Promise<unknown> = Promise.resolve();

/** Leaves the receipt of a verdict; in the end it is kept, whatever happens, or the screen says why not. */
async function leaveReceipt(text: string, given: Verdict): Promise<void> {
  const clues = clinic.value?.clues ?? null;
  const writing = receipts().then((room) => room.leaveReceipt(text.trim(), given, clues));
  const told = writing.then(({ keep }) => keep()).then(
    () => (receiptFailure.value = null),
    (error: unknown) => (receiptFailure.value = slugOf(error)),
  );
  // What it comes to is not kept: each would hold all those before it.
  keeping = Promise.all([keeping, told.then(lookAtOutbox)]).then(() => undefined);
  await writing.catch(() => undefined); // told already
}

const atMost = (ms: number, work: Promise<unknown>): Promise<unknown> => Promise.race([work, new Promise((resolve) => setTimeout(resolve, ms))]);

/** Where and when a verdict is given now. */
function standpoint(): Counter {
  const { now, floor } = readVerifierClock();
  const { trust, directory } = world.value ?? { trust: null, directory: null };
  const staleS = trust?.policy.staleness.staleS ?? Infinity;
  return { clinic: clinic.value, directory, now: floor, behindS: floor - now, isClockProven: isClockProven(), staleS };
}

/** Leaves the receipt, and then puts the verdict on the screen, so that none is seen of which nothing is left; where who scanned it has left, only the first. */
async function leaveAndShow(text: string, judged: Judged, isHere: () => boolean): Promise<void> {
  await atMost(SEEN_AFTER_MS, leaveReceipt(text, judged.given));
  (await judging()).spendFirstUse(judged.given);
  if (!isHere()) return;
  draw(judged);
  seenLast = { text, atMs: performance.now() };
}

function draw({ given, elsewhere }: Judged): void {
  panel.value = null;
  const seen = passes.note(given, readClock().now); // who answers was scanned before, for that they were asked
  noteSighting(given);
  void saveSeen(passes.noted()).catch(() => undefined); // a full disk is told by the receipt
  shown.value = {
    number: (shown.value?.number ?? 0) + 1,
    view: viewOf(given, standpoint()),
    seen: isAnswer(given) ? null : seen,
    elsewhere: isAnswer(given) ? null : elsewhere,
  };
  sounds.play(shown.value.view.verdict);
}

/** A reader that fires twice. */
const TWICE_MS = 1500;
let seenLast: { readonly text: string; readonly atMs: number } | null = null;

/** A code of one use, and an answer, are good once: by the same picture a moment later they would be refused on top of their own verdict. */
const isSameScan = (text: string): boolean => seenLast?.text === text && shown.value !== null && performance.now() - seenLast.atMs < TWICE_MS;

/** Gives the verdict on a text that somebody scanned, typed or pasted on purpose. Whatever it says, it is only ever text. */
export function examine(text: string): Promise<void> {
  return turns.take(async (isHere) => {
    if (isSameScan(text)) return;
    const judged = await judge(text);
    frames.shown(text, judged.given);
    await leaveAndShow(text, judged, isHere);
  });
}

/** Whether something lies over the camera's picture: what it saw before takes no verdict and no sheet away once it is judged. */
const isCovered = (): boolean => shown.value !== null || panel.value !== null;

/**
 * Gives the verdict on a text that the camera sees, unless it is the one just answered and still in view; while a question waits,
 * only on what settles it: the phone shows its usual code until its owner has typed the number.
 */
export async function examineFrame(text: string): Promise<void> {
  if (turns.isBusy() || isCovered() || frames.isSameText(text, performance.now()) || (waiting() !== null && missed.value === text)) return;
  await turns.take((isHere) => judgeFrame(text, isHere));
}

async function judgeFrame(text: string, isHere: () => boolean): Promise<void> {
  const judged = await judge(text);
  const { given } = judged;
  if (isCovered()) return;
  if (waiting() !== null) {
    missed.value = text;
    return;
  }
  if (!isAnswer(given) && frames.isSamePass(given, performance.now())) return;
  frames.shown(text, given);
  await leaveAndShow(text, judged, isHere);
}

/** Back to scanning, once the scan's receipt is safe. */
export async function scanOn(): Promise<void> {
  const left = shown.value;
  await atMost(LEFT_AFTER_MS, keeping);
  if (shown.value !== left) return; // another code was scanned meanwhile
  frames.look(performance.now());
  shown.value = null;
}
