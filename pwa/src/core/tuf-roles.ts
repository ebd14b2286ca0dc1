// What the four top-level roles of a TUF repository say, read from metadata that is not yet verified.
//
// Source: TUF specification 1.0 §4.3-4.6. No delegations.
import type { JsonValue } from "./encoding"
import { Malformed } from "./errors"
import { countOf, keysOf, objectOf, roleOf, textOf } from "./metadata"
import type { Envelope, Role, SigningKey } from "./metadata"
import { secondsFromIso } from "./trust"

const SHA256 = /^[0-9a-f]{64}$/

export type RoleName = "root" | "timestamp" | "snapshot" | "targets"

/** A root: the keys that count, and for what. Times in seconds since 1970. */
export interface Root {
  readonly version: number
  readonly expires: number
  readonly keys: ReadonlyMap<string, SigningKey>
  readonly roles: Readonly<Record<RoleName, Role>>
}

/** A file as another file describes it; a length or a hash that is not stated is null. */
export interface FileFacts {
  readonly version: number
  readonly length: number | null
  readonly sha256: string | null
}

/** The newest snapshot; `signedAt`, our own member, is the time of signing when stated: a frozen timestamp ages. */
export interface Timestamp {
  readonly version: number
  readonly expires: number
  readonly signedAt: number | null
  readonly snapshot: FileFacts
}

/** The files of metadata that belong together, by name. */
export interface Snapshot {
  readonly version: number
  readonly expires: number
  readonly files: ReadonlyMap<string, FileFacts>
}

/** A trust file as the targets describe it. */
export interface TargetFacts {
  readonly length: number
  readonly sha256: string
}

/** The trust files, by name. */
export interface Targets {
  readonly version: number
  readonly expires: number
  readonly files: ReadonlyMap<string, TargetFacts>
}

/** The root inside this metadata. Throws Malformed. */
export const rootOf = async ({ version, expires, members }: Envelope): Promise<Root> => {
  if (members["consistent_snapshot"] !== true) malformed("no consistent snapshots")
  const listed = objectOf(members["roles"])
  const roles = {
    root: roleOf(listed["root"]),
    timestamp: roleOf(listed["timestamp"]),
    snapshot: roleOf(listed["snapshot"]),
    targets: roleOf(listed["targets"]),
  }
  return { version, expires, keys: await keysOf(members["keys"]), roles }
}

/** The timestamp inside this metadata. Throws Malformed. */
export const timestampOf = ({ version, expires, members }: Envelope): Timestamp => {
  const signedAt = members["signed_at"] === undefined ? null : secondsFromIso(textOf(members, "signed_at"))
  return { version, expires, signedAt, snapshot: factsOf(objectOf(members["meta"])["snapshot.json"]) }
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
    return [name, { length: countOf(facts["length"], 0), sha256: hashOf(facts["hashes"]) }] as const
  })
  return { version, expires, files: new Map(files) }
}

function malformed(detail: string): never {
  throw new Malformed("malformed", detail)
}

const factsOf = (value: JsonValue | undefined): FileFacts => {
  const facts = objectOf(value)
  const { length, hashes } = facts
  return {
    version: countOf(facts["version"], 1),
    length: length === undefined ? null : countOf(length, 0),
    sha256: hashes === undefined ? null : hashOf(hashes),
  }
}

const hashOf = (hashes: JsonValue | undefined): string => {
  const hash = textOf(objectOf(hashes), "sha256")
  return SHA256.test(hash) ? hash : malformed("not a SHA-256")
}
