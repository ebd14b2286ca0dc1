/**
 * Brings trust to the device: the TUF repository from the pinned root down, then the status lists and a clinic's sealing keys.
 *
 * The workflow is core/tuf-client.ts in its product manner: genuine metadata is taken however old it is (how old is too old is
 * for the verdict to say, DESIGN §4), an update is one transaction, and one that finds nothing new is one request.
 */
import { base64urlDecode } from "../core/encoding";
import { parseStatusToken, type StatusList } from "../core/status-list";
import { makeTrust, parseIssuers, parsePolicy } from "../core/trust";
import { update, type Bytes, type FileName, type Storage, type Update } from "../core/tuf-client";
import { isRecord, request } from "./api";
import { readClock } from "./clock";
import { Failure, slugOf } from "./failure";
import { importSealingKey } from "./keys";
import { CENTRE, centreKeyOf, type CentreKey } from "./centre";
import { server, type Origin } from "./origin";
import { isPinned } from "./pin";
import { hasBeenPutOut } from "./session";
import { bringStateClinics, COUNTRY, outgrowing, stateOf } from "./state-clinics";
import { entries, get, put, putAll, type Write } from "./store";
import { inTurn } from "./turn";
import { issuerKeys, loadStatus, loadTrust, SEALED_AT, SEALING, trustStorage } from "./trust-store";

export { loadWorld, type DeviceWorld } from "./trust-store";

const FOR_VERDICTS = ["issuers.json", "policy.json"];
const ALL_TARGETS = [...FOR_VERDICTS, "clinics.json"];
const WALKED_AT = "roots-walked-at";
/** The roots are walked so often whatever the timestamp says (tuf-client.ts, point 3): well before trust is called old. */
const WALK_EVERY_S = 24 * 3600;
const TURN = "amate-trust";
const TURN_OF_STATUS = "amate-status";

export interface SyncOptions {
  /** Target files to bring; a wallet does without the clinics. */
  readonly targets?: readonly string[];
  /** Told after each step, for a progress bar. */
  readonly onStep?: (done: number, of: number) => void;
  readonly origin?: Origin;
}

/** Brings trust up to date. Raises no-anchor, trust-refused, offline, timeout, unavailable; what was there stays. */
export async function syncTrust({ targets = ALL_TARGETS, onStep, origin = server }: SyncOptions = {}): Promise<void> {
  const steps = 3 + targets.length;
  let done = 0;
  const step = (): void => onStep?.(Math.min((done += 1), steps), steps); // a second attempt goes through them again
  try {
    await inTurn(TURN, async () => {
      const storage = outgrowing(await anchored(trustStorage, origin));
      const manner = { mode: "product", isWalkDue: !origin.walksCount || (await isWalkDue()) } as const;
      const { hasWalked } = await update({ storage, source: origin.trust() }, { targets, onStep: step, check }, manner);
      if (hasWalked && origin.walksCount) await put("settings", WALKED_AT, readClock().now);
    });
  } catch (error) {
    throw translated(error);
  }
}

/** What the checks of the core refuse is one slug for the screen; network and storage keep their own. */
function translated(error: unknown): Error {
  return error instanceof Failure ? error : new Failure("trust-refused", slugOf(error), 0, { cause: error });
}

/** A storage with a pinned root: the one first met on this device; never replaced, only followed by the chain of roots. */
async function anchored(storage: Storage, origin: Origin): Promise<Storage> {
  if ((await storage.read("anchor")) !== null) return storage;
  const anchor = await origin.anchor();
  if (anchor === null) throw new Failure("no-anchor");
  if (!(await isPinned(anchor))) throw new Failure("trust-refused", "not the root that this build is pinned to");
  const others = new Map((await rootsKept(storage)).map((name) => [name, null] as const));
  return {
    read: (name) => (name === "anchor" ? Promise.resolve(anchor) : others.has(name) ? Promise.resolve(null) : storage.read(name)),
    commit: (writes) => storage.commit(new Map([...others, ...writes, ["anchor", anchor]])),
  };
}

/** Roots that followed an anchor which this device stands on no more. */
async function rootsKept(storage: Storage): Promise<FileName[]> {
  const names: FileName[] = [];
  for (let version = 2; (await storage.read(`root:${version}`)) !== null; version += 1) names.push(`root:${version}`);
  return names;
}

async function isWalkDue(): Promise<boolean> {
  const walkedAt = await get("settings", WALKED_AT);
  return typeof walkedAt !== "number" || Math.abs(readClock().now - walkedAt) >= WALK_EVERY_S;
}

/** The files must make a Trust of a known age, or nothing is kept. */
async function check({ repository, files }: Update): Promise<void> {
  if (typeof repository.timestamp?.signedAt !== "number") throw new Failure("trust-refused", "the timestamp does not say when it was signed");
  const [issuers, policy] = [files.get("issuers.json"), files.get("policy.json")];
  if (issuers === undefined || policy === undefined) return;
  makeTrust(await parseIssuers(issuers), parsePolicy(policy), { refreshedAt: 0, floor: 0, sealing: new Map() });
}

/**
 * Brings the status lists up to date; an older list than the one kept, or one that does not verify, is not taken (C04). Returns: the
 * numbers of those that are missing or do not verify.
 */
export async function syncStatus(origin: Origin = server): Promise<number[]> {
  const trust = await loadTrust(readClock().now);
  if (trust === null) throw new Failure("no-trust");
  const numbers = await origin.statusNumbers();
  const keys = issuerKeys(trust);
  const found = await Promise.all(numbers.map(async (number) => statusOf(await origin.statusToken(number), { keys, expectedUri: `${trust.policy.statusBase}/${number}` })));
  // Looked at as they are written: a stick or another tab may have brought newer ones while these were on their way.
  await inTurn(TURN_OF_STATUS, async () => {
    const held = await loadStatus(trust);
    const fresh = found.filter((one) => one !== null).filter(({ list }) => list.iat > (held.get(list.number)?.iat ?? -Infinity));
    await putAll(fresh.map(({ write }) => write));
  });
  return numbers.filter((_, at) => found[at] === null);
}

/** A list that verifies, and how it is kept; null otherwise. */
async function statusOf(raw: Bytes | null, reading: Parameters<typeof parseStatusToken>[1]): Promise<{ readonly list: StatusList; readonly write: Write } | null> {
  const token = new TextDecoder().decode(raw ?? new Uint8Array()).trim();
  const list = await parseStatusToken(token, reading).catch(() => null);
  if (list === null) return null;
  return { list, write: { store: "status", key: list.number, value: { uri: reading.expectedUri, token, savedAt: readClock().now } } };
}

/**
 * Brings the sealing keys of an enrolled clinic, and the key that its receipts are sealed to; old sealing keys that the server no
 * longer gives are removed. None is kept where whoever asked for them has left meanwhile. Raises forbidden.
 */
async function syncSealingKeys(isLoggedIn: () => boolean): Promise<void> {
  const { keys: given, centre } = await request("/api/v1/sealing-keys", parseSealingKeys);
  const removals = await sealingKeysRemoved();
  const additions = given.map(async ({ number, raw }): Promise<Write> => {
    return { store: "keys", key: `${SEALING}${number}`, value: await importSealingKey(raw) };
  });
  const at: Write = { store: "settings", key: SEALED_AT, value: readClock().now };
  const forReceipts: Write[] = centre === null ? [] : [{ store: "settings", key: CENTRE, value: centre }];
  const writes = [...removals, ...(await Promise.all(additions)), at, ...forReceipts];
  if (isLoggedIn()) await putAll(writes);
}

/** Reads nobody's name any more: the sealing keys are removed. */
export async function forgetSealingKeys(): Promise<void> {
  await putAll(await sealingKeysRemoved());
}

async function sealingKeysRemoved(): Promise<Write[]> {
  const before = (await entries("keys")).filter(([name]) => name.startsWith(SEALING));
  return before.map(([name]): Write => ({ store: "keys", key: name, value: undefined }));
}

interface Given {
  readonly keys: readonly { number: number; raw: Uint8Array<ArrayBuffer> }[];
  readonly centre: CentreKey | null;
}

function parseSealingKeys(json: unknown): Given {
  if (!isRecord(json) || !Array.isArray(json.keys)) throw new TypeError("keys");
  const keys = json.keys.map((key: unknown) => {
    if (!isRecord(key) || typeof key.number !== "number" || typeof key.key !== "string") throw new TypeError("key");
    return { number: key.number, raw: Uint8Array.from(base64urlDecode(key.key)) };
  });
  return { keys, centre: centreKeyOf(json.receipts_key) };
}

/** Who works at a counter whose clinics are not here yet. */
export interface Place {
  /** Asked again before anything is kept that is for them alone: they may leave at any time. */
  readonly isLoggedIn: () => boolean;
  /** The clinic where they are; null while that is not known. */
  readonly clues: string | null;
  /** Told once a scan is answered with the clinics of that state, while those of the country, minutes on a slow line, are on their way. */
  readonly onState: () => Promise<void>;
}

/**
 * All that a clinic needs off line, in order. Sealing keys are left as they are when nobody is logged in, or nobody any more,
 * unless somebody ended that on purpose: then they go.
 *
 * The first time, what verdicts rest on does not wait for the clinics, nor those of the own state for the country's; a visit at
 * which nobody enters brings none.
 */
export async function syncAll({ isLoggedIn, clues, onState }: Place): Promise<void> {
  const state = clues === null ? null : stateOf(clues);
  const isStaged = (!isLoggedIn() || state !== null) && (await trustStorage.read(COUNTRY)) === null;
  await syncTrust({ targets: isStaged ? FOR_VERDICTS : ALL_TARGETS });
  await syncStatus();
  if (!isLoggedIn()) return;
  await renewSealingKeys(isLoggedIn);
  if (!isStaged || state === null) return;
  if (await inTurn(TURN, () => bringStateClinics(trustStorage, server.trust(), state))) await onState();
  await syncTrust();
}

async function renewSealingKeys(isLoggedIn: () => boolean): Promise<void> {
  await syncSealingKeys(isLoggedIn).catch(async (error: unknown) => {
    if (!(error instanceof Failure) || (error.status !== 401 && error.status !== 403)) throw error;
    if (error.status === 401 && (await hasBeenPutOut())) await forgetSealingKeys();
  });
}
