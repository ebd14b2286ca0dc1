// What the four top-level roles of a TUF repository say, read from metadata that is not yet verified.
//
// Source: TUF specification 1.0 §4.3-4.6. No delegations.
import type { JsonObject, JsonValue } from "./encoding"
import { Malformed } from "./errors"
import { HASH_NAMES, countOf, isObject, keysOf, objectOf, roleOf, textOf } from "./metadata"
import type { Envelope, HashName, Hashes, KeyReader, Role, SigningKey } from "./metadata"
import { secondsFromIso } from "./trust"

const HASH: Readonly<Record<HashName, RegExp>> = { sha256: /^[0-9a-f]{64}$/, sha512: /^[0-9a-f]{128}$/ }

export type RoleName = "root" | "timestamp" | "snapshot" | "targets"

/**
 * A root: the keys that count, and for what; whether files bear their version or hash in their names. Times in seconds since 1970.
 *
 * env: for which environment it is, null where a repository does not state it
 */
export interface Root {
  readonly version: number
  readonly expires: number
  readonly env: string | null
  readonly isConsistent: boolean
  readonly keys: ReadonlyMap<string, SigningKey>
  readonly roles: Readonly<Record<RoleName, Role>>
}

/** A file as another file describes it; a length or hashes that are not stated are null, hashes of unknown kinds empty. */
export interface FileFacts {
  readonly version: number
  readonly length: number | null
  readonly hashes: Hashes | null
}

/**
 * The newest snapshot, and three members of our own, null where a repository does not state them.
 *
 * env:         for which environment it is
 * signedAt:    when it was signed: a frozen timestamp ages
 * rootVersion: the newest root at that time: who has it need not ask for the next one (tuf-client.ts)
 */
export interface Timestamp {
  readonly version: number
  readonly expires: number
  readonly env: string | null
  readonly signedAt: number | null
  readonly rootVersion: number | null
  readonly snapshot: FileFacts
}

/** The files of metadata that belong together, by name. */
export interface Snapshot {
  readonly version: number
  readonly expires: number
  readonly files: ReadonlyMap<string, FileFacts>
}

/** A trust file as the targets describe it; no hashes when it has none of a kind that is known, null for nothing said besides. */
export interface TargetFacts {
  readonly length: number
  readonly hashes: Hashes
  readonly custom: JsonObject | null
}

/** The trust files, by name. */
export interface Targets {
  readonly version: number
  readonly expires: number
  readonly files: ReadonlyMap<string, TargetFacts>
}

/** The root inside this metadata. Throws Malformed. */
export const rootOf = async ({ version, expires, members }: Envelope, readKey: KeyReader): Promise<Root> => {
  const isConsistent = members["consistent_snapshot"] ?? false // optional, for old repositories: §4.3
  if (typeof isConsistent !== "boolean") malformed("consistent_snapshot is neither true nor false")
  const listed = objectOf(members["roles"])
  const roles = {
    root: roleOf(listed["root"]),
    timestamp: roleOf(listed["timestamp"]),
    snapshot: roleOf(listed["snapshot"]),
    targets: roleOf(listed["targets"]),
  }
  return { version, expires, env: envOf(members), isConsistent, keys: await keysOf(members["keys"], readKey), roles }
}

/** The timestamp inside this metadata. Throws Malformed. */
export const timestampOf = ({ version, expires, members }: Envelope): Timestamp => {
  const signedAt = members["signed_at"] === undefined ? null : secondsFromIso(textOf(members, "signed_at"))
  const rootVersion = members["root_version"] === undefined ? null : countOf(members["root_version"], 1)
  return { version, expires, env: envOf(members), signedAt, rootVersion, snapshot: factsOf(objectOf(members["meta"])["snapshot.json"]) }
}

/** The snapshot inside this metadata. Throws Malformed. */
export const snapshotOf = ({ version, expires, members }: Envelope): Snapshot => {
  const files = Object.entries(objectOf(members["meta"])).map(([name, facts]) => [name, factsOf(facts)] as const)
  return { version, expires, files: new Map(files) }
}

/** The targets inside this metadata. Throws Malformed. */
export const targetsOf = ({ version, expires, members }: Envelope): Targets => {
  const files = Object.entries(objectOf(members["targets"])).map(([name, value]) => {
    const facts = objectOf(value)
    const { length, hashes, custom } = facts
    return [name, { length: countOf(length, 0), hashes: hashesOf(hashes), custom: isObject(custom) ? custom : null }] as const
  })
  return { version, expires, files: new Map(files) }
}

const envOf = ({ env }: Envelope["members"]): string | null => (typeof env === "string" ? env : null)

function malformed(detail: string): never {
  throw new Malformed("malformed", detail)
}

const factsOf = (value: JsonValue | undefined): FileFacts => {
  const facts = objectOf(value)
  const { length, hashes } = facts
  return {
    version: countOf(facts["version"], 1),
    length: length === undefined ? null : countOf(length, 0),
    hashes: hashes === undefined ? null : hashesOf(hashes),
  }
}

const hashesOf = (value: JsonValue | undefined): Hashes => {
  const hashes = objectOf(value)
  const known = HASH_NAMES.filter((name) => hashes[name] !== undefined)
  return new Map(known.map((name) => [name, hexOf(textOf(hashes, name), name)]))
}

const hexOf = (hash: string, name: HashName): string => (HASH[name].test(hash) ? hash : malformed(`not a ${name}`))
