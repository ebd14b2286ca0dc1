// The newest trust files, or nothing: TUF metadata is taken only in the order, the versions and the signatures prescribed.
//
// Storage, network and clock are the caller's. A repository is a value: every step gives a new one, and a step that fails
// leaves the old one as it was.
// Source: TUF specification 1.0 §5.3-5.7 (client workflow).
import { Malformed } from "./errors"
import { isSigned, parseMetadata, sha256 } from "./metadata"
import type { Envelope } from "./metadata"
import { rootOf, snapshotOf, targetsOf, timestampOf } from "./tuf-roles"
import type { FileFacts, RoleName, Root, Snapshot, TargetFacts, Targets, Timestamp } from "./tuf-roles"

export type { Root, Snapshot, Targets, Timestamp } from "./tuf-roles"

/** The most bytes that may be read of each file, and the most roots in one update. */
export const MAX_BYTES = { root: 65_536, timestamp: 16_384, snapshot: 65_536, targets: 262_144 } as const
export const MAX_ROOTS = 256

/** Why metadata is not taken: the detail of Malformed("trust-broken"). */
export type Fault =
  | "too-few-signatures"
  | "rollback"
  | "mix-and-match"
  | "hash-mismatch"
  | "expired"
  | "unknown-target"
  | "out-of-order"

/** All that is verified so far. */
export interface Repository {
  readonly root: Root
  readonly timestamp: Timestamp | null
  readonly snapshot: Snapshot | null
  readonly targets: Targets | null
}

/**
 * The repository that begins with a pinned root.
 *
 * Throws: Malformed("malformed"), or ("trust-broken") when the root has not signed itself
 */
export const openRepository = async (rawRoot: Uint8Array): Promise<Repository> => {
  const envelope = read(rawRoot, "root")
  const root = await rootOf(envelope)
  await checkSigned(envelope, root)
  return { root, timestamp: null, snapshot: null, targets: null }
}

/**
 * With the next root, signed by the old keys and by its own (§5.3).
 *
 * When the keys of timestamp or snapshot change, what they have signed is forgotten (§5.3.11): versions that a thief has
 * pushed far ahead would shut out the rightful ones for ever.
 */
export const withRoot = async (repository: Repository, raw: Uint8Array): Promise<Repository> => {
  const envelope = read(raw, "root")
  await checkSigned(envelope, repository.root)
  if (envelope.version !== repository.root.version + 1) broken("rollback", "not the next root")
  const root = await rootOf(envelope)
  await checkSigned(envelope, root)
  const isRotated = (["timestamp", "snapshot"] as const).some((name) => !isSameRole(root, repository.root, name))
  return isRotated ? { root, timestamp: null, snapshot: null, targets: null } : { ...repository, root }
}

/**
 * With a timestamp that is not older than the one known (§5.4).
 *
 * now: seconds since 1970; null when this was verified before and is read again from storage, so that it still holds back
 *      what is older although its time is over
 */
export const withTimestamp = async (
  repository: Repository,
  raw: Uint8Array,
  now: number | null,
): Promise<Repository> => {
  checkInForce(repository.root.expires, now)
  const envelope = read(raw, "timestamp")
  await checkSigned(envelope, repository.root)
  const timestamp = timestampOf(envelope)
  const known = repository.timestamp
  if (known !== null && timestamp.version < known.version) broken("rollback", "older timestamp")
  if (known !== null && timestamp.snapshot.version < known.snapshot.version) broken("rollback", "older snapshot")
  const newest = known?.version === timestamp.version ? known : timestamp // §5.4.3.1: of the same version, the first
  checkInForce(newest.expires, now)
  return { ...repository, timestamp: newest }
}

/** With the snapshot that the timestamp names (§5.5); now: as in withTimestamp. */
export const withSnapshot = async (
  repository: Repository,
  raw: Uint8Array,
  now: number | null,
): Promise<Repository> => {
  const facts = repository.timestamp?.snapshot ?? broken("out-of-order", "no timestamp")
  await checkFile(raw, facts)
  const envelope = read(raw, "snapshot")
  await checkSigned(envelope, repository.root)
  if (envelope.version !== facts.version) broken("mix-and-match", "not the snapshot of the timestamp")
  const snapshot = snapshotOf(envelope)
  for (const [name, { version }] of repository.snapshot?.files ?? []) {
    if ((snapshot.files.get(name)?.version ?? 0) < version) broken("rollback", `older ${name}, or none`)
  }
  checkInForce(snapshot.expires, now)
  return { ...repository, snapshot }
}

/** With the targets that the snapshot names (§5.6); now: as in withTimestamp. */
export const withTargets = async (
  repository: Repository,
  raw: Uint8Array,
  now: number | null,
): Promise<Repository> => {
  const facts = targetsFactsOf(repository)
  await checkFile(raw, facts)
  const envelope = read(raw, "targets")
  await checkSigned(envelope, repository.root)
  if (envelope.version !== facts.version) broken("mix-and-match", "not the targets of the snapshot")
  checkInForce(envelope.expires, now)
  return { ...repository, targets: targetsOf(envelope) }
}

/**
 * Where a trust file lies under `targets/`, by its hash (consistent snapshots), and how long it is.
 *
 * Throws: Malformed("trust-broken") for a name that the targets do not know
 */
export const targetFile = (repository: Repository, name: string): { readonly path: string; readonly length: number } => {
  const facts = trustFileOf(repository, name)
  return { path: `${facts.sha256}.${name}`, length: facts.length }
}

/** Throws Malformed("trust-broken") unless these bytes are the trust file of this name (§5.7). */
export const checkTarget = async (repository: Repository, name: string, raw: Uint8Array): Promise<void> => {
  await checkFile(raw, trustFileOf(repository, name))
}

function broken(fault: Fault, detail: string): never {
  throw new Malformed("trust-broken", fault, detail)
}

const read = (raw: Uint8Array, role: RoleName): Envelope => {
  if (raw.length > MAX_BYTES[role]) throw new Malformed("malformed", "too long", role)
  return parseMetadata(raw, role)
}

const checkSigned = async (envelope: Envelope, root: Root): Promise<void> => {
  const role = root.roles[envelope.type as RoleName]
  if (!(await isSigned(envelope, role, root.keys))) broken("too-few-signatures", envelope.type)
}

const checkInForce = (expires: number, now: number | null): void => {
  if (now !== null && now >= expires) broken("expired", "its time is over")
}

const checkFile = async (raw: Uint8Array, facts: Pick<FileFacts, "length" | "sha256">): Promise<void> => {
  if (facts.length !== null && raw.length !== facts.length) broken("hash-mismatch", "another length")
  if (facts.sha256 !== null && (await sha256(raw)) !== facts.sha256) broken("hash-mismatch", "another hash")
}

/** What the snapshot says of the targets; a snapshot that is not the timestamp's own says nothing. */
const targetsFactsOf = ({ timestamp, snapshot }: Repository): FileFacts => {
  if (snapshot === null || snapshot.version !== timestamp?.snapshot.version) broken("out-of-order", "no new snapshot")
  return snapshot.files.get("targets.json") ?? broken("unknown-target", "targets.json")
}

const trustFileOf = (repository: Repository, name: string): TargetFacts => {
  const { targets } = repository
  if (targets?.version !== targetsFactsOf(repository).version) broken("out-of-order", "no new targets")
  return targets.files.get(name) ?? broken("unknown-target", name)
}

const isSameRole = (one: Root, other: Root, name: RoleName): boolean => {
  const points = (root: Root): string =>
    root.roles[name].keyids
      .map((keyid) => root.keys.get(keyid)?.point ?? "")
      .sort()
      .join()
  return points(one) === points(other)
}
