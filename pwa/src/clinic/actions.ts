/** What the counter does: enter, know where it is, look at texts, keep its data fresh. The verdict is always this machine's own. */
import type { Verdict } from "../core/verdict";
import { keepLatest, readClock, readVerifierClock, restoreClock } from "../device/clock";
import { isUnreachable, slugOf } from "../device/failure";
import { keepDecoder } from "../device/keep-decoder";
import { reportAges } from "../device/report";
import { isPutOut } from "../device/session";
import { createSounds, type Tone } from "../device/sound";
import { watchUpdates } from "../device/updates";
import { askSession, leaveSession, openSession, session } from "../ui/entrance";
import { ask, isAnswer, settle, stopAsking, waiting } from "./asking";
import { createFrameFilter } from "./frame-filter";
import { createSeenPasses, loadSeen, saveSeen } from "./seen";
import { loadSettings, saveSettings, type Settings } from "./settings";
import {
  clinic,
  filedAt,
  filing,
  hasAnswered,
  hasFailed,
  hasSynced,
  isOnline,
  isReady,
  isSending,
  missed,
  now,
  outbox,
  panel,
  receiptFailure,
  sendingFailure,
  settings,
  shown,
  sync,
  waitingRelease,
  world,
} from "./state";
import { viewOf } from "./view";
import type { World } from "./world";

const SYNC_EVERY_MS = 15 * 60_000;
const TICK_MS = 30_000;
const BETWEEN_TONES_MS = 900;
/** A verdict is not left before its receipt is on the disk; but a disk that hangs holds up no reception. */
const LEAVE_AFTER_MS = 1000;
const TONES: readonly Tone[] = ["valid", "check_identity", "stale", "not_valid", "not_a_pass"];

let passes = createSeenPasses();
const frames = createFrameFilter();
const sounds = createSounds(false);

const judging = (): Promise<typeof import("./judging")> => import("./judging");
const receipts = (): Promise<typeof import("./receipts")> => import("./receipts");

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
  await Promise.all([lookAtOutbox(), syncQuietly(), keepDecoder(), watchUpdates((release) => (waitingRelease.value = release))]);
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

/** From now on this machine decides by these. */
function stand(known: World): void {
  world.value = known;
  void (known.revocations?.opened ?? Promise.resolve(null)).then((opened) => {
    if (world.value === known) filedAt.value = opened?.token.iat ?? null;
  });
}

function tick(): void {
  now.value = readVerifierClock().floor;
  void keepLatest();
}

function listen(): void {
  const online = (): void => {
    isOnline.value = navigator.onLine;
    failures = 0;
    if (navigator.onLine) void syncQuietly();
  };
  addEventListener("online", online);
  addEventListener("offline", online);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && navigator.onLine) void sendReceipts();
  });
  addEventListener("pointerdown", () => sounds.unlock(), { once: true });
  addEventListener("keydown", () => sounds.unlock(), { once: true });
  setInterval(tick, TICK_MS);
  setInterval(() => void syncQuietly(), SYNC_EVERY_MS);
}

const isClinic = (): boolean => session.value?.staff?.role === "clinic";

/** Asks who works here, and obeys. */
async function askWho(): Promise<void> {
  await askSession();
  await forgetWhenPutOut();
}

/** A counter that its node put out, because it was withdrawn or left, reads no name from then on. */
async function forgetWhenPutOut(): Promise<void> {
  if (session.value === null || !isPutOut(session.value)) return;
  panel.value = null;
  await forgetNames();
}

async function forgetNames(): Promise<void> {
  stand(await (await judging()).forgetNames());
}

/** What began before the login brought no sealing keys. */
export function syncAfterLogin(): void {
  void (running ?? Promise.resolve()).then(syncQuietly);
}

/** Nobody reads a name here until somebody logs in again, for which a network is needed anyway. */
export async function leave(): Promise<void> {
  panel.value = null;
  stopAsking();
  await leaveSession();
  await forgetNames();
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
  stopAsking();
  shown.value = null;
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

/** The verdict on a text, and the end of the question that it settles. */
function judge(text: string): Promise<Verdict> {
  return settle(async (challenge) => (await judging()).judge(text.trim(), { known: world.value, here: clinic.value, challenge }));
}

let writing: Promise<unknown> = Promise.resolve();

/** Begins as the verdict is drawn, and is not waited for by it. */
function leaveReceipt(text: string, given: Verdict): void {
  const clues = clinic.value?.clues ?? null;
  const written = receipts().then((room) => room.leaveReceipt(text.trim(), given, clues));
  const told = written.then(
    () => (receiptFailure.value = null),
    (error: unknown) => (receiptFailure.value = slugOf(error)),
  );
  // What it comes to is not kept: each would hold all those before it.
  writing = Promise.all([writing, told.then(lookAtOutbox)]).then(() => undefined);
}

async function lookAtOutbox(): Promise<void> {
  // A disk that cannot be read has said so already, to whoever wanted to write.
  outbox.value = await (await receipts()).outbox().catch(() => outbox.value);
}

/** Brings what waits to the centre. Never because of a scan: what is seen on the wire must not tell when one was made (K02). */
async function sendReceipts(): Promise<void> {
  if (!isClinic()) return;
  isSending.value = true;
  sendingFailure.value = await (await receipts()).drain().finally(() => (isSending.value = false));
  await lookAtOutbox();
}

/** Sends what the centre refused once more, with all the rest. */
export async function sendAgain(): Promise<void> {
  await (await receipts()).sendAgain();
  await sendReceipts();
}

/** The conflicts were read; the centre keeps them. */
export async function forgetConflicts(): Promise<void> {
  await (await receipts()).forgetConflicts();
  await lookAtOutbox();
}

function show(text: string, given: Verdict): void {
  panel.value = null;
  const seen = passes.note(given, readClock().now); // who answers was scanned before, for that they were asked
  void saveSeen(passes.noted()).catch(() => undefined); // a full disk is told by the receipt
  const clock = readVerifierClock();
  shown.value = {
    number: (shown.value?.number ?? 0) + 1,
    view: viewOf(given, { clinic: clinic.value, directory: world.value?.directory ?? null, now: clock.floor, behindS: clock.floor - clock.now }),
    seen: isAnswer(given) ? null : seen,
  };
  sounds.play(shown.value.view.verdict);
  leaveReceipt(text, given);
}

/** Gives the verdict on a text that somebody scanned, typed or pasted on purpose. Whatever it says, it is only ever text. */
export async function examine(text: string): Promise<void> {
  const given = await judge(text);
  frames.shown(text, given);
  show(text, given);
}

/** Whether something lies over the camera's picture: what it saw a moment before takes no verdict and no sheet away. */
const isCovered = (): boolean => shown.value !== null || panel.value !== null;

/**
 * Gives the verdict on a text that the camera sees, unless it is the one just answered and still in view; while a question waits,
 * only on what settles it: the phone shows its usual code until its owner has typed the number.
 */
export async function examineFrame(text: string): Promise<void> {
  if (isCovered() || frames.isSameText(text, performance.now()) || (waiting() !== null && missed.value === text)) return;
  const given = await judge(text);
  if (isCovered()) return;
  if (waiting() !== null) {
    missed.value = text;
    return;
  }
  if (!isAnswer(given) && frames.isSamePass(given, performance.now())) return;
  frames.shown(text, given);
  show(text, given);
}

/** Back to scanning, once the scan's receipt is safe. */
export async function scanOn(): Promise<void> {
  const left = shown.value;
  await Promise.race([writing, new Promise((resolve) => setTimeout(resolve, LEAVE_AFTER_MS))]);
  if (shown.value !== left) return; // another code was scanned meanwhile
  frames.look(performance.now());
  shown.value = null;
}

/** After a failed try the next ones come soon, and then less and less often: a network that comes back is seldom there at once. */
const RETRY_MS = [5000, 15_000, 60_000, 240_000] as const;
let failures = 0;
let retry: ReturnType<typeof setTimeout> | undefined;

/** trouble: slug of what went wrong in a try, or null */
function tryAgainAfter(trouble: string | null): void {
  clearTimeout(retry);
  hasAnswered.value = trouble === null || !isUnreachable(trouble);
  if (trouble === null || !isUnreachable(trouble)) {
    failures = 0;
    return;
  }
  const wait = RETRY_MS[failures];
  failures += 1;
  if (wait !== undefined) retry = setTimeout(() => void syncQuietly(), wait); // after those the usual quarter of an hour
}

let running: Promise<void> | null = null;

/** Renews trust, status lists, clinics and sealing keys, and tells how it went; joins what is under way. */
export function syncNow(): Promise<void> {
  running ??= renew().finally(() => {
    running = null;
  });
  return running;
}

async function renew(): Promise<void> {
  sync.value = { kind: "running" };
  if (session.value?.entry === "counter-code") await askWho();
  const isLoggedIn = isClinic();
  try {
    const { renewWorld } = await judging();
    const known = await renewWorld({ isLoggedIn, clues: ownClues(), onState: begin });
    stand(known);
    sync.value = { kind: "done" };
    void file();
    if (isLoggedIn) void reportAges({ trustAt: known.trust?.refreshedAt ?? null, statusAt: known.statusAt });
  } catch (error) {
    sync.value = { kind: "failed", slug: slugOf(error) };
    await standOnWhatCame();
  }
  await afterRenewal(isLoggedIn);
  tryAgainAfter(sync.value.kind === "failed" ? sync.value.slug : sendingFailure.value);
  tick();
}

/** The clinic of the login or, where that is of none, the one that this machine was put at. */
const ownClues = (): string | null => session.value?.staff?.clinic ?? settings.value.clinic;

async function afterRenewal(isLoggedIn: boolean): Promise<void> {
  if (!isLoggedIn) return;
  hasSynced.value = true;
  await sendReceipts();
}

/** The scanner opens with the clinics of the own state, while the country's are on their way. */
function begin(known: World): void {
  stand(known);
  hasSynced.value = true;
}

/** A first synchronisation that broke off may have brought what verdicts rest on. */
async function standOnWhatCame(): Promise<void> {
  if (world.value?.directory) return;
  const { loadWorld } = await judging();
  await loadWorld().then(stand, () => undefined); // a disk that cannot be read has said so already: it is what failed
}

let bringing: Promise<void> | null = null;

/** Renews the country's revocations and tells how it went; joins what is under way. Scanning and all else go on meanwhile. */
function file(): Promise<void> {
  bringing ??= bring().finally(() => {
    bringing = null;
  });
  return bringing;
}

async function bring(): Promise<void> {
  filing.value = { kind: "running" };
  try {
    const { renewRevocations, withRevocations } = await judging();
    const brought = await renewRevocations();
    if (world.value !== null) stand(withRevocations(world.value, brought));
    filing.value = { kind: "done" };
  } catch (error) {
    filing.value = { kind: "failed", slug: slugOf(error) };
  }
}

async function syncQuietly(): Promise<void> {
  if (navigator.onLine) await syncNow();
}
