// Status lists: one bit per credential, in a signed token that anyone may keep and nobody can ask about one person.
//
// Source: draft-ietf-oauth-status-list §4 (Status List) and §5.1 (Status List Token in JWT format).
import { isRawSignature, verifyRaw } from "./cose"
import { base64urlDecode, strictJson, utf8Encode } from "./encoding"
import type { JsonObject, JsonValue } from "./encoding"
import { Malformed } from "./errors"
import { refusal } from "./trust"
import type { IssuerKey } from "./trust"

export const LIST_SIZE = 2 ** 20
export const MAX_NUMBER = 2 ** 20 - 1
export const MAX_TOKEN = 2 ** 20 // characters; a list in which every bit is a coin toss has about 235,000
export const VALID = 0
export const TYP = "statuslist+jwt"

const WIDTHS = new Set([1, 2, 4, 8])
const HEADER = ["alg", "kid", "typ"]
const NUMBER = /^(?:.*\/)?status\/(0|[1-9][0-9]{0,6})$/
// One byte of DEFLATE says at most 1,032 bytes (RFC 1951): in slices this small, no bomb gets far before it is stopped.
const SLICE = 512

/** A status list whose token was verified; times in seconds since 1970, `raw` is the inflated byte array. */
export interface StatusList {
  readonly uri: string
  readonly number: number
  readonly bits: number
  readonly size: number
  readonly raw: Uint8Array
  readonly iat: number
  readonly exp: number | null
  readonly ttl: number | null
}

/**
 * The byte array of a compressed status list; inflating stops at `maxBytes`.
 *
 * Throws: Malformed for a stream that is larger, cut short, damaged or followed by more
 */
export const unpack = async (encoded: Uint8Array, { maxBytes = LIST_SIZE / 8 } = {}): Promise<Uint8Array> => {
  const raw = await inflate(encoded, maxBytes)
  // Some platforms pass over what follows a stream: only a stream that ends here is cut short by its last byte.
  if (raw === null || (await inflate(encoded.subarray(0, -1), maxBytes)) !== null) {
    malformed("too large, cut short, damaged, or followed by more")
  }
  return raw
}

/**
 * The status of one credential, 0 when valid.
 *
 * Throws: Malformed("status-out-of-range") for an index that the list does not have
 */
export const statusAt = (list: StatusList, index: number): number => {
  const perByte = 8 / list.bits
  const byte = Number.isInteger(index) ? list.raw[Math.floor(index / perByte)] : undefined
  if (byte === undefined) throw new Malformed("status-out-of-range", "index")
  return (byte >> ((index % perByte) * list.bits)) & ((1 << list.bits) - 1)
}

/**
 * A status list from its parts; the number is the end of its URI, `{base}/status/{number}`.
 *
 * Throws: Malformed for a URI of another form
 */
export const makeStatusList = (
  uri: string,
  raw: Uint8Array,
  signed: Pick<StatusList, "bits" | "iat" | "exp" | "ttl">,
): StatusList => {
  if (!WIDTHS.has(signed.bits)) malformed("bits")
  return { uri, number: numberOf(uri), size: (raw.length * 8) / signed.bits, raw, ...signed }
}

/**
 * The number of the list at this URI.
 *
 * Throws: Malformed for a URI of another form, or a number of 2^20 or more
 */
export const numberOf = (uri: string): number => {
  const number = Number(NUMBER.exec(uri)?.[1] ?? malformed("not the URI of a status list"))
  return number <= MAX_NUMBER ? number : malformed("not the URI of a status list")
}

/**
 * The status list inside a token that a key for status lists signed while it was in force.
 *
 * Throws: as signedClaims
 * Source: draft-ietf-oauth-status-list §5.1, §8.3; 1-bit lists only
 */
export const parseStatusToken = async (
  encodedJwt: string,
  { keys, expectedUri }: { keys: Iterable<IssuerKey>; expectedUri: string },
): Promise<StatusList> => {
  const claims = await signedClaims(encodedJwt, { typ: TYP, keys, expectedUri })
  const raw = await unpack(lstOf(claims["status_list"]))
  const [exp, ttl] = [optionalTimeOf(claims, "exp"), optionalTimeOf(claims, "ttl")]
  return makeStatusList(expectedUri, raw, { bits: 1, iat: timeOf(claims, "iat"), exp, ttl })
}

/**
 * The claims of a token of this type and place that a key for status lists signed while it was in force.
 *
 * Throws: Malformed("malformed"), ("unknown-issuer"), ("bad-signature"), ("wrong-status-list") when the token is another
 *         list's, or the slug of trust.refusal
 */
export const signedClaims = async (
  encodedJwt: string,
  { typ, keys, expectedUri }: { typ: string; keys: Iterable<IssuerKey>; expectedUri: string },
): Promise<JsonObject> => {
  const token = tokenOf(encodedJwt, typ)
  const key = await verifiedBy(token, keys)
  const iat = timeOf(token.claims, "iat")
  const slug = refusal(key, "status", { iat, now: iat })
  if (slug !== null) throw new Malformed(slug, "key of the status list")
  if (token.claims["sub"] !== expectedUri) throw new Malformed("wrong-status-list", "sub is another URI")
  return token.claims
}

/**
 * A claim that counts from 0.
 *
 * Throws: Malformed("malformed")
 */
export const timeOf = (claims: JsonObject, name: string): number => {
  const value = claims[name]
  return typeof value === "number" && value >= 0 ? value : malformed(name)
}

/**
 * A claim that is an object.
 *
 * Throws: Malformed("malformed")
 */
export const objectOf = (value: JsonValue | undefined): JsonObject =>
  isObject(value) ? value : malformed("not an object")

function malformed(detail: string): never {
  throw new Malformed("malformed", detail)
}

interface Token {
  readonly kid: string
  readonly claims: JsonObject
  readonly message: Uint8Array
  readonly signature: Uint8Array
}

const tokenOf = (encodedJwt: string, typ: string): Token => {
  const [head, body, tail, more] = encodedJwt.length > MAX_TOKEN ? [] : encodedJwt.split(".")
  if (head === undefined || body === undefined || tail === undefined || more !== undefined) {
    malformed("not a compact JWS")
  }
  const [rawHeader, rawClaims, signature] = [base64urlDecode(head), base64urlDecode(body), base64urlDecode(tail)]
  const kid = kidOf(objectOf(strictJson(rawHeader)), typ)
  const claims = objectOf(strictJson(rawClaims))
  if (!isRawSignature(signature)) throw new Malformed("bad-signature", "r or s out of range")
  return { kid, claims, message: utf8Encode(`${head}.${body}`), signature }
}

/** Exactly these members: nothing in a header (jwk, jku, x5c, crit, b64) may choose how it is checked. */
const kidOf = (header: JsonObject, typ: string): string => {
  const names = Object.keys(header)
  if (names.length !== HEADER.length || !HEADER.every((name) => names.includes(name))) malformed("header")
  if (header["alg"] !== "ES256" || header["typ"] !== typ) malformed(`not of type ${typ}`)
  const kid = header["kid"]
  return typeof kid === "string" ? kid : malformed("kid")
}

const verifiedBy = async (token: Token, keys: Iterable<IssuerKey>): Promise<IssuerKey> => {
  for (const key of keys) {
    if (key.kid !== token.kid) continue
    if (await verifyRaw(token.signature, token.message, key.publicKey)) return key
    throw new Malformed("bad-signature", "status token")
  }
  throw new Malformed("unknown-issuer", "kid")
}

const lstOf = (value: JsonValue | undefined): Uint8Array => {
  const list = objectOf(value)
  const lst = list["bits"] === 1 ? list["lst"] : malformed("status_list")
  return typeof lst === "string" ? base64urlDecode(lst) : malformed("lst")
}

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const optionalTimeOf = (claims: JsonObject, name: string): number | null =>
  Object.hasOwn(claims, name) ? timeOf(claims, name) : null

/** The bytes inside a zlib stream, or null when it is too large, damaged or cut short. */
const inflate = async (encoded: Uint8Array, maxBytes: number): Promise<Uint8Array | null> => {
  const reader = slicesOf(encoded).pipeThrough(new DecompressionStream("deflate")).getReader()
  const raw = new Uint8Array(maxBytes)
  let size = 0
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      raw.set(next.value, size) // a RangeError when it does not fit
      size += next.value.length
    }
  } catch {
    await reader.cancel().catch(() => undefined)
    return null
  }
  return raw.slice(0, size)
}

const slicesOf = (encoded: Uint8Array): ReadableStream => {
  let at = 0
  return new ReadableStream({
    pull(controller) {
      if (at >= encoded.length) {
        controller.close()
        return
      }
      controller.enqueue(encoded.slice(at, at + SLICE))
      at += SLICE
    },
  })
}
