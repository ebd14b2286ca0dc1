/**
 * What the device trusts, as the last synchronisation left it: read off line, put together for the core.
 *
 * Nothing that is stored counts because it is stored: at every load the chain of roots, the metadata and the trust files are
 * verified again from the pinned root down (row D07); that takes milliseconds. How old they are comes from what they
 * say, signed, never from a number kept beside them.
 */
import { Malformed } from "../core/errors";
import { parseRevocationsToken, type RevocationsToken } from "../core/revocations";
import { openSigned, type SignedRevocations } from "../core/standing";
import { parseStatusToken, type StatusList } from "../core/status-list";
import { makeTrust, parseIssuers, parsePolicy, type IssuerKey, type Trust } from "../core/trust";
import type { Repository } from "../core/tuf";
import { load, loadTarget, type Bytes, type Storage } from "../core/tuf-client";
import { readClock } from "./clock";
import { pausing } from "./pausing";
import { isPinned } from "./pin";
import { loadStateClinics } from "./state-clinics";
import { entries, get, putAll, type Write } from "./store";

/** Ages in seconds; null for what is not on the device. */
export interface Ages {
  readonly trustS: number | null;
  readonly statusS: number | null;
}

/** The revocations of the whole country as they are kept here. */
export interface KeptRevocations {
  readonly encodedJwt: string;
  readonly token: RevocationsToken;
  /** Opened in pieces beside other work; null when the file is not the one that was signed. It is never refused. */
  readonly opened: Promise<SignedRevocations | null>;
}

/** All that a verdict off line stands on; `clinics` is clinics.json or, until that is here, the same of one state. */
export interface DeviceWorld {
  readonly trust: Trust | null;
  readonly status: ReadonlyMap<number, StatusList>;
  readonly revocations: KeptRevocations | null;
  readonly clinics: Bytes | null;
  readonly isOneState: boolean;
  readonly sealedAt: number | null;
  readonly ages: Ages;
}

/** The key under which the revocations of the country are kept. */
export const NEWEST = "newest";

/** Sealing keys are kept in the store of keys under this prefix and their number. */
export const SEALING = "sealing:";
/** In the settings: when the server last said which sealing keys there are, in seconds since 1970. */
export const SEALED_AT = "sealing-at";

/** The trust repository in the device's database: what is committed together is one transaction. */
export const trustStorage: Storage = {
  read: async (name) => {
    const bytes = (await get("trust", name))?.bytes ?? null;
    // What an earlier build was pinned to, or met first, is nothing to this one.
    return name !== "anchor" || bytes === null || (await isPinned(bytes)) ? bytes : null;
  },
  commit: (writes) => {
    const savedAt = readClock().now;
    return putAll(
      [...writes].map(([key, bytes]): Write => ({ store: "trust", key, value: bytes === null ? undefined : { bytes, savedAt } })),
    );
  },
};

/** The issuers' keys and the policy; null before the first synchronisation, or when what is stored is not as it was kept. */
export async function loadTrust(now: number): Promise<Trust | null> {
  const repository = await orNull(load(trustStorage));
  return repository && trustOf(repository, now);
}

async function trustOf(repository: Repository, now: number): Promise<Trust | null> {
  const { root, targets, timestamp } = repository;
  const [issuers, policy] = await Promise.all([fileOf(repository, "issuers.json"), fileOf(repository, "policy.json")]);
  const signedAt = timestamp?.signedAt ?? null;
  if (issuers === null || policy === null || signedAt === null || targets === null) return null;
  const isOver = now >= Math.min(root.expires, targets.expires); // then it is endlessly old, however new its timestamp
  const sealing = await sealingKeys();
  // What an older release stored, this one may no longer read: the next synchronisation replaces it.
  return orNull(madeTrust(issuers, policy, { refreshedAt: isOver ? 0 : signedAt, floor: signedAt, sealing }));
}

async function madeTrust(issuers: Bytes, policy: Bytes, stands: Pick<Trust, "refreshedAt" | "floor" | "sealing">): Promise<Trust> {
  return makeTrust(await parseIssuers(issuers), parsePolicy(policy), stands);
}

function fileOf(repository: Repository, name: string): Promise<Bytes | null> {
  return orNull(loadTarget(trustStorage, repository, name));
}

/** What was made, or null when the core refused it. */
async function orNull<Value>(made: Promise<Value>): Promise<Value | null> {
  try {
    return await made;
  } catch (error) {
    if (error instanceof Malformed) return null;
    throw error;
  }
}

async function sealingKeys(): Promise<ReadonlyMap<number, CryptoKey>> {
  const kept = await entries("keys");
  return new Map(
    kept.flatMap(([name, key]) => (name.startsWith(SEALING) && !("privateKey" in key) ? [[Number(name.slice(SEALING.length)), key] as const] : [])),
  );
}

async function sealedAt(): Promise<number | null> {
  const at = await get("settings", SEALED_AT);
  return typeof at === "number" ? at : null;
}

/** Every key of the issuers, once. */
export function issuerKeys(trust: Trust): IssuerKey[] {
  return [...trust.keys.values()].flat();
}

/** The status lists kept here whose signature still holds, by number. */
export async function loadStatus(trust: Trust): Promise<Map<number, StatusList>> {
  const keys = issuerKeys(trust);
  const lists = new Map<number, StatusList>();
  for (const [, { uri, token }] of await entries("status")) {
    const list = await orNull(parseStatusToken(token, { keys, expectedUri: uri }));
    if (list !== null) lists.set(list.number, list);
  }
  return lists;
}

/** The country's revocations kept here whose token still holds; the file is opened anew under the hash that it names. */
export async function loadRevocations(trust: Trust): Promise<KeptRevocations | null> {
  const stored = await get("revocations", NEWEST);
  if (stored === undefined) return null;
  const { token: encodedJwt, bytes } = stored;
  const token = await orNull(parseRevocationsToken(encodedJwt, { keys: issuerKeys(trust), expectedUri: revocationsUri(trust) }));
  if (token === null) return null;
  // Whatever keeps it from being opened, memory too: the lists go on without it, and the next synchronisation brings it anew.
  const opened = openSigned(token, bytes, { pause: pausing() }).catch(() => null);
  return { encodedJwt, token, opened };
}

/** Where the token of revocations has to say that it is from. */
export function revocationsUri(trust: Trust): string {
  return `${trust.policy.statusBase}/revocations`;
}

/** The country's, else those of one state. */
async function clinicsOf(repository: Repository | null): Promise<Pick<DeviceWorld, "clinics" | "isOneState">> {
  const country = repository && (await fileOf(repository, "clinics.json"));
  if (country !== null || repository === null) return { clinics: country, isOneState: false };
  const ofState = await loadStateClinics(trustStorage, repository);
  return { clinics: ofState?.bytes ?? null, isOneState: ofState !== null };
}

/** Everything for verdicts off line, with ages counted from `now`; no clock may be before the newest time signed in it. */
export async function loadWorld(now: number): Promise<DeviceWorld> {
  const repository = await orNull(load(trustStorage));
  const trust = repository && (await trustOf(repository, now));
  const status = trust === null ? new Map<number, StatusList>() : await loadStatus(trust);
  const revocations = trust && (await loadRevocations(trust));
  const signedAt = [...status.values()].map(({ iat }) => iat);
  return {
    trust: trust && { ...trust, floor: Math.max(trust.floor, ...signedAt, revocations?.token.iat ?? 0) },
    status,
    revocations,
    ...(await clinicsOf(repository)),
    sealedAt: await sealedAt(),
    ages: { trustS: trust && now - trust.refreshedAt, statusS: status.size === 0 ? null : now - Math.min(...signedAt) },
  };
}
