/**
 * Brings trust to the device: the TUF repository from the pinned root down, then the status lists and a clinic's sealing keys.
 *
 * Every file is verified before it is kept, and what is kept is one transaction: the old state or the whole new one.
 * Source: The Update Framework specification 1.0.31, §5 (detailed client workflow); the checks are core/tuf.ts.
 */
import { base64urlDecode } from "../core/encoding";
import { parseStatusToken, type StatusList } from "../core/status-list";
import { makeTrust, parseIssuers, parsePolicy, type Trust } from "../core/trust";
import {
  anchorRoot,
  checkSnapshot,
  checkTarget,
  checkTargets,
  checkTimestamp,
  nextRoot,
  type Root,
  type Snapshot,
  type Targets,
  type Timestamp,
} from "../core/tuf";
import { isRecord, problemOf, request, send } from "./api";
import { readClock } from "./clock";
import { Failure, slugOf } from "./failure";
import { importSealingKey } from "./keys";
import { entries, get, putAll, type StoredFile, type Write } from "./store";
import { issuerKeys, loadStatus, loadTrust, SEALING, STANDING, standing, trustFile } from "./trust-store";

export { loadWorld, type DeviceWorld } from "./trust-store";

const ALL_TARGETS = ["issuers.json", "policy.json", "clinics.json"];
const MAX_ROOTS = 256;

type Bytes = Uint8Array<ArrayBuffer>;

export interface SyncOptions {
  /** Target files to bring; a wallet does without the clinics. */
  readonly targets?: readonly string[];
  /** Told after each step, for a progress bar. */
  readonly onStep?: (done: number, of: number) => void;
}

/** Brings trust up to date. Raises no-anchor, trust-refused, offline, timeout, unavailable; what was there stays. */
export async function syncTrust({ targets = ALL_TARGETS, onStep }: SyncOptions = {}): Promise<void> {
  const steps = 4 + targets.length;
  let done = 0;
  const step = (): void => onStep?.((done += 1), steps);
  const writes: Write[] = [];
  try {
    const root = await currentRoot(writes, step);
    const timestamp = await freshTimestamp(root, writes);
    step();
    const snapshot = await freshSnapshot(root, timestamp, writes);
    const listed = await freshTargets(root, snapshot, writes);
    step();
    for (const name of targets) {
      await freshTarget(listed, name, writes);
      step();
    }
    await keep(writes, timestamp);
  } catch (error) {
    throw translated(error);
  }
}

/** What the checks of the core refuse is one slug for the screen; network and storage keep their own. */
function translated(error: unknown): Error {
  return error instanceof Failure ? error : new Failure("trust-refused", slugOf(error));
}

async function currentRoot(writes: Write[], step: () => void): Promise<Root> {
  let root = await anchorRoot(await pinnedRoot(writes));
  const kept = await get("trust", "root");
  if (kept !== undefined) root = await laterRoot(root, kept.bytes);
  step();
  for (let count = 0; count < MAX_ROOTS; count += 1) {
    const raw = await download(`/trust/${root.version + 1}.root.json`);
    if (raw === null) break;
    root = await nextRoot(root, raw);
    writes.push(file("root", raw));
  }
  step();
  return root;
}

/** The root of the last synchronisation: it was reached by the chain then, and it is ours, so it stands for the anchor. */
async function laterRoot(anchor: Root, raw: Bytes): Promise<Root> {
  const kept = await anchorRoot(raw);
  return kept.version > anchor.version ? kept : anchor;
}

/** The anchor as it was first met on this device; it is never replaced, only followed by the chain of roots. */
async function pinnedRoot(writes: Write[]): Promise<Bytes> {
  const kept = await get("trust", "anchor");
  if (kept !== undefined) return kept.bytes;
  const raw = await download("/anchor.json", { isFresh: false });
  if (raw === null) throw new Failure("no-anchor");
  writes.push(file("anchor", raw));
  return raw;
}

async function freshTimestamp(root: Root, writes: Write[]): Promise<Timestamp> {
  const raw = await needed("/trust/timestamp.json");
  const before = await get("trust", "timestamp");
  const timestamp = await checkTimestamp(root, raw, before?.bytes ?? null);
  writes.push(file("timestamp", raw));
  return timestamp;
}

async function freshSnapshot(root: Root, timestamp: Timestamp, writes: Write[]): Promise<Snapshot> {
  const raw = await needed(`/trust/${timestamp.snapshotVersion}.snapshot.json`, { isFresh: false });
  const before = await get("trust", "snapshot");
  const snapshot = await checkSnapshot(root, timestamp, raw, before?.bytes ?? null);
  writes.push(file("snapshot", raw));
  return snapshot;
}

async function freshTargets(root: Root, snapshot: Snapshot, writes: Write[]): Promise<Targets> {
  const raw = await needed(`/trust/${snapshot.targetsVersion}.targets.json`, { isFresh: false });
  const targets = await checkTargets(root, snapshot, raw);
  writes.push(file("targets", raw));
  return targets;
}

async function freshTarget(targets: Targets, name: string, writes: Write[]): Promise<void> {
  const sha256 = targets.sha256Of(name);
  if (sha256 === null) throw new Failure("trust-refused", name);
  const kept = await trustFile(name);
  if (kept !== undefined && (await isGood(targets, name, kept.bytes))) return;
  const raw = await needed(`/trust/targets/${sha256}.${name}`, { isFresh: false, timeoutMs: 60_000 });
  await checkTarget(targets, name, raw);
  writes.push(file(`target:${name}`, raw));
}

async function isGood(targets: Targets, name: string, raw: Bytes): Promise<boolean> {
  return checkTarget(targets, name, raw).then(() => true, () => false);
}

/** Keeps all that was verified, and the standing with it; the files must make a Trust, or nothing is kept. */
async function keep(writes: readonly Write[], timestamp: Timestamp): Promise<void> {
  const before = await standing();
  const stands = { refreshedAt: timestamp.signedAt, floor: Math.max(before?.floor ?? 0, timestamp.signedAt) };
  const [issuers, policy] = await Promise.all([latest(writes, "issuers.json"), latest(writes, "policy.json")]);
  if (issuers !== null && policy !== null) makeTrust(await parseIssuers(issuers), parsePolicy(policy), { ...stands, sealing: new Map() });
  await putAll([...writes, { store: "settings", key: STANDING, value: stands }]);
}

async function latest(writes: readonly Write[], name: string): Promise<Bytes | null> {
  const written = writes.find((write) => write.store === "trust" && write.key === `target:${name}`);
  if (written?.store === "trust" && written.value !== undefined) return written.value.bytes;
  return (await trustFile(name))?.bytes ?? null;
}

function file(key: string, bytes: Bytes): Write {
  const value: StoredFile = { bytes, savedAt: readClock().now };
  return { store: "trust", key, value };
}

interface Manner {
  readonly isFresh?: boolean;
  readonly timeoutMs?: number;
}

/** The bytes at a path; null when there is no such file. */
async function download(path: string, manner: Manner = {}): Promise<Bytes | null> {
  const answer = await send(path, manner);
  if (answer.status === 404) return null;
  if (answer.status >= 400) throw problemOf(answer);
  return answer.bytes;
}

async function needed(path: string, manner: Manner = {}): Promise<Bytes> {
  const raw = await download(path, manner);
  if (raw === null) throw new Failure("trust-refused", path);
  return raw;
}

/** Brings the status lists up to date; an older list than the one kept, or one that does not verify, is not taken (C04). */
export async function syncStatus(): Promise<void> {
  const trust = await loadTrust();
  if (trust === null) throw new Failure("no-trust");
  const numbers = await request("/status/index.json", parseIndex);
  const held = await loadStatus(trust);
  const fresh = await Promise.all(numbers.map((number) => freshStatus(trust, number, held.get(number))));
  const writes = fresh.filter((one) => one !== null);
  await putAll([...writes.map(({ write }) => write), await raisedFloor(writes.map(({ list }) => list.iat))]);
}

/** The index is only a hint: what it leaves out is missed by the verdict, not believed to be good. */
function parseIndex(json: unknown): number[] {
  if (!isRecord(json) || !Array.isArray(json.lists)) throw new TypeError("lists");
  return json.lists.filter((number): number is number => Number.isSafeInteger(number) && number >= 0);
}

interface FreshStatus {
  readonly list: StatusList;
  readonly write: Write;
}

async function freshStatus(trust: Trust, number: number, held: StatusList | undefined): Promise<FreshStatus | null> {
  const answer = await send(`/status/${number}`, { headers: { accept: "application/statuslist+jwt" } });
  if (answer.status >= 400) return null;
  const uri = `${trust.policy.statusBase}/${number}`;
  const token = new TextDecoder().decode(answer.bytes).trim();
  const list = await parseStatusToken(token, { keys: issuerKeys(trust), expectedUri: uri }).catch(() => null);
  if (list === null || (held !== undefined && list.iat <= held.iat)) return null;
  return { list, write: { store: "status", key: number, value: { uri, token, savedAt: readClock().now } } };
}

async function raisedFloor(signedAt: readonly number[]): Promise<Write> {
  const stood = (await standing()) ?? { refreshedAt: 0, floor: 0 };
  return { store: "settings", key: STANDING, value: { ...stood, floor: Math.max(stood.floor, ...signedAt) } };
}

/** Brings the sealing keys of an enrolled clinic; old ones that the server no longer gives are removed. Raises forbidden. */
export async function syncSealingKeys(): Promise<void> {
  const given = await request("/api/v1/sealing-keys", parseSealingKeys);
  const before = (await entries("keys")).filter(([name]) => name.startsWith(SEALING));
  const removals = before.map(([name]): Write => ({ store: "keys", key: name, value: undefined }));
  const additions = given.map(async ({ number, raw }): Promise<Write> => {
    return { store: "keys", key: `${SEALING}${number}`, value: await importSealingKey(raw) };
  });
  await putAll([...removals, ...(await Promise.all(additions))]);
}

function parseSealingKeys(json: unknown): { number: number; raw: Bytes }[] {
  if (!isRecord(json) || !Array.isArray(json.keys)) throw new TypeError("keys");
  return json.keys.map((key: unknown) => {
    if (!isRecord(key) || typeof key.number !== "number" || typeof key.key !== "string") throw new TypeError("key");
    return { number: key.number, raw: Uint8Array.from(base64urlDecode(key.key)) };
  });
}

/** All that a clinic needs off line, in order. Sealing keys are left as they are when nobody is logged in. */
export async function syncAll(options: SyncOptions = {}): Promise<void> {
  await syncTrust(options);
  await syncStatus();
  await syncSealingKeys().catch((error: unknown) => {
    if (!(error instanceof Failure) || (error.status !== 401 && error.status !== 403)) throw error;
  });
}
