/**
 * Brings the counter's receipts to the centre, many at a time and never because of a scan: at the start, on coming on line or into
 * view, and with every synchronisation. The centre's answer decides: what it has goes, what it refused stays and says why.
 */
import { isRecord, request } from "./api";
import { readClock } from "./clock";
import { Failure, slugOf } from "./failure";
import { counterKey, kept, sealRest, type Entry } from "./outbox";
import { get, putAll, type Write } from "./store";
import { inTurn } from "./turn";

/** How the outbox stands. */
export interface Outbox {
  /** Receipts that the centre has not answered. */
  readonly waiting: number;
  /** How many it refused, by its slug for why. */
  readonly refused: ReadonlyMap<string, number>;
  /** How many it has and that contradict their chain, the same. */
  readonly conflicts: ReadonlyMap<string, number>;
  /** Seconds since 1970 of the centre's last answer; null when it never gave one. */
  readonly sentAt: number | null;
}

type Row = readonly [key: string, entry: Entry & { readonly sealed: string }];

/** What the centre says of one receipt. */
interface Told {
  readonly state: "stored" | "known" | "conflict" | "refused";
  readonly why: string | null;
}

const ADDRESS = "/api/v1/verifications/receipts";
const SENT_AT = "receipts-sent-at";
const TURN = "amate-outbox";
const BATCH = 40;
/** The centre cannot read the request as a whole: one receipt of it may be to blame. */
const UNREADABLE: ReadonlySet<number> = new Set([413, 422]);
const STATES: readonly unknown[] = ["stored", "known", "conflict", "refused"];

/** Sends all that waits. Gives the slug of what stood in the way, or null; what was not answered waits on. */
export function drain(): Promise<string | null> {
  return inTurn(TURN, drainNow);
}

async function drainNow(): Promise<string | null> {
  try {
    await sealRest();
    const open = (await kept()).filter(isOpen);
    let failure: string | null = null;
    // A clinic whose account is not at hand must not keep another's waiting.
    for (const chain of new Set(open.map(([, entry]) => entry.chain))) {
      failure = (await drainChain(chain, open.filter(([, entry]) => entry.chain === chain))) ?? failure;
    }
    return failure;
  } catch (error) {
    return slugOf(error);
  }
}

/** What a dead tab was sending is sent again: the centre knows whether it has it. */
function isOpen(row: [string, Entry]): row is [string, Row[1]] {
  const [, { state, sealed }] = row;
  return (state === "waiting" || state === "sending") && typeof sealed === "string";
}

async function drainChain(chain: string, rows: readonly Row[]): Promise<string | null> {
  for (let at = 0; at < rows.length; at += BATCH) {
    const failure = await send(chain, rows.slice(at, at + BATCH));
    if (failure !== null) return failure;
  }
  return null;
}

async function send(chain: string, rows: readonly Row[]): Promise<string | null> {
  await putAll(rows.map((row) => inState(row, "sending", null)));
  try {
    const told = await post(chain, rows);
    const sentAt: Write = { store: "settings", key: SENT_AT, value: readClock().now };
    await putAll([...rows.map((row, at) => answered(row, told[at])), sentAt]);
    return null;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return notTaken(chain, rows, error);
  }
}

async function notTaken(chain: string, rows: readonly Row[], failure: Failure): Promise<string | null> {
  const isOurs = UNREADABLE.has(failure.status);
  if (!isOurs || rows.length === 1) {
    await putAll(rows.map((row) => (isOurs ? inState(row, "refused", failure.slug) : inState(row, "waiting", null))));
    return isOurs ? null : failure.slug;
  }
  for (const row of rows) {
    const slug = await send(chain, [row]);
    if (slug !== null) return slug;
  }
  return null;
}

async function post(chain: string, rows: readonly Row[]): Promise<Told[]> {
  const { x, y } = (await counterKey(chain)).jwk;
  const receipts = rows.map(([, { id, sealed }]) => ({ id, receipt: sealed }));
  const told = await request(ADDRESS, toldOf, { json: { sealed: { device: { x, y }, receipts } } });
  if (told.length !== rows.length) throw new Failure("unexpected-answer", ADDRESS);
  return told;
}

function toldOf(json: unknown): Told[] {
  if (!isRecord(json) || !Array.isArray(json.receipts)) throw new TypeError("receipts");
  return json.receipts.map((each: unknown): Told => {
    if (!isRecord(each) || !STATES.includes(each.state)) throw new TypeError("state");
    return { state: each.state as Told["state"], why: typeof each.why === "string" ? each.why : null };
  });
}

function answered(row: Row, told: Told | undefined): Write {
  const [key, entry] = row;
  if (told === undefined) throw new Failure("unexpected-answer", ADDRESS);
  if (told.state === "refused") return inState(row, "refused", told.why);
  if (told.state === "conflict") return { store: "receipts", key, value: { ...entry, state: "conflict", why: told.why, sealed: null } satisfies Entry };
  return { store: "receipts", key, value: undefined };
}

function inState([key, entry]: readonly [string, Entry], state: Entry["state"], why: string | null): Write {
  return { store: "receipts", key, value: { ...entry, state, why } satisfies Entry };
}

/** How the outbox stands. Raises storage-unavailable. */
export async function outbox(): Promise<Outbox> {
  const all = (await kept()).map(([, entry]) => entry);
  const sentAt = await get("settings", SENT_AT);
  return {
    waiting: all.filter(({ state }) => state === "waiting" || state === "sending").length,
    refused: countOf(all, "refused"),
    conflicts: countOf(all, "conflict"),
    sentAt: typeof sentAt === "number" ? sentAt : null,
  };
}

function countOf(all: readonly Entry[], wanted: Entry["state"]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { state, why } of all) {
    if (state === wanted) counts.set(why ?? "unexpected", (counts.get(why ?? "unexpected") ?? 0) + 1);
  }
  return counts;
}

/** Lets what was refused be sent again, once somebody did what the reason asks for. */
export async function sendAgain(): Promise<void> {
  await putAll((await kept()).filter(([, { state }]) => state === "refused").map((row) => inState(row, "waiting", null)));
}

/** Takes note of the conflicts, which the centre keeps. */
export async function forgetConflicts(): Promise<void> {
  const told = (await kept()).filter(([, { state }]) => state === "conflict");
  await putAll(told.map(([key]): Write => ({ store: "receipts", key, value: undefined })));
}
