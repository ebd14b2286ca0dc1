// COSE_Sign1 with ES256 and nothing else: parsed strictly, verified and signed over the exact bytes received.
//
// Source: RFC 9052 §4.2-4.4 (COSE_Sign1, Sig_structure), RFC 9053 §2.1 and §7.1.1 (ECDSA, EC2 keys).
import { bytesFromHex, decodeCbor, encodeCbor, hexFromBytes, isList, isMap } from "./encoding"
import type { CborMap, CborValue } from "./encoding"
import { Malformed } from "./errors"

export const ALG = 1
export const KID = 4
export const ES256 = -7
export const SIGNATURE_BYTES = 64
export const COORDINATE_BYTES = 32

// P-256 (SEC 2 §2.4.2, FIPS 186-5): y² = x³ - 3x + b over the field of FIELD; its base point has order ORDER.
export const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
const FIELD = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn

const [EVEN, ODD, UNCOMPRESSED] = [2, 3, 4] as const // first byte of a point (SEC 1 §2.3.3)
const TAG_SIGN1 = 0xd2 // tag 18, the only tag anywhere
const ECDSA_P256 = { name: "ECDSA", namedCurve: "P-256" } as const
const ECDSA_SHA256 = { name: "ECDSA", hash: "SHA-256" } as const

/** To-be-signed bytes to raw 64-byte r‖s. */
export type Sign = (message: Uint8Array) => Promise<Uint8Array>

/** A COSE_Sign1 as received; `protectedBytes` and `payload` are the bytes that were signed. */
export interface Sign1 {
  readonly protected: CborMap
  readonly protectedBytes: Uint8Array
  readonly payload: Uint8Array
  readonly signature: Uint8Array
}

/**
 * The four parts of a tagged COSE_Sign1 with an empty unprotected header and an attached payload.
 *
 * Throws: Malformed for anything else
 * Source: RFC 9052 §4.2; the unprotected header is kept empty so that nothing unsigned is ever read
 */
export const parseSign1 = (raw: Uint8Array): Sign1 => {
  if (raw[0] !== TAG_SIGN1) malformed("no COSE_Sign1 tag")
  const parts = decodeCbor(raw.subarray(1))
  if (!isList(parts) || parts.length !== 4) malformed("not four parts")
  const [protectedBytes, unprotected, payload, signature] = parts
  if (!(protectedBytes instanceof Uint8Array && payload instanceof Uint8Array)) malformed("parts of the wrong type")
  if (!isMap(unprotected) || unprotected.size > 0) malformed("unprotected header")
  if (!(signature instanceof Uint8Array && signature.length === SIGNATURE_BYTES)) {
    malformed("not a raw 64-byte signature")
  }
  return { protected: protectedOf(protectedBytes), protectedBytes, payload, signature }
}

/** The Sig_structure that the signature covers (RFC 9052 §4.4), without external data. */
export const toBeSigned = (protectedBytes: Uint8Array, payload: Uint8Array): Uint8Array =>
  encodeCbor(["Signature1", protectedBytes, new Uint8Array(), payload])

/** A tagged COSE_Sign1. */
export const signSign1 = async (header: CborMap, payload: Uint8Array, sign: Sign): Promise<Uint8Array> => {
  const protectedBytes = encodeCbor(header)
  const signature = await sign(toBeSigned(protectedBytes, payload))
  const body = encodeCbor([protectedBytes, new Map(), payload, signature])
  const tagged = new Uint8Array(body.length + 1)
  tagged[0] = TAG_SIGN1
  tagged.set(body, 1)
  return tagged
}

/** Whether the signature is an ES256 signature by this P-256 key over the bytes received. */
export const verifySign1 = (sign1: Sign1, key: CryptoKey): Promise<boolean> =>
  verifyRaw(sign1.signature, toBeSigned(sign1.protectedBytes, sign1.payload), key)

/** Whether r‖s (64 bytes) is an ES256 signature of the message. */
export const verifyRaw = async (signature: Uint8Array, message: Uint8Array, key: CryptoKey): Promise<boolean> =>
  isRawSignature(signature) && (await crypto.subtle.verify(ECDSA_SHA256, key, signature, message))

/** Whether these bytes can be an ES256 signature at all: 64 of them, r and s in 1..n-1. */
export const isRawSignature = (signature: Uint8Array): boolean =>
  signature.length === SIGNATURE_BYTES &&
  [signature.subarray(0, COORDINATE_BYTES), signature.subarray(COORDINATE_BYTES)].every((half) => {
    const number = numberOf(half)
    return number > 0n && number < ORDER
  })

/**
 * The P-256 key of a COSE_Key with a compressed point.
 *
 * Throws: Malformed for a COSE_Key that pointOf refuses, or an x that is on no point of the curve
 */
export const keyFromCose = async (coseKey: CborValue): Promise<CryptoKey> => {
  const point = pointOf(coseKey)
  const x = point.subarray(1)
  return keyFromPoint(x, bytesOf(ordinate(numberOf(x), point[0] === ODD)))
}

/**
 * The compressed point (33 bytes, SEC 1 §2.3.3) that a COSE_Key spells; whether it is on the curve is not checked.
 *
 * coseKey: exactly {1: 2, -1: 1, -2: x (32 bytes), -3: sign of y (boolean)}
 * Throws:  Malformed for other members or another curve
 * Source:  RFC 9053 §7.1.1
 */
export const pointOf = (coseKey: CborValue): Uint8Array => {
  if (!isMap(coseKey) || coseKey.size !== 4) malformed("not an EC2 key")
  if (coseKey.get(1) !== 2 || coseKey.get(-1) !== 1) malformed("not a key on P-256")
  const x = coseKey.get(-2)
  const isOdd = coseKey.get(-3)
  if (!(x instanceof Uint8Array && x.length === COORDINATE_BYTES && typeof isOdd === "boolean")) {
    malformed("not a compressed point")
  }
  return Uint8Array.of(isOdd ? ODD : EVEN, ...x)
}

/**
 * The P-256 key at a point.
 *
 * x, y:   32 bytes each
 * Throws: Malformed for a point that is not on the curve
 */
export const keyFromPoint = async (x: Uint8Array, y: Uint8Array): Promise<CryptoKey> => {
  if (x.length !== COORDINATE_BYTES || y.length !== COORDINATE_BYTES) malformed("coordinates are not 32 bytes")
  if (!isOnCurve(numberOf(x), numberOf(y))) malformed("not a point of the curve")
  return crypto.subtle.importKey("raw", Uint8Array.of(UNCOMPRESSED, ...x, ...y), ECDSA_P256, true, ["verify"])
}

/** The COSE_Key, with a compressed point, of a P-256 key. */
export const coseFromKey = async (key: CryptoKey): Promise<CborMap> => {
  const point = new Uint8Array(await crypto.subtle.exportKey("raw", key))
  const isOdd = numberOf(point.subarray(1 + COORDINATE_BYTES)) % 2n === 1n
  return new Map<number, CborValue>([[1, 2], [-1, 1], [-2, point.slice(1, 1 + COORDINATE_BYTES)], [-3, isOdd]])
}

function malformed(detail: string): never {
  throw new Malformed("malformed", detail)
}

const protectedOf = (protectedBytes: Uint8Array): CborMap => {
  const header = decodeCbor(protectedBytes)
  return isMap(header) && header.get(ALG) === ES256 ? header : malformed("algorithm is not ES256")
}

const numberOf = (raw: Uint8Array): bigint => BigInt(`0x${hexFromBytes(raw)}`)

const bytesOf = (number: bigint): Uint8Array => bytesFromHex(number.toString(16).padStart(2 * COORDINATE_BYTES, "0"))

const mod = (number: bigint): bigint => ((number % FIELD) + FIELD) % FIELD

const rightSide = (x: bigint): bigint => mod(x * x * x - 3n * x + B)

const isOnCurve = (x: bigint, y: bigint): boolean => x < FIELD && y < FIELD && mod(y * y) === rightSide(x)

/** The y of this parity at x: a square root, easy because FIELD ≡ 3 mod 4; of an x on no point, a number that fits no curve. */
const ordinate = (x: bigint, isOdd: boolean): bigint => {
  const root = power(rightSide(x), (FIELD + 1n) / 4n)
  return root % 2n === (isOdd ? 1n : 0n) ? root : mod(-root)
}

const power = (base: bigint, exponent: bigint): bigint => {
  let result = 1n
  let square = base
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = mod(result * square)
    square = mod(square * square)
  }
  return result
}
