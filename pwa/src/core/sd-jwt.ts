// The credential: an SD-JWT whose claims are disclosed one by one; what makes it valid never hides.
//
// Source: RFC 9901 (SD-JWT, key binding), draft-ietf-oauth-sd-jwt-vc (typ, vct, claims that may not be disclosable).
import { keyFromPoint, verifyRaw } from "./cose"
import { base64urlDecode, base64urlEncode, strictJson, utf8Encode } from "./encoding"
import type { JsonObject, JsonValue } from "./encoding"
import { Malformed } from "./errors"

export const TYP = "dc+sd-jwt" // draft-ietf-oauth-sd-jwt-vc §3.2.1
export const KEY_BINDING_TYP = "kb+jwt" // RFC 9901 §4.3
export const MAX_BYTES = 32_768
export const MAX_DISCLOSURES = 100
export const MAX_DEPTH = 16
export const SKEW_S = 60
export const REQUIRED: readonly string[] = ["iss", "vct", "exp"]

const ALG = "ES256"
const HASH = "sha-256" // the IANA name, as `_sd_alg` spells it
// RFC 9901 §9.7, SD-JWT VC §3.2.2: a verifier could be misled by their absence; with all that is inside them.
const UNDISCLOSABLE = new Set(["iss", "aud", "exp", "nbf", "cnf", "vct", "vct#integrity", "aka_vcts", "status", "_sd_alg"])
const RESERVED = new Set(["_sd", "...", "_sd_alg"])
const HEADER = ["alg", "typ", "kid"]

/** The issuer's key by its `kid`, null when that is no key of a trusted issuer. */
export type FindKey = (kid: string | null) => CryptoKey | null

/** What a presentation must be bound to; maxAgeS: how old its proof may be. */
export interface Binding {
  readonly audience: string
  readonly nonce: string
  readonly maxAgeS: number
}

/** One hidden claim as its holder keeps it; name: null for an element of an array. */
export interface Disclosure {
  readonly encoded: string
  readonly name: string | null
  readonly value: JsonValue
}

/** What holds: the claims with everything disclosed in its place, and the disclosures that came along. */
export interface Verified {
  readonly claims: JsonObject
  readonly kid: string | null
  readonly disclosures: readonly Disclosure[]
}

/** How to verify. binding: decides alone whether a key binding must come or must not (RFC 9901 §9.5). */
export interface Expected {
  readonly findKey: FindKey
  readonly now: number
  readonly binding?: Binding | null
  readonly expectedTyp?: string
  readonly required?: readonly string[]
}

interface Jws {
  readonly kid: string | null
  readonly payload: JsonObject
  readonly message: Uint8Array
  readonly signature: Uint8Array
}

/**
 * What an SD-JWT, or with `binding` an SD-JWT with key binding, says and proves.
 *
 * Throws: Malformed, with a slug for each way to fail
 * Source: RFC 9901 §7.1, §7.3
 */
export async function verify(encoded: string, expected: Expected): Promise<Verified> {
  const { findKey, now, binding = null, expectedTyp = TYP, required = REQUIRED } = expected
  const { encodedJwt, encodedDisclosures, encodedBinding } = partsOf(encoded)
  const jws = jwsOf(encodedJwt, expectedTyp)
  const key = findKey(jws.kid) ?? refuse("unknown-issuer", "no trusted key of this kid")
  if (!(await verifyRaw(jws.signature, jws.message, key))) refuse("bad-signature", "issuer's signature")
  const disclosures = await disclosuresOf(encodedDisclosures)
  const claims = new Unpacking(disclosures).claimsOf(jws.payload)
  checkValidity(claims, now, required)
  if (binding === null) {
    if (encodedBinding !== "") refuse("key-binding-unexpected", "the last part must be empty")
  } else {
    if (encodedBinding === "") refuse("key-binding-missing", "the holder's proof is required")
    const presented = encoded.slice(0, encoded.length - encodedBinding.length)
    await checkBinding(encodedBinding, claims["cnf"], await digestOf(presented), { binding, now })
  }
  return { claims, kid: jws.kid, disclosures: [...disclosures.values()] }
}

/** Puts disclosed values where their digests stand, and sees that every digest and disclosure counts once. */
class Unpacking {
  private readonly seen = new Set<string>()
  private readonly disclosures: ReadonlyMap<string, Disclosure>

  constructor(disclosures: ReadonlyMap<string, Disclosure>) {
    this.disclosures = disclosures
  }

  /** The claims, of which those that make the credential valid came in clear. */
  claimsOf(payload: JsonObject): JsonObject {
    const members = new Map(Object.entries(payload))
    if (members.has("_sd_alg") && members.get("_sd_alg") !== HASH) refuse("unknown-hash", "_sd_alg")
    const inClear = [...members].filter(([name]) => UNDISCLOSABLE.has(name))
    if (inClear.some(([, value]) => hides(value))) refuse("undisclosable-claim", "something is hidden inside")
    members.delete("_sd_alg")
    const claims = this.object(members, MAX_DEPTH)
    const wasHidden = (name: string): boolean => UNDISCLOSABLE.has(name) && !members.has(name)
    if (Object.keys(claims).some(wasHidden)) refuse("undisclosable-claim", "hidden by its issuer")
    if ([...this.disclosures.keys()].some((digest) => !this.seen.has(digest))) {
      refuse("unreferenced-disclosure", "no digest leads to it")
    }
    return claims
  }

  private value(value: JsonValue, depth: number): JsonValue {
    if (depth === 0) malformed("too deep")
    if (isArray(value)) return this.array(value, depth)
    return isObject(value) ? this.object(new Map(Object.entries(value)), depth) : value
  }

  private object(members: ReadonlyMap<string, JsonValue>, depth: number): JsonObject {
    if (members.has("_sd_alg")) refuse("unknown-hash", "_sd_alg inside")
    if (members.has("...")) malformed("an array's digest outside an array")
    const opened = new Map<string, JsonValue>()
    for (const [name, value] of members) {
      if (name !== "_sd") opened.set(name, this.value(value, depth - 1))
    }
    if (members.has("_sd")) this.disclose(members.get("_sd"), opened, depth)
    return Object.fromEntries(opened)
  }

  private disclose(digests: JsonValue | undefined, opened: Map<string, JsonValue>, depth: number): void {
    if (!isArray(digests)) malformed("_sd")
    for (const digest of digests) {
      const disclosure = this.take(digest)
      if (disclosure === undefined) continue
      if (disclosure.name === null) malformed("an array's element in an object")
      if (opened.has(disclosure.name)) refuse("claim-exists", "a disclosure of a claim that is there")
      opened.set(disclosure.name, this.value(disclosure.value, depth - 1))
    }
  }

  private array(elements: readonly JsonValue[], depth: number): readonly JsonValue[] {
    return elements.flatMap((element) => {
      if (!(isObject(element) && Object.hasOwn(element, "..."))) return [this.value(element, depth - 1)]
      const disclosure = this.take(Object.keys(element).length === 1 ? element["..."] : undefined)
      if (disclosure === undefined) return []
      if (disclosure.name !== null) malformed("a claim in an array")
      return [this.value(disclosure.value, depth - 1)]
    })
  }

  /** The disclosure behind a digest; undefined for one withheld, and for a decoy. */
  private take(digest: JsonValue | undefined): Disclosure | undefined {
    if (typeof digest !== "string") malformed("a digest")
    if (this.seen.has(digest)) refuse("duplicate-digest", "in two places")
    this.seen.add(digest)
    return this.disclosures.get(digest)
  }
}

function refuse(slug: string, detail: string): never {
  throw new Malformed(slug, detail)
}

function malformed(detail: string): never {
  throw new Malformed("malformed", detail)
}

function isArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value)
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !isArray(value)
}

/** Over the characters as sent, never over what they decode to (RFC 9901 §4.2.3). */
async function digestOf(text: string): Promise<string> {
  return base64urlEncode(new Uint8Array(await crypto.subtle.digest("SHA-256", utf8Encode(text))))
}

/** Whether a value holds digests, or members named like theirs. */
function hides(value: JsonValue): boolean {
  if (isArray(value)) return value.some(hides)
  return isObject(value) && Object.entries(value).some(([name, member]) => RESERVED.has(name) || hides(member))
}

function partsOf(encoded: string): { encodedJwt: string; encodedDisclosures: string[]; encodedBinding: string } {
  if (encoded.length > MAX_BYTES || !/^[!-~]*$/.test(encoded)) malformed("too long, or no SD-JWT")
  const [encodedJwt = "", ...rest] = encoded.split("~")
  const encodedBinding = rest.pop() ?? malformed("no SD-JWT")
  return { encodedJwt, encodedDisclosures: rest, encodedBinding }
}

function jwsOf(encoded: string, expectedTyp: string): Jws {
  const [head, body, tail, more] = encoded.split(".")
  if (head === undefined || body === undefined || tail === undefined || more !== undefined) malformed("not a compact JWS")
  const header = objectOf(strictJson(base64urlDecode(head)))
  const payload = objectOf(strictJson(base64urlDecode(body)))
  const kid = kidOf(header, expectedTyp)
  return { kid, payload, message: utf8Encode(`${head}.${body}`), signature: base64urlDecode(tail) }
}

function objectOf(value: JsonValue): JsonObject {
  return isObject(value) ? value : malformed("not an object")
}

/** Only these members: nothing in a header (jwk, jku, x5c, crit, b64) may choose how it is checked. */
function kidOf(header: JsonObject, expectedTyp: string): string | null {
  if (!Object.keys(header).every((name) => HEADER.includes(name))) malformed("header")
  const kid = header["kid"]
  if (header["alg"] !== ALG || (kid !== undefined && typeof kid !== "string")) malformed("alg or kid")
  if (header["typ"] !== expectedTyp) refuse("wrong-type", "typ")
  return kid ?? null
}

async function disclosuresOf(encoded: readonly string[]): Promise<ReadonlyMap<string, Disclosure>> {
  if (encoded.length > MAX_DISCLOSURES) malformed("too many disclosures")
  const found = new Map<string, Disclosure>()
  for (const one of encoded) found.set(await digestOf(one), disclosureOf(one))
  if (found.size !== encoded.length) refuse("duplicate-digest", "the same disclosure twice")
  return found
}

function disclosureOf(encoded: string): Disclosure {
  const parts = strictJson(base64urlDecode(encoded))
  if (!isArray(parts) || typeof parts[0] !== "string") malformed("a disclosure")
  const [, first, second] = parts
  if (parts.length === 2 && first !== undefined) return { encoded, name: null, value: first }
  if (parts.length !== 3 || typeof first !== "string" || second === undefined) malformed("a disclosure's name")
  if (RESERVED.has(first)) refuse("reserved-claim-name", "in a disclosure")
  return { encoded, name: first, value: second }
}

function checkValidity(claims: JsonObject, now: number, required: readonly string[]): void {
  for (const name of required) {
    if (!Object.hasOwn(claims, name)) refuse("missing-claim", name)
  }
  if (timeOf(claims, "exp", now + 1) <= now) refuse("expired", "exp")
  if (Math.max(timeOf(claims, "nbf", now), timeOf(claims, "iat", now)) > now + SKEW_S) {
    refuse("not-yet-valid", "nbf or iat")
  }
}

function timeOf(claims: JsonObject, name: string, otherwise: number): number {
  const time = Object.hasOwn(claims, name) ? claims[name] : otherwise
  return typeof time === "number" ? time : malformed(name)
}

async function checkBinding(
  encoded: string,
  cnf: JsonValue | undefined,
  sdHash: string,
  { binding, now }: { readonly binding: Binding; readonly now: number },
): Promise<void> {
  const { signature, message, payload } = jwsOf(encoded, KEY_BINDING_TYP)
  if (!(await verifyRaw(signature, message, await holderKey(cnf)))) {
    refuse("bad-key-binding", "not signed by the holder's key")
  }
  const { aud, nonce, iat, sd_hash: made } = payload
  if (aud !== binding.audience) refuse("wrong-audience", "aud") // one text: a list is another value
  if (nonce !== binding.nonce) refuse("wrong-nonce", "nonce")
  if (typeof iat !== "number" || iat < now - binding.maxAgeS || iat > now + SKEW_S) refuse("stale-key-binding", "iat")
  if (made !== sdHash) refuse("wrong-sd-hash", "made for other disclosures")
}

async function holderKey(cnf: JsonValue | undefined): Promise<CryptoKey> {
  const jwk = isObject(cnf) ? cnf["jwk"] : undefined
  if (!isObject(jwk) || jwk["kty"] !== "EC" || jwk["crv"] !== "P-256" || Object.hasOwn(jwk, "d")) {
    return refuse("bad-key-binding", "no P-256 key of a holder")
  }
  const { x, y } = jwk
  try {
    if (typeof x === "string" && typeof y === "string") return await keyFromPoint(base64urlDecode(x), base64urlDecode(y))
  } catch (error) {
    if (!(error instanceof Malformed)) throw error
  }
  return refuse("bad-key-binding", "not a point of the curve")
}
