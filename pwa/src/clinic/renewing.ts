/**
 * What this machine knows, kept fresh: who works here, trust, revocations, clinics; and its receipts, brought to the centre. On a
 * schedule, never because of a scan (K02).
 */
import { keepLatest, readVerifierClock } from "../device/clock";
import { isUnreachable, slugOf } from "../device/failure";
import { reportAges } from "../device/report";
import { isPutOut } from "../device/session";
import { askSession, leaveSession, session, settleLeaving } from "../ui/entrance";
import { judging, receipts } from "./later";
import { forgetSightings } from "./sharing";
import {
  carrying,
  filedAt,
  filing,
  hasSynced,
  isOnline,
  isSending,
  now,
  outbox,
  panel,
  sendingFailure,
  settings,
  sync,
  world,
} from "./state";
import type { World } from "./world";

/** Counts what this machine came to decide by. */
let stands = 0;

/** From now on this machine decides by these. */
export function stand(known: World): void {
  stands += 1;
  world.value = known;
  void (known.revocations?.opened ?? Promise.resolve(null)).then((opened) => {
    if (world.value === known) filedAt.value = opened?.token.iat ?? null;
  });
}

export function tick(): void {
  now.value = readVerifierClock().floor;
  void keepLatest();
}

const isClinic = (): boolean => session.value?.staff?.role === "clinic";

/** Asks who works here, and obeys. */
export async function askWho(): Promise<void> {
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
  forgetSightings();
  stand(await (await judging()).forgetNames());
}

/** Ends the session here and at the server. Nobody reads a name until somebody logs in again, for which a network is needed anyway. */
export async function endSession(): Promise<void> {
  await Promise.all([leaveSession(), forgetNames()]);
}

export async function lookAtOutbox(): Promise<void> {
  // A disk that cannot be read has said so already, to whoever wanted to write.
  outbox.value = await (await receipts()).outbox().catch(() => outbox.value);
}

/** Brings what waits to the centre. Never because of a scan: what is seen on the wire must not tell when one was made (K02). */
export async function sendReceipts(): Promise<void> {
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

/** After a failed try the next ones come soon, and then less and less often: a network that comes back is seldom there at once. */
const RETRY_MS = [5000, 15_000, 60_000, 240_000] as const;
let failures = 0;
let retry: ReturnType<typeof setTimeout> | undefined;

/** trouble: slug of what went wrong in a try, or null */
function tryAgainAfter(trouble: string | null): void {
  clearTimeout(retry);
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
  await settleLeaving();
  if (session.value?.entry === "counter-code") await askWho();
  try {
    const { renewWorld } = await judging();
    const known = await renewWorld({ isLoggedIn: isClinic, clues: ownClues(), onState: begin });
    stand(known);
    sync.value = { kind: "done" };
    void file();
    if (isClinic()) void reportAges({ trustAt: known.trust?.refreshedAt ?? null, statusAt: known.statusAt });
  } catch (error) {
    sync.value = { kind: "failed", slug: slugOf(error) };
    await standOnWhatCame();
  }
  await afterRenewal();
  tryAgainAfter(sync.value.kind === "failed" ? sync.value.slug : sendingFailure.value);
  tick();
}

/** The clinic of the login or, where that is of none, the one that this machine was put at. */
const ownClues = (): string | null => session.value?.staff?.clinic ?? settings.value.clinic;

async function afterRenewal(): Promise<void> {
  if (!isClinic()) return;
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
  if (!world.value?.directory) await standOnWhatIsHere();
}

/** What is on the disk; read anew where something newer came while it was read. */
async function standOnWhatIsHere(): Promise<void> {
  const { loadWorld } = await judging();
  for (;;) {
    const before = stands;
    const known = await loadWorld().catch(() => null); // a disk that cannot be read has said so already
    if (known === null) return;
    if (stands !== before) continue;
    stand(known);
    return;
  }
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
  tellOthers(); // of trust and lists, too, which came right before
}

/** Takes in a file that was carried here, and tells how it went. */
export async function takeIn(file: Blob): Promise<void> {
  carrying.value = { kind: "running" };
  try {
    const { known, isNewer } = await (await judging()).takeInWorld(file);
    stand(known);
    carrying.value = { kind: isNewer ? "renewed" : "nothing-newer" };
    tellOthers();
  } catch (error) {
    await standOnWhatIsHere();
    if (slugOf(error).startsWith("pack-partly")) tellOthers();
    carrying.value = { kind: "failed", slug: slugOf(error) };
  }
  tick();
}

/** This counter's other tabs, which decide by what is on the same disk. */
let others: BroadcastChannel | null = null;

export function listenToOthers(): void {
  others ??= new BroadcastChannel("amate-world");
  others.onmessage = () => void standOnWhatIsHere();
}

function tellOthers(): void {
  others?.postMessage(null);
}

export async function syncQuietly(): Promise<void> {
  if (navigator.onLine) await syncNow();
}

/** The network came or went. */
export function onNetwork(): void {
  isOnline.value = navigator.onLine;
  failures = 0;
  void syncQuietly();
}

/** What began before the login brought no sealing keys. */
export function syncAfterLogin(): void {
  void (running ?? Promise.resolve()).then(syncQuietly);
}
