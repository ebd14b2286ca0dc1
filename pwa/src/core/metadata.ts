// Signed TUF metadata as an envelope: canonical JSON, keys named by their own hash, signatures counted by distinct keys.
//
// Source: TUF specification 1.0 §4.2-4.3; canonical JSON as of OLPC, as securesystemslib writes it.
import { verifyRaw } from "./cose"
import { bytesFromHex, hexFromBytes, isSame, strictJson, utf8Encode } from "./encoding"
import type { JsonObject, JsonValue } from "./encoding"
import { Malformed } from "./errors"
import { secondsFromIso } from "./trust"

const SPECIFICATION = /^1\.[0-9]+(?:\.[0-9]+)?$/
const HEX = /^(?:[0-9a-f]{2})*$/
const PEM = /^-----BEGIN PUBLIC KEY-----\n([A-Za-z0-9+/=\n]+)-----END PUBLIC KEY-----\n?$/
const P256_SCHEME = "ecdsa-sha2-nistp256"
const ECDSA_P256 = { name: "ECDSA", namedCurve: "P-256" } as const
const HALF = 32
const [SEQUENCE, INTEGER] = [0x30, 0x02] as const // X.690 §8.3, §8.9

/** What every role signs; `members` holds the rest, `message` the bytes that are signed. */
export interface Envelope {
  readonly type: string
  readonly version: number
  readonly expires: number
  readonly members: JsonObject
  readonly message: Uint8Array
  readonly signatures: ReadonlyMap<string, string>
}

/** A key that may sign; `identity` tells whether two keys are the same, however they are written. */
export interface SigningKey {
  readonly identity: string
  /** Whether this signature (hexadecimal, as the file has it) is the key's over the message; false for what is none. */
  readonly isBy: (message: Uint8Array, signature: string) => Promise<boolean>
}

/** A public key as a root lists it. */
export interface ListedKey {
  readonly keytype: JsonValue | undefined
  readonly scheme: JsonValue | undefined
  readonly public: JsonValue | undefined
}

/** Makes a key usable: null for a kind that it does not know, Malformed for a bad key of a kind that it does. */
export type KeyReader = (listed: ListedKey) => Promise<SigningKey | null>

/** The hashes of a file that can be checked here, in hexadecimal. */
export type Hashes = ReadonlyMap<HashName, string>
export type HashName = "sha256" | "sha512"

const DIGESTS: Readonly<Record<HashName, "SHA-256" | "SHA-512">> = { sha256: "SHA-256", sha512: "SHA-512" }
export const HASH_NAMES = ["sha256", "sha512"] as const

/** Who may sign for a role, and how many of them must. */
export interface Role {
  readonly keyids: readonly string[]
  readonly threshold: number
}

/**
 * Metadata of this type, not yet verified.
 *
 * Throws: Malformed for other JSON, another type, or a keyid that signs twice
 */
export const parseMetadata = (raw: Uint8Array, expectedType: string): Envelope => {
  const file = objectOf(strictJson(raw))
  const members = objectOf(file["signed"])
  const type = textOf(members, "_type")
  if (type !== expectedType) malformed("metadata of another role")
  if (!SPECIFICATION.test(textOf(members, "spec_version"))) malformed("specification is not 1.x")
  const rows = listOf(file["signatures"]).map(objectOf)
  const signatures = new Map(rows.map((row) => [textOf(row, "keyid"), textOf(row, "sig")]))
  if (signatures.size !== rows.length) malformed("a keyid signs twice")
  return {
    type,
    version: countOf(members["version"], 1),
    expires: secondsFromIso(textOf(members, "expires")),
    members,
    message: utf8Encode(canonicalJson(members)),
    signatures,
  }
}

/**
 * The keys of a root, by keyid; kinds of keys that are not known are passed over.
 *
 * Throws: Malformed for a keyid that is not the hash of its key
 * Source: TUF specification 1.0 §4.3 (clients MUST calculate each keyid)
 */
export const keysOf = async (
  value: JsonValue | undefined,
  readKey: KeyReader,
): Promise<ReadonlyMap<string, SigningKey>> => {
  const read = Object.entries(objectOf(value)).map(async ([keyid, member]) => {
    const listed = objectOf(member)
    if (!(await isKeyidOf(listed, keyid))) malformed("keyid is not the hash of the key")
    const { keytype, scheme } = listed
    const key = await readKey({ keytype, scheme, public: objectOf(listed["keyval"])["public"] })
    return key === null ? [] : [[keyid, key] as const]
  })
  return new Map((await Promise.all(read)).flat())
}

/** Keys on P-256, the only ones that this product signs with. */
export const readP256Key: KeyReader = async ({ keytype, scheme, public: pem }) => {
  // The second spelling is the specification's own example; python-tuf writes the first.
  const isKnown = (keytype === "ecdsa" || keytype === P256_SCHEME) && scheme === P256_SCHEME
  return isKnown ? keyFromPem(textFrom(pem)) : null
}

/** The role, as a root describes it. */
export const roleOf = (value: JsonValue | undefined): Role => {
  const role = objectOf(value)
  const keyids = listOf(role["keyids"]).map(textFrom)
  if (new Set(keyids).size !== keyids.length) malformed("a keyid twice in a role")
  return { keyids, threshold: countOf(role["threshold"], 1) }
}

/** Whether enough distinct keys of the role have signed; signatures that fail count for nothing, nor does a key twice. */
export const isSigned = async (
  envelope: Envelope,
  role: Role,
  keys: ReadonlyMap<string, SigningKey>,
): Promise<boolean> => {
  const signers = new Set<string>()
  for (const keyid of role.keyids) {
    const [key, signature] = [keys.get(keyid), envelope.signatures.get(keyid)]
    if (key === undefined || signature === undefined) continue
    if (await key.isBy(envelope.message, signature)) signers.add(key.identity)
    if (signers.size >= role.threshold) return true
  }
  return false
}

/** JSON in the one form that is signed: members by code point, no white space, only `"` and `\` escaped. */
export const canonicalJson = (value: JsonValue): string => {
  if (typeof value === "string") return `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`
  if (isList(value)) return `[${value.map(canonicalJson).join(",")}]`
  if (!isObject(value)) return String(value)
  const members = Object.entries(value).map(([name, member]) => ({ order: hexFromBytes(utf8Encode(name)), name, member }))
  members.sort((one, other) => (one.order < other.order ? -1 : 1)) // UTF-8 sorts as code points do, UTF-16 does not
  return `{${members.map(({ name, member }) => `${canonicalJson(name)}:${canonicalJson(member)}`).join(",")}}`
}

/** A hash of bytes, in lower-case hexadecimal. */
export const hashOf = async (name: HashName, raw: Uint8Array): Promise<string> =>
  hexFromBytes(new Uint8Array(await crypto.subtle.digest(DIGESTS[name], raw)))

/** The object, or Malformed. */
export const objectOf = (value: JsonValue | undefined): JsonObject =>
  isObject(value) ? value : malformed("not an object")

/** The text of a member, or Malformed. */
export const textOf = (parent: JsonObject, name: string): string => textFrom(parent[name])

/** The whole number from `least` up, or Malformed. */
export const countOf = (value: JsonValue | undefined, least: number): number =>
  typeof value === "number" && value >= least ? value : malformed("not a number, or too small")

function malformed(detail: string): never {
  throw new Malformed("malformed", detail)
}

const isList = (value: JsonValue | undefined): value is readonly JsonValue[] => Array.isArray(value)

export const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !isList(value)

const listOf = (value: JsonValue | undefined): readonly JsonValue[] => (isList(value) ? value : malformed("not a list"))

const textFrom = (value: JsonValue | undefined): string => (typeof value === "string" ? value : malformed("not a text"))

/** The hash of the whole key or, where somebody added members of their own later, of the members that make it one. */
const isKeyidOf = async (listed: JsonObject, keyid: string): Promise<boolean> => {
  const { keytype, scheme, keyval } = listed
  if (keytype === undefined || scheme === undefined || keyval === undefined) return false
  for (const form of [listed, { keytype, scheme, keyval }]) {
    if ((await hashOf("sha256", utf8Encode(canonicalJson(form)))) === keyid) return true
  }
  return false
}

const keyFromPem = async (pem: string): Promise<SigningKey> => {
  const base64 = PEM.exec(pem)?.[1] ?? malformed("not a public key in PEM")
  try {
    const spki = Uint8Array.from(atob(base64.replaceAll("\n", "")), (character) => character.charCodeAt(0))
    const publicKey = await crypto.subtle.importKey("spki", spki, ECDSA_P256, true, ["verify"])
    const point = new Uint8Array(await crypto.subtle.exportKey("raw", publicKey))
    return { identity: `P-256 ${hexFromBytes(point)}`, isBy: (message, hex) => isByPoint(publicKey, message, hex) }
  } catch {
    return malformed("not a public key on P-256")
  }
}

const isByPoint = async (publicKey: CryptoKey, message: Uint8Array, signature: string): Promise<boolean> => {
  const raw = rawFromDer(signature)
  return raw !== null && verifyRaw(raw, message, publicKey)
}

/** Raw r‖s of a signature in hexadecimal DER, or null when it is not strictly that: what is read must write the same. */
const rawFromDer = (hex: string): Uint8Array | null => {
  if (!HEX.test(hex)) return null
  const der = bytesFromHex(hex)
  const between = 4 + (der[3] ?? 0)
  const raw = Uint8Array.of(...halfAt(der, 4, between), ...halfAt(der, between + 2, der.length))
  return isSame(derFromRaw(raw), der) ? raw : null
}

/** The last 32 bytes of these, zeros before them if there are fewer. */
const halfAt = (der: Uint8Array, start: number, end: number): Uint8Array => {
  const digits = der.subarray(Math.max(start, end - HALF), end)
  const half = new Uint8Array(HALF)
  half.set(digits, HALF - digits.length)
  return half
}

const derFromRaw = (raw: Uint8Array): Uint8Array => {
  const body = [...derInteger(raw.subarray(0, HALF)), ...derInteger(raw.subarray(HALF))]
  return Uint8Array.of(SEQUENCE, body.length, ...body)
}

const derInteger = (half: Uint8Array): readonly number[] => {
  const digits = [...half.subarray(half.findIndex((byte) => byte !== 0))]
  if ((digits[0] ?? 0) >= 0x80) digits.unshift(0)
  return [INTEGER, digits.length, ...digits]
}
