// A receipt is a counter's signed word that it gave a verdict; it names the one before it, and nobody's name.
//
// What a verdict does not vouch for it does not name either: a refused code leaves no pass in a receipt, so that a forged
// one is put down to nobody.
//
// Source: RFC 9052 (COSE_Sign1), RFC 9596 (typ), RFC 7638 (thumbprint); the payload is ours.
import { ALG, ES256, parseSign1, signSign1 } from "./cose"
import type { Sign, Sign1 } from "./cose"
import { decodeCbor, encodeCbor, isList } from "./encoding"
import type { CborMap, CborValue } from "./encoding"
import { Malformed } from "./errors"
import { CTI_BYTES, DEVICE, MAX_STATUS_INDEX, MAX_TIME, PRINTED } from "./qr-pass"
import type { VerdictWord } from "./verdict"

export const TYPE = "amate-receipt+cbor"
export const DIGEST_BYTES = 32
export const MAX_NUMBER = 2 ** 32 - 1
export const MAX_SKEW_S = 10 ** 10
export const MAX_REASON = 40

const TYP = 16
const PROTECTED: CborMap = new Map<number, CborValue>([[ALG, ES256], [TYP, TYPE]])
const WORDS: readonly VerdictWord[] = ["valid", "check_identity", "stale", "not_valid", "not_a_pass"]
const REFUSED: readonly VerdictWord[] = ["not_valid", "not_a_pass"]
const SERVICES = ["general", "urgent", "specialised", "hospital", "maternity", "prevention", "pharmacy", "laboratory"] as const
const CLUES = /^[A-Z]{5}[0-9]{6}$/
const SLUG = /^[a-z]+(-[a-z]+)*$/

/** The pass that a verdict vouched for; `cti` is 12 bytes. */
export interface Seen {
  readonly profile: number
  readonly cti: Uint8Array
  readonly statusIndex: number
}

/**
 * What a counter says of one scan.
 *
 * device:   thumbprint (32 bytes) of the counter's key for receipts
 * number:   1, 2, 3, … of this key
 * previous: SHA-256 of the receipt before it; null for the first
 * deviceAt: seconds since 1970, by the counter's own clock
 * skewS:    that clock minus the time that the counter reckons it is; null when nothing vouches for that
 * clinic:   CLUES, when the counter knows where it stands
 * reason:   the weightiest of the verdict's
 */
export interface Receipt {
  readonly device: Uint8Array
  readonly number: number
  readonly previous: Uint8Array | null
  readonly deviceAt: number
  readonly skewS: number | null
  readonly clinic: string | null
  readonly verdict: VerdictWord
  readonly reason: string | null
  readonly service: string | null
  readonly seen: Seen | null
}

/** A receipt that parses; nothing in it is believed until its signature is verified. */
export interface SignedReceipt {
  readonly receipt: Receipt
  readonly sign1: Sign1
}

/** Seconds since 1970, as well as the counter knew it. */
export const scannedAt = ({ deviceAt, skewS }: Receipt): number => deviceAt - (skewS ?? 0)

/**
 * The receipt that these bytes spell.
 *
 * Throws: Malformed for anything that is none, to the letter
 */
export const parseReceipt = (raw: Uint8Array): SignedReceipt => {
  const sign1 = parseSign1(raw)
  const { protected: header } = sign1
  if (header.size !== PROTECTED.size || header.get(TYP) !== TYPE) malformed("not the protected header of a receipt")
  return { receipt: receiptOf(sign1.payload), sign1 }
}

/**
 * The bytes of a receipt, signed by its counter.
 *
 * Throws: Malformed for a receipt that parseReceipt() would refuse
 */
export const signReceipt = async (receipt: Receipt, sign: Sign): Promise<Uint8Array> => {
  const { device, number, previous, deviceAt, skewS, clinic, verdict, reason, service, seen } = receipt
  const row = seen === null ? null : [seen.profile, seen.cti, seen.statusIndex]
  const payload = encodeCbor([device, number, previous, deviceAt, skewS, clinic, verdict, reason, service, row])
  receiptOf(payload)
  return signSign1(PROTECTED, payload, sign)
}

/** The name of a receipt, by which the next one follows it: SHA-256 of its bytes. */
export const digestOf = async (raw: Uint8Array): Promise<Uint8Array> =>
  new Uint8Array(await crypto.subtle.digest("SHA-256", raw))

function malformed(detail: string): never {
  throw new Malformed("malformed", detail)
}

const receiptOf = (payload: Uint8Array): Receipt => {
  const [device, number, previous, at, skew, clinic, verdict, reason, service, seen] = rowOf(decodeCbor(payload), 10)
  const found: Receipt = {
    device: bytesOf(device, DIGEST_BYTES),
    number: numberOf(number, 1, MAX_NUMBER),
    previous: orNull(previous, (value) => bytesOf(value, DIGEST_BYTES)),
    deviceAt: numberOf(at, 0, MAX_TIME),
    skewS: orNull(skew, (value) => numberOf(value, -MAX_SKEW_S, MAX_SKEW_S)),
    clinic: orNull(clinic, (value) => textOf(value, CLUES)),
    verdict: oneOf(verdict, WORDS),
    reason: orNull(reason, (value) => textOf(value, SLUG)),
    service: orNull(service, (value) => oneOf(value, SERVICES)),
    seen: orNull(seen, seenOf),
  }
  if ((found.number === 1) !== (found.previous === null)) malformed("the first receipt alone follows none")
  if (scannedAt(found) < 0 || scannedAt(found) > MAX_TIME) malformed("time")
  if (found.seen !== null && REFUSED.includes(found.verdict)) malformed("a refused code is put down to nobody")
  return found
}

const seenOf = (value: CborValue): Seen => {
  const [profile, cti, index] = rowOf(value, 3)
  return {
    profile: numberOf(profile, DEVICE, PRINTED),
    cti: bytesOf(cti, CTI_BYTES),
    statusIndex: numberOf(index, 0, MAX_STATUS_INDEX),
  }
}

const orNull = <Value>(value: CborValue | undefined, read: (value: CborValue) => Value): Value | null =>
  value === null || value === undefined ? null : read(value)

const rowOf = (value: CborValue, size: number): readonly CborValue[] =>
  isList(value) && value.length === size ? value : malformed("not a row")

const bytesOf = (value: CborValue | undefined, size: number): Uint8Array =>
  value instanceof Uint8Array && value.length === size ? value : malformed("bytes")

const numberOf = (value: CborValue | undefined, least: number, most: number): number =>
  typeof value === "number" && value >= least && value <= most ? value : malformed("number")

const textOf = (value: CborValue, pattern: RegExp): string =>
  typeof value === "string" && value.length <= MAX_REASON && pattern.test(value) ? value : malformed("text")

const oneOf = <Word extends string>(value: CborValue | undefined, words: readonly Word[]): Word =>
  words.find((word) => word === value) ?? malformed("word")
