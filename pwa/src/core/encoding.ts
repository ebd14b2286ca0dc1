// Bytes are read in exactly one spelling: deterministic CBOR, decimal digits, base64url and JSON, each in its strict form.
//
// Source: RFC 8949 §4.2 (deterministic CBOR), RFC 4648 §5 (base64url), RFC 8259 and RFC 7493 (JSON, I-JSON).
import { Tokenizer, Type, decode, encode } from "cborg"
import type { DecodeOptions, EncodeOptions, Token } from "cborg"
import { Malformed } from "./errors"
import { readJson } from "./json"
import type { JsonValue } from "./json"

export type CborValue = null | boolean | number | string | Uint8Array | readonly CborValue[] | CborMap
export type CborMap = ReadonlyMap<number | string, CborValue>
export type { JsonObject, JsonValue } from "./json"

export const MAX_BYTES = 1024
export const MAX_DEPTH = 8
export const MAX_DIGITS = 2470
export const MAX_INTEGER = Number.MAX_SAFE_INTEGER

const FORMAT = "1"
const SENTINEL = "0x01" // keeps leading zero bytes through the big integer
const BASE64URL = /^[A-Za-z0-9_-]*$/
const DIGITS = /^[0-9]+$/
// The least argument that may use each of the long heads (1, 2, 4, 8 bytes): RFC 8949 §4.2.1, shortest form.
const LEAST = [24, 2 ** 8, 2 ** 16, 2 ** 32] as const
const SIMPLE = new Set([0xf4, 0xf5, 0xf6]) // false, true, null

const DECODE: DecodeOptions = {
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowInfinity: false,
  allowNaN: false,
  allowBigInt: false,
  useMaps: true,
  rejectDuplicateMapKeys: true,
  retainStringBytes: true,
}

// The codec's own order puts whole numbers before negative ones and text, whatever their length: maps come to it sorted.
const ENCODE: EncodeOptions = { mapSorter: () => 0 }

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
const textEncoder = new TextEncoder()

/** The codec's own reader of text mends what is not UTF-8 and drops a byte-order mark: this one does neither. */
class StrictText extends Tokenizer {
  override next(): Token {
    const token = super.next()
    if (token.type === Type.string && token.byteValue !== undefined) token.value = utf8.decode(token.byteValue)
    return token
  }
}

/**
 * The one value that these bytes spell in deterministic CBOR.
 *
 * raw:      integers within ±(2^53-1), bytes, text, arrays, maps with integer or text keys, false, true, null; no tags
 * maxDepth: containers inside each other
 * Throws:   Malformed for any other spelling of the same value, duplicate keys, trailing bytes, or what is not listed
 * Source:   RFC 8949 §4.2.3 (order of keys: shorter first, then bytewise)
 */
export const decodeCbor = (raw: Uint8Array, { maxBytes = MAX_BYTES, maxDepth = MAX_DEPTH } = {}): CborValue => {
  if (raw.length > maxBytes) malformed("too long")
  checkSpelling(raw, maxDepth)
  let value: CborValue
  try {
    value = decode(raw, { ...DECODE, tokenizer: new StrictText(raw, DECODE) }) as CborValue
  } catch {
    malformed("text is not UTF-8")
  }
  if (!isSame(encode(sorted(value), ENCODE), raw)) malformed("not deterministic")
  return value
}

/**
 * The deterministic spelling of a value.
 *
 * Throws: Malformed for a value that decodeCbor would refuse
 */
export const encodeCbor = (value: CborValue, { maxDepth = MAX_DEPTH } = {}): Uint8Array => {
  const encoded = encode(sorted(value), ENCODE)
  checkSpelling(encoded, maxDepth)
  return encoded
}

/**
 * The decimal digits that go into a QR code.
 *
 * raw:    at most 1,024 bytes
 * Throws: Malformed when longer
 */
export const textFromBytes = (raw: Uint8Array): string => {
  if (raw.length > MAX_BYTES) throw new Malformed("not-a-pass", "too long")
  return FORMAT + BigInt(SENTINEL + hexFromBytes(raw)).toString()
}

/**
 * The bytes behind the digits of a scanned text.
 *
 * Throws: Malformed("not-a-pass") for anything but the one spelling that textFromBytes writes
 */
export const bytesFromText = (text: string): Uint8Array => {
  if (text.length < 2 || text.length > MAX_DIGITS || !DIGITS.test(text)) {
    throw new Malformed("not-a-pass", "not digits of a pass")
  }
  if (!text.startsWith(FORMAT) || text[1] === "0") throw new Malformed("not-a-pass", "unknown format")
  const hex = BigInt(text.slice(1)).toString(16) // base 16 is linear, so that no chunks are needed
  // An even number of hexadecimal digits begins with 0x10 or more: the sentinel 0x01 shows as a single digit 1.
  if (hex.length % 2 === 0 || !hex.startsWith("1") || hex.length > 2 * MAX_BYTES + 1) {
    throw new Malformed("not-a-pass", "no sentinel, or too long")
  }
  return bytesFromHex(hex.slice(1))
}

/** Base64url without padding. */
export const base64urlEncode = (raw: Uint8Array): string => {
  let binary = ""
  for (const byte of raw) binary += String.fromCharCode(byte)
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")
}

/**
 * The bytes behind a base64url text in its one canonical spelling.
 *
 * Throws: Malformed for padding, other characters, or trailing bits that are not zero
 */
export const base64urlDecode = (text: string): Uint8Array => {
  if (!BASE64URL.test(text) || text.length % 4 === 1) malformed("not base64url")
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"))
  const raw = Uint8Array.from(binary, (character) => character.charCodeAt(0))
  if (base64urlEncode(raw) !== text) malformed("base64url with loose trailing bits")
  return raw
}

/**
 * The value of a JSON text that every reader understands alike.
 *
 * Throws: Malformed for a member named twice, a number that is not an integer within ±(2^53-1), NaN, a byte-order mark,
 *         lone surrogates, or nesting deeper than 32
 * Source: RFC 7493 §2.1-2.3
 */
export const strictJson = (raw: Uint8Array | string): JsonValue =>
  readJson(typeof raw === "string" ? raw : utf8Decode(raw))

/** Lower-case hexadecimal. */
export const hexFromBytes = (raw: Uint8Array): string => {
  let hex = ""
  for (const byte of raw) hex += byte.toString(16).padStart(2, "0")
  return hex
}

/**
 * The bytes behind lower-case hexadecimal digits.
 *
 * Throws: Malformed for anything else
 */
export const bytesFromHex = (hex: string): Uint8Array => {
  if (!/^(?:[0-9a-f]{2})*$/.test(hex)) malformed("not hexadecimal")
  return Uint8Array.from({ length: hex.length / 2 }, (_, at) => Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16))
}

/**
 * The text behind UTF-8 bytes, a byte-order mark included.
 *
 * Throws: Malformed for bytes that are not UTF-8
 */
export const utf8Decode = (raw: Uint8Array): string => {
  try {
    return utf8.decode(raw)
  } catch {
    return malformed("not UTF-8")
  }
}

/** The UTF-8 bytes of a text. */
export const utf8Encode = (text: string): Uint8Array => textEncoder.encode(text)

/** Whether a value is an array. */
export const isList = (value: CborValue | undefined): value is readonly CborValue[] => Array.isArray(value)

/** Whether a value is a map. */
export const isMap = (value: CborValue | undefined): value is CborMap => value instanceof Map

/** Whether two byte strings are equal. */
export const isSame = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && one.every((byte, at) => byte === other[at])

function malformed(detail: string): never {
  throw new Malformed("malformed", detail)
}

/** Walks the heads before any codec runs: nesting is bounded here, and no length is believed before it is seen. */
const checkSpelling = (raw: Uint8Array, maxDepth: number): void => {
  if (endOfItem(raw, 0, maxDepth) !== raw.length) malformed("cut short, or followed by more")
}

const byteAt = (raw: Uint8Array, at: number): number => raw[at] ?? malformed("cut short")

const endOfItem = (raw: Uint8Array, start: number, depth: number): number => {
  const first = byteAt(raw, start)
  const major = first >> 5
  const { argument, at } = argumentOf(raw, first & 31, start + 1)
  if (major < 2) return argument > MAX_INTEGER - major ? malformed("integer out of range") : at
  if (major < 4) return at + argument
  if (major > 5) return SIMPLE.has(first) ? at : malformed("tag, float or simple value")
  if (depth === 0) malformed("too deep")
  return major === 4 ? endOfArray(raw, at, argument, depth - 1) : endOfMap(raw, at, argument, depth - 1)
}

const argumentOf = (raw: Uint8Array, info: number, start: number): { argument: number; at: number } => {
  if (info < 24) return { argument: info, at: start }
  const least = LEAST[info - 24] ?? malformed("indefinite length")
  const at = start + 2 ** (info - 24)
  let argument = 0 // beyond 2^53 it is rounded, and stays beyond every limit that it is held against
  for (let index = start; index < at; index += 1) argument = argument * 256 + byteAt(raw, index)
  if (argument < least) malformed("not the shortest form")
  return { argument, at }
}

const endOfArray = (raw: Uint8Array, start: number, count: number, depth: number): number => {
  let at = start
  for (let seen = 0; seen < count; seen += 1) at = endOfItem(raw, at, depth) // a false count ends with the bytes
  return at
}

const endOfMap = (raw: Uint8Array, start: number, count: number, depth: number): number => {
  let at = start
  let previous = ""
  for (let seen = 0; seen < count; seen += 1) {
    if (![0, 1, 3].includes(byteAt(raw, at) >> 5)) malformed("key is neither integer nor text")
    const end = endOfItem(raw, at, depth)
    if (end > raw.length) malformed("cut short")
    const key = hexFromBytes(raw.subarray(at, end))
    if (!isBefore(previous, key)) malformed("keys out of order, or twice")
    previous = key
    at = endOfItem(raw, end, depth)
  }
  return at
}

const isBefore = (one: string, other: string): boolean =>
  one.length === other.length ? one < other : one.length < other.length

const sorted = (value: CborValue): CborValue => {
  if (isList(value)) return value.map(sorted)
  if (!isMap(value)) return value
  const entries = Array.from(value, ([key, member]) => ({ key, spelling: hexFromBytes(encode(key)), member }))
  entries.sort((one, other) => (isBefore(one.spelling, other.spelling) ? -1 : 1))
  return new Map(entries.map(({ key, member }) => [key, sorted(member)]))
}
