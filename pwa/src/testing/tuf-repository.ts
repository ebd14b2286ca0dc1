// A TUF repository in memory, signed with keys of its own, for tests of what a client keeps and asks for.
import { createHash, generateKeyPairSync, sign } from "node:crypto"
import type { KeyObject } from "node:crypto"
import { utf8Encode } from "../core/encoding"
import { canonicalJson } from "../core/metadata"
import type { JsonObject } from "../core/encoding"
import type { Bytes, FileName, Source, Storage, Writes } from "../core/tuf-client"

const ROLES = ["root", "timestamp", "snapshot", "targets"] as const
type RoleName = (typeof ROLES)[number]

export const DAY_S = 86_400
/** When everything here is signed, unless told otherwise. */
export const SIGNED_AT = 1_795_000_000

interface Signer {
  readonly keyid: string
  readonly listed: JsonObject
  readonly privateKey: KeyObject
}

export const newSigner = (): Signer => {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const pem = publicKey.export({ type: "spki", format: "pem" })
  const listed = { keytype: "ecdsa", scheme: "ecdsa-sha2-nistp256", keyval: { public: String(pem) } }
  return { keyid: sha256(utf8Encode(canonicalJson(listed))), listed, privateKey }
}

/** What a release may say otherwise than usual; times in seconds since 1970. */
export interface Said {
  readonly signedAt?: number
  /** null: the timestamp says nothing of roots. */
  readonly rootVersion?: number | null
  readonly expires?: number
  /** What the targets say of a document besides its length and hashes, by its name. */
  readonly custom?: Readonly<Record<string, JsonObject>>
}

/** Files by their path under /trust/; each key signs for one role. */
export class TufRepository {
  readonly files = new Map<string, Bytes>()
  readonly asked: string[] = []
  rootVersion = 0
  private signers: Record<RoleName, readonly Signer[]>
  private versions = { timestamp: 0, snapshot: 0, targets: 0 }
  private documents: Readonly<Record<string, Uint8Array>> = {}

  private readonly env: string | null

  /** env: the environment that its roots say; null: none. */
  constructor(env: string | null = null) {
    this.env = env
    this.signers = { root: [newSigner(), newSigner()], timestamp: [newSigner()], snapshot: [newSigner()], targets: [newSigner()] }
    this.publishRoot()
  }

  get anchor(): Bytes {
    return this.file("1.root.json")
  }

  file(path: string): Bytes {
    const found = this.files.get(path)
    if (found === undefined) throw new Error(`no ${path}`)
    return found
  }

  /** The next root, signed by the old root keys and the new ones; the roles named get new keys. */
  publishRoot(rotated: readonly RoleName[] = [], expires = SIGNED_AT + 365 * DAY_S): void {
    const old = this.signers.root
    for (const role of rotated) this.signers = { ...this.signers, [role]: this.signers[role].map(newSigner) }
    this.rootVersion += 1
    const keys = Object.fromEntries(ROLES.flatMap((role) => this.signers[role].map(({ keyid, listed }) => [keyid, listed])))
    const roles = Object.fromEntries(
      ROLES.map((role) => [role, { keyids: this.signers[role].map(({ keyid }) => keyid), threshold: this.signers[role].length }]),
    )
    const env = this.env === null ? {} : { env: this.env }
    const signed = { ...headOf("root", this.rootVersion, expires), consistent_snapshot: true, keys, roles, ...env }
    const signers = new Set([...old, ...this.signers.root])
    for (const path of [`${this.rootVersion}.root.json`, "root.json"]) this.put(path, signed, [...signers])
  }

  /** New targets with these documents, and a snapshot and a timestamp over them. */
  publish(documents: Readonly<Record<string, Uint8Array>>, said: Said = {}): void {
    this.documents = documents
    const listed = Object.entries(documents).map(([name, raw]) => {
      const hash = sha256(raw)
      this.files.set(`targets/${hash}.${name}`, Uint8Array.from(raw))
      const custom = said.custom?.[name]
      return [name, { length: raw.length, hashes: { sha256: hash }, ...(custom === undefined ? {} : { custom }) }]
    })
    const { expires = (said.signedAt ?? SIGNED_AT) + 90 * DAY_S } = said
    const version = (this.versions.targets += 1)
    const signed = { ...headOf("targets", version, expires), targets: Object.fromEntries(listed) as JsonObject }
    const raw = this.put(`${version}.targets.json`, signed, this.signers.targets)
    this.publishSnapshot({ "targets.json": { version, length: raw.length, hashes: { sha256: sha256(raw) } } }, expires)
    this.publishTimestamp(said)
  }

  /** A file beside the targets, under its hash. Gives length and hash. */
  putBeside(name: string, raw: Uint8Array): { readonly length: number; readonly sha256: string } {
    const hash = sha256(raw)
    this.files.set(`targets/${hash}.${name}`, Uint8Array.from(raw))
    return { length: raw.length, sha256: hash }
  }

  /** The same documents once more, with the keys that the roles have by now. */
  publishAgain(said: Said = {}): void {
    this.publish(this.documents, said)
  }

  /** A timestamp over the snapshot that is there. */
  publishTimestamp({ signedAt = SIGNED_AT, rootVersion = this.rootVersion, expires = signedAt + 7 * DAY_S }: Said = {}): void {
    const raw = this.file(`${this.versions.snapshot}.snapshot.json`)
    const meta = { "snapshot.json": { version: this.versions.snapshot, length: raw.length, hashes: { sha256: sha256(raw) } } }
    const ours = { signed_at: isoOf(signedAt), ...(rootVersion === null ? {} : { root_version: rootVersion }) }
    const signed = { ...headOf("timestamp", (this.versions.timestamp += 1), expires), meta, ...ours }
    this.put("timestamp.json", signed, this.signers.timestamp)
  }

  /** Counts timestamps from 1 again, as after a thief who ran ahead. */
  restartTimestamps(): void {
    this.versions.timestamp = 0
  }

  /** Reads as a client does; notes each path. */
  get source(): Source {
    const get = (path: string, maxBytes: number): Promise<Bytes | null> => {
      this.asked.push(path)
      const found = this.files.get(path) ?? null
      if (found !== null && found.length > maxBytes) throw new Error(`${path} is longer than ${maxBytes}`)
      return Promise.resolve(found)
    }
    return { metadata: get, target: (path, maxBytes) => get(`targets/${path}`, maxBytes) }
  }

  private publishSnapshot(meta: JsonObject, expires: number): void {
    const version = (this.versions.snapshot += 1)
    this.put(`${version}.snapshot.json`, { ...headOf("snapshot", version, expires), meta }, this.signers.snapshot)
  }

  private put(path: string, signed: JsonObject, signers: readonly Signer[]): Bytes {
    const message = utf8Encode(canonicalJson(signed))
    const signatures = signers.map(({ keyid, privateKey }) => ({ keyid, sig: sign("sha256", message, privateKey).toString("hex") }))
    const raw = Uint8Array.from(utf8Encode(JSON.stringify({ signatures, signed })))
    this.files.set(path, raw)
    return raw
  }
}

/** A storage in memory; `commits` are the writes as they came. */
export class MemoryStorage implements Storage {
  readonly kept = new Map<FileName, Bytes>()
  readonly commits: Writes[] = []

  constructor(anchor: Bytes) {
    this.kept.set("anchor", anchor)
  }

  readonly read = (name: FileName): Promise<Bytes | null> => Promise.resolve(this.kept.get(name) ?? null)

  readonly commit = (writes: Writes): Promise<void> => {
    this.commits.push(writes)
    for (const [name, raw] of writes) {
      if (raw === null) this.kept.delete(name)
      else this.kept.set(name, raw)
    }
    return Promise.resolve()
  }
}

const headOf = (type: RoleName, version: number, expires: number): JsonObject => ({
  _type: type,
  spec_version: "1.0.31",
  version,
  expires: isoOf(expires),
})

const isoOf = (seconds: number): string => new Date(seconds * 1000).toISOString().replace(".000Z", "Z")

const sha256 = (raw: Uint8Array): string => createHash("sha256").update(raw).digest("hex")
