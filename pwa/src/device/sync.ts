/**
 * Brings trust to the device: the TUF repository from the pinned root down, then the status lists and a clinic's sealing keys.
 *
 * Every file is verified before it is kept, and what is kept is one transaction: the old state or the whole new one.
 * Genuine metadata is taken however old it is, as on the server: how old is too old is for the verdict to say (DESIGN §4).
 * Source: The Update Framework specification 1.0.31, §5 (detailed client workflow); the checks are core/tuf.ts.
 */
import { base64urlDecode } from "../core/encoding";
import { parseStatusToken, type StatusList } from "../core/status-list";
import { makeTrust, parseIssuers, parsePolicy, type Trust } from "../core/trust";
import { checkTarget, MAX_ROOTS, openRepository, targetFile, withRoot, withSnapshot, withTargets, withTimestamp, type Repository } from "../core/tuf";
import { isRecord, problemOf, request, send } from "./api";
import { readClock } from "./clock";
import { Failure, slugOf } from "./failure";
import { importSealingKey } from "./keys";
import { entries, get, putAll, type Write } from "./store";
import { issuerKeys, loadStatus, loadTrust, SEALING, STANDING, standing, trustFile, type TrustStanding } from "./trust-store";

export { loadWorld, type DeviceWorld } from "./trust-store";

const ALL_TARGETS = ["issuers.json", "policy.json", "clinics.json"];

type Bytes = Uint8Array<ArrayBuffer>;

export interface SyncOptions {
  /** Target files to bring; a wallet does without the clinics. */
  readonly targets?: readonly string[];
  /** Told after each step, for a progress bar. */
  readonly onStep?: (done: number, of: number) => void;
}

/** Brings trust up to date. Raises no-anchor, trust-refused, offline, timeout, unavailable; what was there stays. */
export async function syncTrust({ targets = ALL_TARGETS, onStep }: SyncOptions = {}): Promise<void> {
  const steps = 3 + targets.length;
  let done = 0;
  const step = (): void => onStep?.((done += 1), steps);
  const writes: Write[] = [];
  try {
    let repository = await followRoots(await knownRepository(writes), writes);
    step();
    repository = await freshTimestamp(repository, writes);
    step();
    repository = await freshLists(repository, writes);
    step();
    for (const name of targets) {
      await freshTarget(repository, name, writes);
      step();
    }
    await keep(repository, writes);
  } catch (error) {
    throw translated(error);
  }
}

/** What the checks of the core refuse is one slug for the screen; network and storage keep their own. */
function translated(error: unknown): Error {
  return error instanceof Failure ? error : new Failure("trust-refused", slugOf(error));
}

/** The repository as this device last verified it, from the anchor or from the root that the chain has led to since. */
async function knownRepository(writes: Write[]): Promise<Repository> {
  const [anchor, root] = [await pinnedRoot(writes), await get("trust", "root")];
  let repository = await openRepository(root?.bytes ?? anchor);
  const steps = [["timestamp", withTimestamp], ["snapshot", withSnapshot]] as const;
  for (const [name, take] of steps) {
    const kept = await get("trust", name);
    // What these keys no longer vouch for holds nothing back (TUF §5.3.11).
    if (kept !== undefined) repository = await take(repository, kept.bytes, null).catch(() => repository);
  }
  return repository;
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

/** Each root from the kept one on, signed by the one before it. */
async function followRoots(known: Repository, writes: Write[]): Promise<Repository> {
  const newest = Math.min(await newestRoot(), known.root.version + MAX_ROOTS);
  let repository = known;
  while (repository.root.version < newest) {
    const raw = await download(`/trust/${repository.root.version + 1}.root.json`);
    if (raw === null) break;
    repository = await withRoot(repository, raw);
    writes.push(file("root", raw));
  }
  return repository;
}

/** How far the chain is said to lead. Unverified: who could lie here could as well withhold the roots. No such file: walk to the end. */
async function newestRoot(): Promise<number> {
  const raw = await download("/trust/root.json");
  if (raw === null) return Infinity;
  const said: unknown = JSON.parse(new TextDecoder().decode(raw));
  const version = isRecord(said) && isRecord(said.signed) ? said.signed.version : undefined;
  return typeof version === "number" ? version : Infinity;
}

async function freshTimestamp(repository: Repository, writes: Write[]): Promise<Repository> {
  const raw = await needed("/trust/timestamp.json");
  writes.push(file("timestamp", raw));
  return withTimestamp(repository, raw, null);
}

/** Snapshot and targets, each named by the one before it. */
async function freshLists(known: Repository, writes: Write[]): Promise<Repository> {
  const rawSnapshot = await needed(`/trust/${versionOf(known.timestamp?.snapshot)}.snapshot.json`, { isFresh: false });
  const repository = await withSnapshot(known, rawSnapshot, null);
  const rawTargets = await needed(`/trust/${versionOf(repository.snapshot?.files.get("targets.json"))}.targets.json`, { isFresh: false });
  writes.push(file("snapshot", rawSnapshot), file("targets", rawTargets));
  return withTargets(repository, rawTargets, null);
}

function versionOf(facts: { readonly version: number } | undefined): number {
  if (facts === undefined) throw new Failure("trust-refused", "out-of-order");
  return facts.version;
}

async function freshTarget(repository: Repository, name: string, writes: Write[]): Promise<void> {
  const kept = await trustFile(name);
  if (kept !== undefined && (await isGood(repository, name, kept.bytes))) return;
  const raw = await needed(`/trust/targets/${targetFile(repository, name).path}`, { isFresh: false, timeoutMs: 60_000 });
  await checkTarget(repository, name, raw);
  writes.push(file(`target:${name}`, raw));
}

function isGood(repository: Repository, name: string, raw: Bytes): Promise<boolean> {
  return checkTarget(repository, name, raw).then(
    () => true,
    () => false,
  );
}

/** Keeps all that was verified, and the standing with it; the files must make a Trust, or nothing is kept. */
async function keep({ root, timestamp, targets }: Repository, writes: readonly Write[]): Promise<void> {
  const signedAt = timestamp?.signedAt;
  if (typeof signedAt !== "number" || targets === null) throw new Failure("trust-refused", "the timestamp does not say when it was signed");
  const before = await standing();
  const stands: TrustStanding = {
    refreshedAt: signedAt,
    floor: Math.max(before?.floor ?? 0, signedAt),
    usableUntil: Math.min(root.expires, targets.expires),
  };
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
  return { store: "trust", key, value: { bytes, savedAt: readClock().now } };
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
  const trust = await loadTrust(readClock().now);
  if (trust === null) throw new Failure("no-trust");
  const numbers = await request("/status/index.json", parseIndex);
  const held = await loadStatus(trust);
  const fresh = await Promise.all(numbers.map((number) => freshStatus(trust, number, held.get(number))));
  const writes = fresh.filter((one) => one !== null);
  await putAll([...writes.map(({ write }) => write), ...(await raisedFloor(writes.map(({ list }) => list.iat)))]);
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

async function raisedFloor(signedAt: readonly number[]): Promise<Write[]> {
  const stood = await standing();
  return stood === null ? [] : [{ store: "settings", key: STANDING, value: { ...stood, floor: Math.max(stood.floor, ...signedAt) } }];
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

/** All that a clinic needs off line, in order. Sealing keys are left as they are when nobody is logged in, or nobody any more. */
export async function syncAll(isLoggedIn: boolean, options: SyncOptions = {}): Promise<void> {
  await syncTrust(options);
  await syncStatus();
  if (!isLoggedIn) return;
  await syncSealingKeys().catch((error: unknown) => {
    if (!(error instanceof Failure) || (error.status !== 401 && error.status !== 403)) throw error;
  });
}
