// Which keys may say what, and since when: the issuers' list and the policy, as the trust repository delivers them.
//
// Who signed these two files, and that they are the newest, is the business of TUF (tuf.ts).
// Source: RFC 7517 (JWK), RFC 7638 (thumbprint).
import { keyFromPoint } from "./cose"
import { base64urlDecode, base64urlEncode, hexFromBytes, strictJson, utf8Encode } from "./encoding"
import type { JsonObject, JsonValue } from "./encoding"
import { parseTable } from "./entitlement"
import type { DecisionTable } from "./entitlement"
import { Malformed } from "./errors"

export const KID_BYTES = 8

const STATES = new Set(["next", "active", "retired", "revoked"])
const INSTANT = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$/
const ENVIRONMENT = /^[a-z][a-z0-9-]{0,15}$/
const JWK = ["crv", "kty", "x", "y"] as const
const PROFILES = [1, 2, 3] as const

/** A public P-256 key as JSON. */
export type Jwk = Readonly<Record<(typeof JWK)[number], string>>

/** What a key has signed is no longer believed: `all` of it, or what is dated (seconds) `at` or later. */
export interface Distrust {
  readonly mode: "all" | "iat_after"
  readonly at: number | null
}

/** A public key of an issuer; times in seconds since 1970, ends exclusive. */
export interface IssuerKey {
  readonly iss: string
  readonly kid: string
  readonly kid8: Uint8Array
  readonly jwk: Jwk
  readonly publicKey: CryptoKey
  readonly use: ReadonlySet<string>
  readonly state: string
  readonly signFrom: number
  readonly signUntil: number
  readonly acceptUntil: number
  readonly distrust: Distrust | null
}

/** The issuers' list. */
export interface Issuers {
  readonly version: number
  readonly env: string
  readonly generatedAt: number
  readonly keys: readonly IssuerKey[]
}

/** Ages, in seconds, from which trust and status are warned about, not called verified, not used. */
export interface Staleness {
  readonly warnS: number
  readonly staleS: number
  readonly refuseS: number
}

/** How far clocks may differ, in seconds. */
export interface Clock {
  readonly presentationS: number
  readonly skewS: number
  readonly qualityCapS: number
  readonly behindFloorS: number
}

/** The rules in force for verifiers; lifetimes in seconds by profile of pass. */
export interface Policy {
  readonly version: number
  readonly env: string
  readonly staleness: Staleness
  readonly clock: Clock
  readonly lifetimes: ReadonlyMap<number, number>
  readonly statusBase: string
  readonly table: DecisionTable
}

/**
 * What a verifier stands on.
 *
 * keys:        by the first 8 bytes of the thumbprint, in hexadecimal; several keys may share them
 * refreshedAt: signed time of the newest good TUF timestamp
 * floor:       newest time ever signed by the timestamp role or for statuses; no clock may be before it
 * sealing:     AES-256-GCM keys by number, in clinics only
 */
export interface Trust {
  readonly env: string
  readonly keys: ReadonlyMap<string, readonly IssuerKey[]>
  readonly policy: Policy
  readonly refreshedAt: number
  readonly floor: number
  readonly sealing: ReadonlyMap<number, CryptoKey>
}

/**
 * The issuers' list; members that are not known are passed over, and so are keys of other algorithms.
 *
 * Throws: Malformed for wrong types, a kid that is not the key's thumbprint, a kid twice, a point off the curve
 */
export const parseIssuers = async (raw: Uint8Array): Promise<Issuers> => {
  const listed = objectOf(strictJson(raw))
  const keys: IssuerKey[] = []
  for (const issuer of listOf(listed, "issuers")) keys.push(...(await keysOf(objectOf(issuer))))
  if (new Set(keys.map((key) => key.kid)).size !== keys.length) malformed("kid twice")
  return {
    version: countOf(listed, "version"),
    env: envOf(listed),
    generatedAt: instantOf(listed, "generated_at"),
    keys,
  }
}

/**
 * The policy.
 *
 * Throws: Malformed for wrong types, or limits that are out of order
 */
export const parsePolicy = (raw: Uint8Array): Policy => {
  const policy = objectOf(strictJson(raw))
  const lifetimes = objectOf(policy["lifetimes"])
  return {
    version: countOf(policy, "version"),
    env: envOf(policy),
    staleness: stalenessOf(objectOf(policy["staleness"])),
    clock: clockOf(objectOf(policy["clock"])),
    lifetimes: new Map(PROFILES.map((profile) => [profile, countOf(lifetimes, String(profile))])),
    statusBase: textOf(policy, "status_base"),
    table: parseTable(policy["table"]),
  }
}

/**
 * Trust from its parts, of one environment.
 *
 * Throws: Malformed("environment-mismatch") for a list and a policy of different environments
 */
export const makeTrust = (
  issuers: Issuers,
  policy: Policy,
  standing: Pick<Trust, "refreshedAt" | "floor" | "sealing">,
): Trust => {
  if (issuers.env !== policy.env) throw new Malformed("environment-mismatch", `${issuers.env} and ${policy.env}`)
  const keys = new Map<string, readonly IssuerKey[]>()
  for (const key of issuers.keys) {
    const kid8 = hexFromBytes(key.kid8)
    keys.set(kid8, [...(keys.get(kid8) ?? []), key])
  }
  return { env: issuers.env, keys, policy, ...standing }
}

/** Every key with these first 8 bytes: the caller tries them all, because 8 bytes can be made to collide. */
export const keysFor = (trust: Trust, kid8: Uint8Array): readonly IssuerKey[] => trust.keys.get(hexFromBytes(kid8)) ?? []

/** Why what this key signed at `iat` is not believed `now`, or null when it is. */
export const refusal = (key: IssuerKey, use: string, { iat, now }: { iat: number; now: number }): string | null => {
  if (!key.use.has(use)) return "wrong-key-use"
  if (key.state === "revoked" || isDistrusted(key.distrust, iat)) return "key-revoked"
  if (iat < key.signFrom || iat >= key.signUntil) return "key-not-in-force"
  return now >= key.acceptUntil ? "key-retired" : null
}

/** The 32 bytes that name a P-256 JWK (RFC 7638 §3.2: required members only, in order). */
export const thumbprint = async (jwk: Jwk): Promise<Uint8Array> => {
  const members = Object.fromEntries(JWK.map((name) => [name, jwk[name]]))
  return new Uint8Array(await crypto.subtle.digest("SHA-256", utf8Encode(JSON.stringify(members))))
}

/**
 * Seconds since 1970 of `YYYY-MM-DDTHH:MM:SSZ`.
 *
 * Throws: Malformed for any other spelling, a date that does not exist, or a year before 1970
 */
export const secondsFromIso = (text: string): number => {
  const milliseconds = INSTANT.test(text) ? Date.parse(text) : malformed("not an instant")
  if (Number.isNaN(milliseconds) || milliseconds < 0) malformed("no such instant, or before 1970")
  if (new Date(milliseconds).toISOString() !== text.replace("Z", ".000Z")) malformed("no such instant")
  return milliseconds / 1000
}

function malformed(detail: string): never {
  throw new Malformed("malformed", detail)
}

const isDistrusted = (distrust: Distrust | null, iat: number): boolean =>
  distrust !== null && (distrust.at === null || iat >= distrust.at)

const stalenessOf = (value: JsonObject): Staleness => {
  const limits = {
    warnS: countOf(value, "warn_s"),
    staleS: countOf(value, "stale_s"),
    refuseS: countOf(value, "refuse_s"),
  }
  return limits.warnS <= limits.staleS && limits.staleS <= limits.refuseS
    ? limits
    : malformed("staleness out of order")
}

const clockOf = (value: JsonObject): Clock => ({
  presentationS: countOf(value, "presentation_s"),
  skewS: countOf(value, "skew_s"),
  qualityCapS: countOf(value, "quality_cap_s"),
  behindFloorS: countOf(value, "behind_floor_s"),
})

const keysOf = (issuer: JsonObject): Promise<IssuerKey[]> => {
  const iss = textOf(issuer, "iss")
  const listed = listOf(issuer, "keys").map(objectOf)
  return Promise.all(listed.filter((key) => textOf(key, "alg") === "ES256").map((key) => keyOf(iss, key)))
}

const keyOf = async (iss: string, key: JsonObject): Promise<IssuerKey> => {
  const jwk = jwkOf(objectOf(key["jwk"]))
  const publicKey = await keyFromPoint(base64urlDecode(jwk.x), base64urlDecode(jwk.y))
  const digest = await thumbprint(jwk)
  const kid = base64urlEncode(digest)
  if (textOf(key, "kid") !== kid) malformed("kid is not the thumbprint")
  const state = textOf(key, "state")
  if (!STATES.has(state)) malformed("state")
  return {
    iss,
    kid,
    kid8: digest.subarray(0, KID_BYTES),
    jwk,
    publicKey,
    use: new Set(listOf(key, "use").map(textFrom)),
    state,
    signFrom: instantOf(key, "sign_from"),
    signUntil: instantOf(key, "sign_until"),
    acceptUntil: instantOf(key, "accept_until"),
    distrust: distrustOf(key["distrust"]),
  }
}

const jwkOf = (value: JsonObject): Jwk => {
  if (Object.keys(value).length !== JWK.length) malformed("not a public P-256 JWK")
  const jwk = { crv: textOf(value, "crv"), kty: textOf(value, "kty"), x: textOf(value, "x"), y: textOf(value, "y") }
  return jwk.kty === "EC" && jwk.crv === "P-256" ? jwk : malformed("not a public P-256 JWK")
}

const distrustOf = (value: JsonValue | undefined): Distrust | null => {
  if (value === undefined || value === null) return null
  const distrust = objectOf(value)
  const mode = textOf(distrust, "mode")
  if (mode === "all") return { mode, at: null }
  return mode === "iat_after" ? { mode, at: instantOf(distrust, "at") } : malformed("mode of distrust")
}

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const objectOf = (value: JsonValue | undefined): JsonObject => (isObject(value) ? value : malformed("not an object"))

const listOf = (parent: JsonObject, name: string): readonly JsonValue[] => {
  const value = parent[name]
  return isJsonList(value) ? value : malformed(`${name} is not a list`)
}

const isJsonList = (value: JsonValue | undefined): value is readonly JsonValue[] => Array.isArray(value)

const textFrom = (value: JsonValue | undefined): string => (typeof value === "string" ? value : malformed("not a text"))

const textOf = (parent: JsonObject, name: string): string => textFrom(parent[name])

const envOf = (parent: JsonObject): string => {
  const env = textOf(parent, "env")
  return ENVIRONMENT.test(env) ? env : malformed("env")
}

const countOf = (parent: JsonObject, name: string): number => {
  const value = parent[name]
  return typeof value === "number" && value >= 0 ? value : malformed(`${name} is not a number from 0`)
}

const instantOf = (parent: JsonObject, name: string): number => secondsFromIso(textOf(parent, name))
