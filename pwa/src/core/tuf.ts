// The newest trust files, or nothing: TUF metadata is taken only in the order, the versions and the signatures prescribed.
//
// The steps of the client workflow, each by itself; tuf-client.ts walks them. A repository is a value: every step gives a new
// one, and a step that fails leaves the old one as it was.
// Source: TUF specification 1.0 §5.3-5.7 (client workflow).
import type { JsonObject } from "./encoding"
import { Malformed } from "./errors"
import { hashOf, isSigned, parseMetadata, readP256Key } from "./metadata"
import type { Envelope, Hashes, KeyReader } from "./metadata"
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
  | "wrong-environment"
  | "missing"

/**
 * All that is verified so far.
 *
 * snapshot:     the one that the timestamp names
 * lastSnapshot: the last one that was verified, although a newer timestamp may name another: it holds back what is older
 */
export interface Repository {
  readonly root: Root
  readonly timestamp: Timestamp | null
  readonly snapshot: Snapshot | null
  readonly lastSnapshot: Snapshot | null
  readonly targets: Targets | null
  readonly readKey: KeyReader
}

/**
 * The repository that begins with a pinned root.
 *
 * readKey: the kinds of keys that count; by default the product's own only
 * Throws:  Malformed("malformed"), or ("trust-broken") when the root has not signed itself
 */
export const openRepository = async (rawRoot: Uint8Array, readKey: KeyReader = readP256Key): Promise<Repository> => {
  const envelope = read(rawRoot, "root")
  const root = await rootOf(envelope, readKey)
  await checkSigned(envelope, root)
  return { root, timestamp: null, snapshot: null, lastSnapshot: null, targets: null, readKey }
}

/**
 * With the next root, signed by the old keys and by its own (§5.3).
 *
 * When the keys of timestamp or snapshot change, what they have signed is forgotten (§5.3.11): versions that a thief has
 * pushed far ahead would shut out the rightful ones for ever.
 */
export const withRoot = async (repository: Repository, raw: Uint8Array): Promise<Repository> => {
  const { root: old, readKey } = repository
  const envelope = read(raw, "root")
  await checkSigned(envelope, old)
  if (envelope.version !== old.version + 1) broken("rollback", "not the next root")
  const root = await rootOf(envelope, readKey)
  await checkSigned(envelope, root)
  checkEnvironment(root, old)
  const isRotated = (["timestamp", "snapshot"] as const).some((name) => !isSameRole(root, old, name))
  if (isRotated) return { root, timestamp: null, snapshot: null, lastSnapshot: null, targets: null, readKey }
  return { ...repository, root, snapshot: null, targets: null }
}

/** Throws Malformed("trust-broken") when the root is over (§5.3.10); now: as in withTimestamp. */
export const checkRootInForce = ({ root }: Repository, now: number | null): void => checkInForce(root.expires, now)

/**
 * With a timestamp that is not older than the one known (§5.4).
 *
 * now: seconds since 1970; null when genuine metadata counts however old it is, or was verified before and is read again
 *      from storage, so that it still holds back what is older although its time is over
 */
export const withTimestamp = async (
  repository: Repository,
  raw: Uint8Array,
  now: number | null,
): Promise<Repository> => {
  checkRootInForce(repository, now)
  const envelope = read(raw, "timestamp")
  await checkSigned(envelope, repository.root)
  const timestamp = timestampOf(envelope)
  checkEnvironment(timestamp, repository.root)
  const known = repository.timestamp
  if (known !== null && timestamp.version < known.version) broken("rollback", "older timestamp")
  if (known !== null && timestamp.snapshot.version < known.snapshot.version) broken("rollback", "older snapshot")
  const isKnown = known?.version === timestamp.version // §5.4.3.1: of the same version, the first
  checkInForce(isKnown ? known.expires : timestamp.expires, now)
  return isKnown ? repository : { ...repository, timestamp, snapshot: null, targets: null }
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
  for (const [name, { version }] of repository.lastSnapshot?.files ?? []) {
    if ((snapshot.files.get(name)?.version ?? 0) < version) broken("rollback", `older ${name}, or none`)
  }
  checkInForce(snapshot.expires, now)
  return { ...repository, snapshot, lastSnapshot: snapshot, targets: null }
}

/**
 * With a snapshot that was verified before, whatever the timestamp names by now: it only holds back what is older (§5.5.5).
 *
 * Throws: Malformed when the root's keys do not vouch for it (any more)
 */
export const withLastSnapshot = async (repository: Repository, raw: Uint8Array): Promise<Repository> => {
  const envelope = read(raw, "snapshot")
  await checkSigned(envelope, repository.root)
  return { ...repository, lastSnapshot: snapshotOf(envelope) }
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

/** Where a file lies in the repository, and the most bytes that may be read of it. */
export interface Place {
  readonly path: string
  readonly maxBytes: number
}

/** Where the snapshot that the timestamp names lies (§5.5.1). Throws Malformed("trust-broken") without a timestamp. */
export const snapshotPlace = (repository: Repository): Place =>
  placeOf("snapshot", repository, repository.timestamp?.snapshot ?? broken("out-of-order", "no timestamp"))

/** Where the targets that the snapshot names lie (§5.6.1). Throws Malformed("trust-broken") without a snapshot. */
export const targetsPlace = (repository: Repository): Place =>
  placeOf("targets", repository, targetsFactsOf(repository))

/**
 * Where a trust file lies under `targets/`: in consistent snapshots its hash is part of its name (§5.7.3).
 *
 * Throws: Malformed("trust-broken") for a name that the targets do not know, or that has no hash of a known kind
 */
export const targetPlace = (repository: Repository, name: string): Place => {
  const { hashes, length } = trustFileOf(repository, name)
  const hash = [...hashes.values()][0] ?? broken("hash-mismatch", "no hash of a known kind")
  const folder = name.slice(0, name.lastIndexOf("/") + 1)
  const path = repository.root.isConsistent ? `${folder}${hash}.${name.slice(folder.length)}` : name
  return { path, maxBytes: length }
}

/** Throws Malformed("trust-broken") unless these bytes are the trust file of this name (§5.7). */
export const checkTarget = async (repository: Repository, name: string, raw: Uint8Array): Promise<void> => {
  await checkFile(raw, trustFileOf(repository, name))
}

/** What the targets say of a trust file besides its length and hashes (§4.5); null when they say nothing, or do not know it. */
export const customOf = ({ targets }: Repository, name: string): JsonObject | null => targets?.files.get(name)?.custom ?? null

/** Throws Malformed("trust-broken") for this reason. */
export function broken(fault: Fault, detail: string): never {
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

/** No signature turns a demo's repository into that of real people, not even its own root's (row D09). */
const checkEnvironment = ({ env }: Root | Timestamp, root: Root): void => {
  if (root.env !== null && env !== root.env) broken("wrong-environment", `${env} after ${root.env}`)
}

const checkInForce = (expires: number, now: number | null): void => {
  if (now !== null && now >= expires) broken("expired", "its time is over")
}

const checkFile = async (
  raw: Uint8Array,
  { length, hashes }: { readonly length: number | null; readonly hashes: Hashes | null },
): Promise<void> => {
  if (length !== null && raw.length !== length) broken("hash-mismatch", "another length")
  if (hashes?.size === 0) broken("hash-mismatch", "no hash of a known kind")
  for (const [name, hash] of hashes ?? []) {
    if ((await hashOf(name, raw)) !== hash) broken("hash-mismatch", "another hash")
  }
}

const placeOf = (role: "snapshot" | "targets", { root }: Repository, { version, length }: FileFacts): Place => ({
  path: root.isConsistent ? `${version}.${role}.json` : `${role}.json`,
  maxBytes: Math.min(length ?? MAX_BYTES[role], MAX_BYTES[role]),
})

const targetsFactsOf = ({ snapshot }: Repository): FileFacts => {
  if (snapshot === null) broken("out-of-order", "no snapshot of the timestamp")
  return snapshot.files.get("targets.json") ?? broken("unknown-target", "targets.json")
}

const trustFileOf = ({ targets }: Repository, name: string): TargetFacts => {
  if (targets === null) broken("out-of-order", "no targets of the snapshot")
  return targets.files.get(name) ?? broken("unknown-target", name)
}

const isSameRole = (one: Root, other: Root, name: RoleName): boolean => {
  const holders = ({ roles, keys }: Root): string =>
    roles[name].keyids
      .map((keyid) => keys.get(keyid)?.identity ?? keyid)
      .sort()
      .join()
  return one.roles[name].threshold === other.roles[name].threshold && holders(one) === holders(other)
}
