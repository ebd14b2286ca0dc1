/** What the device trusts, as the last synchronisation left it: read off line, put together for the core. */
import { parseStatusToken, type StatusList } from "../core/status-list";
import { makeTrust, parseIssuers, parsePolicy, type IssuerKey, type Trust } from "../core/trust";
import { isRecord } from "./api";
import { entries, get, type StoredFile } from "./store";

/** Where the last good synchronisation left the trust repository; seconds since 1970. */
export interface TrustStanding {
  /** Signed time of the newest good TUF timestamp. */
  readonly refreshedAt: number;
  /** Newest time ever signed by the timestamp role or in a status list. */
  readonly floor: number;
  /** When its root or its targets end; from then on it counts as endlessly old, however new its timestamp. */
  readonly usableUntil: number;
}

/** Ages in seconds; null for what is not on the device. */
export interface Ages {
  readonly trustS: number | null;
  readonly statusS: number | null;
}

/** All that a verdict off line stands on; `clinics` is clinics.json as verified when it was downloaded. */
export interface DeviceWorld {
  readonly trust: Trust | null;
  readonly status: ReadonlyMap<number, StatusList>;
  readonly clinics: Uint8Array<ArrayBuffer> | null;
  readonly ages: Ages;
}

export const STANDING = "trust-standing";
/** Sealing keys are kept in the store of keys under this prefix and their number. */
export const SEALING = "sealing:";

/** The standing as it was kept, or null before the first synchronisation. */
export async function standing(): Promise<TrustStanding | null> {
  const kept = await get("settings", STANDING);
  if (!isRecord(kept)) return null;
  const { refreshedAt, floor, usableUntil } = kept;
  if (typeof refreshedAt !== "number" || typeof floor !== "number" || typeof usableUntil !== "number") return null;
  return { refreshedAt, floor, usableUntil };
}

/** A target file by its name, as verified when it was downloaded; undefined when it is not here. */
export function trustFile(name: string): Promise<StoredFile | undefined> {
  return get("trust", `target:${name}`);
}

/** The issuers' keys and the policy; null before the first synchronisation or when what is stored does not parse. */
export async function loadTrust(now: number): Promise<Trust | null> {
  const [issuers, policy, stood] = await Promise.all([trustFile("issuers.json"), trustFile("policy.json"), standing()]);
  if (issuers === undefined || policy === undefined || stood === null) return null;
  try {
    return makeTrust(await parseIssuers(issuers.bytes), parsePolicy(policy.bytes), {
      refreshedAt: now < stood.usableUntil ? stood.refreshedAt : 0,
      floor: stood.floor,
      sealing: await sealingKeys(),
    });
  } catch {
    return null; // an older release stored what this one no longer reads: the next synchronisation replaces it
  }
}

async function sealingKeys(): Promise<ReadonlyMap<number, CryptoKey>> {
  const kept = await entries("keys");
  return new Map(
    kept.flatMap(([name, key]) => (name.startsWith(SEALING) && !("privateKey" in key) ? [[Number(name.slice(SEALING.length)), key] as const] : [])),
  );
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
    const list = await parseStatusToken(token, { keys, expectedUri: uri }).catch(() => null);
    if (list !== null) lists.set(list.number, list);
  }
  return lists;
}

/** Everything for verdicts off line, with ages counted from `now`. */
export async function loadWorld(now: number): Promise<DeviceWorld> {
  const [trust, clinics] = await Promise.all([loadTrust(now), trustFile("clinics.json")]);
  const status = trust === null ? new Map<number, StatusList>() : await loadStatus(trust);
  const oldest = Math.min(...[...status.values()].map(({ iat }) => iat));
  return {
    trust,
    status,
    clinics: clinics?.bytes ?? null,
    ages: { trustS: trust === null ? null : now - trust.refreshedAt, statusS: status.size === 0 ? null : now - oldest },
  };
}
