// Revocations: every revoked status index of the country in one file, and what is added to it in a day.
//
// The file says of each list from 0 on, and of the whole of it, what is revoked: about a list that it does not have it
// says nothing, and what it has is exact. It is read only as the bytes whose SHA-256 somebody signed, and a set of indices
// has one spelling. Revocation is for good, so a delta only adds; what it makes is a file, under its own SHA-256.
//
// The bytes, and the token that says which file is the newest, are described in backend/amate/core/revocations.py.
import { hexFromBytes } from "./encoding"
import type { JsonObject, JsonValue } from "./encoding"
import { Malformed } from "./errors"
import { Bits, GapReader, packSet } from "./rice"
import type { SetPlace } from "./rice"
import { LIST_SIZE, objectOf, signedClaims, timeOf } from "./status-list"
import type { IssuerKey } from "./trust"

export const MAX_LISTS = 2 ** 11 // 2^31 credentials: status indices stay exact in the bit operations of both languages
export const MAX_BYTES = 2 ** 25
export const MAX_ADDED = 2 ** 20 // by a delta: what is too large for its reader is refused before it is known to be right
export const MAX_TOKEN = 2 ** 14 // characters
export const MAX_DELTAS = 32
export const TYP = "revocations+jwt"
export const SAMPLE = 64 // indices between two places that a reader can begin at

const FILE = 1
const DELTA = 2
const FILE_HEAD = 3
const DELTA_HEAD = 7
const NONE = new Uint32Array()
const SHA256 = /^[0-9a-f]{64}$/

/**
 * Where the set of one list stands, and where a reader can begin.
 *
 * least:  of every SAMPLE-th gap the least index that it can lead to
 * places: the bit at which what is left of that gap begins
 */
export interface RevokedSet extends SetPlace {
  readonly least: Uint32Array
  readonly places: Uint32Array
}

/** A file whose SHA-256 and spelling were verified. */
export interface Revocations {
  readonly bits: Bits
  readonly lists: readonly RevokedSet[]
}

/**
 * What opening a file needs: its SHA-256 as it was signed, hexadecimal; and what is awaited before each list and each
 * copy of the whole, so that a device can do other things meanwhile.
 */
export interface Opening {
  readonly expectedSha256: string
  readonly pause?: () => Promise<void>
}

/** A delta as its token names it: `base` is the SHA-256 of the file before; hashes are hexadecimal, size in bytes. */
export interface SignedDelta {
  readonly base: string
  readonly sha256: string
  readonly size: number
}

/**
 * What a verified token says of the newest file: its SHA-256, its size in bytes, how many lists it has.
 *
 * iat, exp, ttl: in seconds since 1970; ttl is how long to keep it before asking again
 */
export interface RevocationsToken {
  readonly uri: string
  readonly iat: number
  readonly exp: number
  readonly ttl: number
  readonly lists: number
  readonly sha256: string
  readonly size: number
  readonly deltas: readonly SignedDelta[]
}

/** Whom a token is believed from, of which place it has to be, and the one accepted before, if any. */
export interface TokenReading {
  readonly keys: Iterable<IssuerKey>
  readonly expectedUri: string
  readonly held?: Pick<RevocationsToken, "iat" | "lists"> | undefined
}

/**
 * What a token says that a key for status lists signed while it was in force; nobody goes back behind `held` (row C04).
 *
 * Throws: as signedClaims; Malformed("older-revocations"), ("fewer-lists") when it goes behind `held`
 */
export const parseRevocationsToken = async (
  encodedJwt: string,
  { keys, expectedUri, held }: TokenReading,
): Promise<RevocationsToken> => {
  if (encodedJwt.length > MAX_TOKEN) malformed("too large")
  const claims = await signedClaims(encodedJwt, { typ: TYP, keys, expectedUri })
  const times = { iat: timeOf(claims, "iat"), exp: timeOf(claims, "exp"), ttl: timeOf(claims, "ttl") }
  const lists = timeOf(claims, "lists")
  if (lists > MAX_LISTS) malformed("too many lists")
  const file = objectOf(claims["file"])
  const [sha256, deltas] = [sha256Of(file, "sha256"), deltasOf(claims["deltas"])]
  if (new Set([sha256, ...deltas.map(({ base }) => base)]).size !== deltas.length + 1) {
    malformed("two ways from one file, or one that leads nowhere")
  }
  if (held !== undefined && times.iat < held.iat) {
    throw new Malformed("older-revocations", "signed before the token that is held")
  }
  if (held !== undefined && lists < held.lists) throw new Malformed("fewer-lists", "a list that is held is gone")
  return { uri: expectedUri, ...times, lists, sha256, size: sizeOf(file), deltas }
}

/**
 * That a file, opened under its SHA-256, is what its token says beside that.
 *
 * Throws: Malformed("malformed")
 */
export const checkAgrees = (token: Pick<RevocationsToken, "size" | "lists">, { bits, lists }: Revocations): void => {
  if (bits.bytes.length !== token.size || lists.length !== token.lists) malformed("the file and its token disagree")
}

/**
 * The revocations in a file, ready for questions; the file itself stays as it is.
 *
 * Throws: Malformed for other bytes than those signed, and for bytes that pack_revocations would not write
 */
export const openRevocations = async (encoded: Uint8Array, opening: Opening): Promise<Revocations> => {
  if (encoded.length > MAX_BYTES) malformed("too large")
  return opened(new Bits([encoded]), opening) // a copy: what is hashed is what is read
}

/**
 * Whether the credential with this status index is revoked. No more than SAMPLE gaps are read.
 *
 * Throws: Malformed("status-out-of-range") for an index in a list that the file does not have
 */
export const isRevoked = ({ bits, lists }: Revocations, statusIndex: number): boolean => {
  const listed = Number.isInteger(statusIndex) ? lists[Math.floor(statusIndex / LIST_SIZE)] : undefined
  if (listed === undefined) throw new Malformed("status-out-of-range", "list")
  const index = statusIndex % LIST_SIZE
  const block = firstFrom(listed.least, index + 1) - 1
  const [least, place] = [listed.least[block], listed.places[block]]
  if (least === undefined || place === undefined) return false // nothing is revoked in this list
  const reader = new GapReader(bits, listed)
  reader.begin(block * SAMPLE, least, place)
  for (let n = block * SAMPLE; n < Math.min(listed.count, (block + 1) * SAMPLE); n += 1) {
    const found = reader.next()
    if (found >= index) return found === index
  }
  return false
}

/** All revoked indices of a list, in order; none of a list that the file does not have. */
export const revokedIn = ({ bits, lists }: Revocations, number: number): Uint32Array => {
  const listed = lists[number]
  return listed === undefined ? NONE : new GapReader(bits, listed).take(listed.count)
}

/**
 * The later file, of an earlier one and what was added.
 *
 * opening: of the later file
 * Throws:  Malformed for a delta that is not spelled as pack_delta does, or that leads to another file
 */
export const applyDelta = async (
  revocations: Revocations,
  encodedDelta: Uint8Array,
  opening: Opening,
): Promise<Revocations> => {
  const { number, added } = readDelta(encodedDelta)
  if (number < revocations.lists.length) malformed("not a delta of this file")
  const head = new Bits([new Uint8Array(FILE_HEAD + 3 * number)])
  head.put(0, 8, FILE)
  head.put(8, 16, number)
  const parts: Uint8Array[] = [head.bytes]
  for (let n = 0, from = 0; n < number; n += 1) {
    await opening.pause?.()
    const to = firstFrom(added, (n + 1) * LIST_SIZE)
    const indices = merged(
      revokedIn(revocations, n),
      added.subarray(from, to).map((statusIndex) => statusIndex - n * LIST_SIZE),
    )
    head.put((FILE_HEAD + 3 * n) * 8, 24, indices.length)
    parts.push(packSet(indices, LIST_SIZE))
    from = to
  }
  await opening.pause?.()
  return opened(new Bits(parts), opening)
}

function malformed(detail: string): never {
  throw new Malformed("malformed", detail)
}

const deltasOf = (value: JsonValue | undefined): SignedDelta[] => {
  if (!Array.isArray(value) || value.length > MAX_DELTAS) malformed("deltas")
  return value.map((each: JsonValue) => {
    const delta = objectOf(each)
    return { base: sha256Of(delta, "from"), sha256: sha256Of(delta, "sha256"), size: sizeOf(delta) }
  })
}

const sha256Of = (value: JsonObject, name: string): string => {
  const text = value[name]
  return typeof text === "string" && SHA256.test(text) ? text : malformed(name)
}

const sizeOf = (value: JsonObject): number => {
  const size = timeOf(value, "size")
  return size > 0 && size <= MAX_BYTES ? size : malformed("size")
}

const opened = async (bits: Bits, { expectedSha256, pause }: Opening): Promise<Revocations> => {
  await pause?.() // a digest takes its own copy of all bytes, and so a while
  const sha256 = new Uint8Array(await crypto.subtle.digest("SHA-256", bits.bytes))
  if (hexFromBytes(sha256) !== expectedSha256) malformed("not the file that was signed")
  const number = listsOf(bits, FILE)
  const lists: RevokedSet[] = []
  let at = FILE_HEAD + 3 * number
  for (let n = 0; n < number; n += 1) {
    await pause?.()
    const place = { at, count: bits.get((FILE_HEAD + 3 * n) * 8, 24), size: LIST_SIZE }
    const reader = new GapReader(bits, place)
    lists.push({ ...place, ...sampled(reader, place.count) })
    at = reader.end()
  }
  if (at !== bits.bytes.length) malformed("followed by more")
  return { bits, lists }
}

const listsOf = (bits: Bits, kind: number): number => {
  const number = bits.get(8, 16)
  if (bits.bytes.length < FILE_HEAD || bits.bytes[0] !== kind || number > MAX_LISTS) {
    malformed("not of this kind, or too many lists")
  }
  return number
}

const sampled = (reader: GapReader, count: number): Pick<RevokedSet, "least" | "places"> => {
  const blocks = Math.ceil(count / SAMPLE)
  const [least, places] = [new Uint32Array(blocks), new Uint32Array(blocks)]
  for (let n = 0; n < count; n += 1) {
    if (n % SAMPLE === 0) {
      least[n / SAMPLE] = reader.least
      places[n / SAMPLE] = reader.place
    }
    reader.next()
  }
  return { least, places }
}

/** How many lists there are after a delta, and the status indices that it adds. */
const readDelta = (encoded: Uint8Array): { number: number; added: Uint32Array } => {
  if (encoded.length > MAX_BYTES) malformed("too large")
  const bits = new Bits([encoded])
  const number = listsOf(bits, DELTA)
  const count = bits.get(24, 16) * 2 ** 16 + bits.get(40, 16)
  if (count > MAX_ADDED) malformed("too much to add")
  const reader = new GapReader(bits, { at: DELTA_HEAD, count, size: number * LIST_SIZE })
  const added = reader.take(count)
  if (reader.end() !== encoded.length) malformed("followed by more")
  return { number, added }
}

/** The place of the first value that is no less. */
const firstFrom = (values: Uint32Array, least: number): number => {
  let [from, to] = [0, values.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if ((values[middle] ?? NaN) < least) from = middle + 1
    else to = middle
  }
  return from
}

/** The indices of a list and those added to it, in order. */
const merged = (before: Uint32Array, added: Uint32Array): Uint32Array => {
  const indices = new Uint32Array(before.length + added.length)
  let from = 0
  added.forEach((index, n) => {
    const to = firstFrom(before, index)
    if (before[to] === index) malformed("revoked before")
    indices.set(before.subarray(from, to), from + n)
    indices[to + n] = index
    from = to
  })
  indices.set(before.subarray(from), from + added.length)
  return indices
}
