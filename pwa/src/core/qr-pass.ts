// The pass is the thing in the QR: a CWT signed by an issuer and, from a phone, signed again at the moment of showing.
//
// Source: RFC 8392 (CWT), RFC 8747 §3.1 (confirmation key), RFC 9052; the private claim -65537 is ours.
import { ALG, ES256, KID, parseSign1, pointOf, signSign1 } from "./cose"
import type { Sign, Sign1 } from "./cose"
import { decodeCbor, encodeCbor, isList, isMap } from "./encoding"
import type { CborMap, CborValue } from "./encoding"
import type { Entitled } from "./entitlement"
import { Malformed } from "./errors"

export const DEVICE = 1
export const EPHEMERAL = 2
export const PRINTED = 3

export const CTI_BYTES = 12
export const KID_BYTES = 8
export const MAX_STATUS_INDEX = 2 ** 40 - 1
export const MAX_TIME = 2 ** 40 - 1
export const MAX_NAME = 40
export const MAX_HINT = 12
export const MAX_ENTITLEMENTS = 8
export const MAX_QUALITY_S = 86_400
export const MAX_INSTITUTION = 999
export const MAX_DAY = 9_999_999
export const MAX_SEALING_NUMBER = 2 ** 32 - 1
export const TAG_BYTES = 16
export const MAX_CIPHERTEXT = 256
/** What a counter asks a phone to answer with. */
const CHALLENGE = /^[0-9]{6}$/
export const ROLES = [1, 2, 3] as const // titular, beneficiary, pensioner

const [EXP, IAT, CTI, CNF, HEALTH] = [4, 6, 7, 8, -65537] as const
const [PROFILE, HINT, ENTITLEMENTS, CLINIC, STATUS, IDENTITY] = [1, 2, 3, 4, 5, 6] as const
const CLAIMS = [EXP, IAT, CTI, HEALTH]
const DEVICE_CLAIMS = [...CLAIMS, CNF]
const HEALTH_CLAIMS = [PROFILE, HINT, ENTITLEMENTS, CLINIC, STATUS, IDENTITY]

const CLUES = /^[A-Z]{5}[0-9]{6}$/
const CURP = /^[A-Z0-9]{18}$/
// Characters that are not seen, or that turn the reading direction: nobody may dress a name with them.
const UNCLEAN =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/

/** Who the pass is about. */
export interface Identity {
  readonly curp: string
  readonly name: string
}

/** An identity that only clinics holding sealing key `number` can read. */
export interface Sealed {
  readonly number: number
  readonly ciphertext: Uint8Array
}

/**
 * What an issuer says in a pass; times in seconds since 1970.
 *
 * holder: the phone's COSE_Key, in a device pass only
 * sealed: in a device and an ephemeral pass; `identity` in clear only in a printed one
 */
export interface Claims {
  readonly profile: number
  readonly iat: number
  readonly exp: number
  readonly cti: Uint8Array
  readonly holder: CborValue
  readonly hint: string
  readonly entitlements: readonly Entitled[]
  readonly assignedClinic: string | null
  readonly statusIndex: number
  readonly sealed: Sealed | null
  readonly identity: Identity | null
}

/** A pass that parses; nothing in it is believed until its signature is verified. */
export interface Pass {
  readonly kind: "pass"
  readonly kid8: Uint8Array
  readonly claims: Claims
  readonly sign1: Sign1
}

/** A device pass as shown by its phone at `shownAt`; `challenge` is the one that it answers, null for no one's. */
export interface Presentation {
  readonly kind: "presentation"
  readonly pass: Pass
  readonly shownAt: number
  readonly clockQualityS: number | null
  readonly challenge: string | null
  readonly sign1: Sign1
}

/**
 * The pass or the presentation that these bytes spell.
 *
 * Throws: Malformed for anything that is neither, to the letter
 */
export const parse = (raw: Uint8Array): Pass | Presentation => {
  const sign1 = parseSign1(raw)
  return sign1.protected.size === 1 ? presentationOf(sign1) : passOf(sign1)
}

/** The protected header of a pass by the key with this kid (first 8 bytes of its JWK thumbprint). */
export const protectedOf = (kid8: Uint8Array): CborMap => new Map<number, CborValue>([[ALG, ES256], [KID, kid8]])

/**
 * The payload of a pass.
 *
 * Throws: Malformed for claims that parse() would refuse
 */
export const passClaims = (claims: Claims): Uint8Array => {
  const payload = new Map<number, CborValue>([
    [EXP, claims.exp],
    [IAT, claims.iat],
    [CTI, claims.cti],
    [HEALTH, healthOf(claims)],
  ])
  if (claims.holder !== null) payload.set(CNF, new Map([[1, claims.holder]]))
  const encoded = encodeCbor(payload)
  claimsOf(encoded)
  return encoded
}

/** The bytes of a pass, signed by an issuer. */
export const signPass = (claims: Claims, { kid8, sign }: { kid8: Uint8Array; sign: Sign }): Promise<Uint8Array> =>
  signSign1(protectedOf(kid8), passClaims(claims), sign)

/** When, and to which challenge, a phone shows its pass. */
export interface Showing {
  readonly shownAt: number
  readonly clockQualityS: number | null
  /** Six digits that a counter asked for. */
  readonly challenge?: string | null
}

/**
 * The presentation of a device pass, signed by the phone.
 *
 * Throws: Malformed for a challenge that is not six digits
 */
export const present = async (
  passBytes: Uint8Array,
  { shownAt, clockQualityS, challenge = null, sign }: Showing & { readonly sign: Sign },
): Promise<Uint8Array> => {
  const answer = challenge === null ? [] : [challengeOf(challenge)]
  return signSign1(new Map([[ALG, ES256]]), encodeCbor([passBytes, shownAt, clockQualityS, ...answer]), sign)
}

/**
 * An identity that only the clinics can read, tied to one pass.
 *
 * cti:            12 bytes, never used twice under a key: it is the nonce
 * protectedBytes: of the pass that it goes into (additional data)
 */
export const seal = async (
  identity: Identity,
  { key, number, cti, protectedBytes }: { key: CryptoKey; number: number; cti: Uint8Array; protectedBytes: Uint8Array },
): Promise<Sealed> => {
  const algorithm = { name: "AES-GCM", iv: cti, additionalData: protectedBytes } as const
  const plain = encodeCbor([identity.curp, identity.name])
  return { number, ciphertext: new Uint8Array(await crypto.subtle.encrypt(algorithm, key, plain)) }
}

/** The identity inside, or null when it was not sealed with this key for this pass. */
export const unseal = async (
  sealed: Sealed,
  { key, cti, protectedBytes }: { key: CryptoKey; cti: Uint8Array; protectedBytes: Uint8Array },
): Promise<Identity | null> => {
  try {
    const algorithm = { name: "AES-GCM", iv: cti, additionalData: protectedBytes } as const
    const plain = await crypto.subtle.decrypt(algorithm, key, sealed.ciphertext)
    return identityOf(decodeCbor(new Uint8Array(plain)))
  } catch {
    return null
  }
}

/** Initials and birthday, for a look at an identity document: `MHG0427`. */
export const hintOf = (names: readonly [string, string, string | null], birthMmdd: string): string =>
  names.map((name) => firstOf(firstOf((name ?? "").replace(/^ +/, "")).toUpperCase())).join("") + birthMmdd

/** The name in at most 40 characters, cut after a word when one fits. */
export const cutName = (name: string): string => {
  const words = name.split(" ").filter((word) => word !== "")
  while (Array.from(words.join(" ")).length > MAX_NAME && words.length > 1) words.pop()
  return Array.from(words.join(" ")).slice(0, MAX_NAME).join("")
}

const firstOf = (text: string): string => Array.from(text)[0] ?? ""

function malformed(detail: string): never {
  throw new Malformed("malformed", detail)
}

const healthOf = (claims: Claims): CborMap =>
  new Map<number, CborValue>([
    [PROFILE, claims.profile],
    [HINT, claims.hint],
    [ENTITLEMENTS, claims.entitlements.map(({ institution, role, untilDay }) => [institution, role, untilDay])],
    [CLINIC, claims.assignedClinic],
    [STATUS, claims.statusIndex],
    [IDENTITY, whoOf(claims)],
  ])

const whoOf = ({ sealed, identity }: Claims): CborValue => {
  if (sealed !== null) return [sealed.number, sealed.ciphertext]
  return identity === null ? [] : [identity.curp, identity.name]
}

const presentationOf = (sign1: Sign1): Presentation => {
  const row = decodeCbor(sign1.payload)
  const isAnswer = isList(row) && row.length === 4
  const [passBytes, shownAt, qualityS, challenge] = rowOf(row, isAnswer ? 4 : 3)
  if (!(passBytes instanceof Uint8Array)) malformed("presentation of the wrong types")
  const shown = {
    shownAt: numberOf(shownAt, MAX_TIME),
    clockQualityS: qualityS === null ? null : numberOf(qualityS, MAX_QUALITY_S),
    challenge: isAnswer ? challengeOf(challenge) : null,
  }
  const pass = passOf(parseSign1(passBytes))
  if (pass.claims.profile !== DEVICE) malformed("only a device pass is presented")
  return { kind: "presentation", pass, ...shown, sign1 }
}

const challengeOf = (value: CborValue | undefined): string =>
  typeof value === "string" && CHALLENGE.test(value) ? value : malformed("challenge")

const passOf = (sign1: Sign1): Pass => {
  const kid8 = sign1.protected.get(KID)
  if (sign1.protected.size !== 2 || !(kid8 instanceof Uint8Array) || kid8.length !== KID_BYTES) {
    malformed("not the protected header of a pass")
  }
  return { kind: "pass", kid8, claims: claimsOf(sign1.payload), sign1 }
}

const claimsOf = (payload: Uint8Array): Claims => {
  const claims = mapOf(decodeCbor(payload), CLAIMS, DEVICE_CLAIMS)
  const health = mapOf(claims.get(HEALTH), HEALTH_CLAIMS)
  const profile = profileOf(health.get(PROFILE), claims.has(CNF))
  const who = health.get(IDENTITY)
  return {
    profile,
    ...timesOf(claims),
    cti: bytesOf(claims.get(CTI), CTI_BYTES),
    holder: profile === DEVICE ? holderOf(claims.get(CNF)) : null,
    hint: cleanText(health.get(HINT), MAX_HINT),
    entitlements: entitlementsOf(health.get(ENTITLEMENTS)),
    assignedClinic: clinicOf(health.get(CLINIC)),
    statusIndex: numberOf(health.get(STATUS), MAX_STATUS_INDEX),
    sealed: profile === PRINTED ? null : sealedOf(who),
    identity: profile === PRINTED ? identityOf(who) : null,
  }
}

/** The map, if its keys are exactly one of the sets allowed. */
const mapOf = (value: CborValue | undefined, ...allowed: readonly (readonly number[])[]): CborMap => {
  if (!isMap(value)) malformed("not a map")
  if (!allowed.some((keys) => value.size === keys.length && keys.every((key) => value.has(key)))) {
    malformed("members missing, or too many")
  }
  return value
}

const rowOf = (value: CborValue | undefined, size: number): readonly CborValue[] =>
  isList(value) && value.length === size ? value : malformed("not a row")

const timesOf = (claims: CborMap): { iat: number; exp: number } => {
  const iat = numberOf(claims.get(IAT), MAX_TIME)
  const exp = numberOf(claims.get(EXP), MAX_TIME)
  return iat < exp ? { iat, exp } : malformed("ends before it begins")
}

const profileOf = (value: CborValue | undefined, hasKey: boolean): number => {
  const profile = numberOf(value, PRINTED)
  return profile === 0 || (profile === DEVICE) !== hasKey ? malformed("profile") : profile
}

const holderOf = (value: CborValue | undefined): CborValue => {
  const holder = mapOf(value, [1]).get(1) ?? null
  pointOf(holder) // its form; that it is on the curve is found when it is used
  return holder
}

const entitlementsOf = (value: CborValue | undefined): readonly Entitled[] =>
  isList(value) && value.length <= MAX_ENTITLEMENTS ? value.map(entitledOf) : malformed("entitlements")

const entitledOf = (row: CborValue): Entitled => {
  const [institution, role, untilDay] = rowOf(row, 3)
  if (role === 0) malformed("role")
  return {
    institution: numberOf(institution, MAX_INSTITUTION),
    role: numberOf(role, ROLES.length),
    untilDay: untilDay === null ? null : numberOf(untilDay, MAX_DAY),
  }
}

const clinicOf = (value: CborValue | undefined): string | null =>
  value === null || (typeof value === "string" && CLUES.test(value)) ? value : malformed("clinic")

const sealedOf = (value: CborValue | undefined): Sealed => {
  const [number, ciphertext] = rowOf(value, 2)
  if (!(ciphertext instanceof Uint8Array) || ciphertext.length <= TAG_BYTES || ciphertext.length > MAX_CIPHERTEXT) {
    malformed("ciphertext")
  }
  return { number: numberOf(number, MAX_SEALING_NUMBER), ciphertext }
}

const identityOf = (value: CborValue | undefined): Identity => {
  const [curp, name] = rowOf(value, 2)
  if (typeof curp !== "string" || !CURP.test(curp)) malformed("curp")
  return { curp, name: cleanText(name, MAX_NAME) }
}

const cleanText = (value: CborValue | undefined, most: number): string => {
  if (typeof value !== "string" || UNCLEAN.test(value)) malformed("text")
  const length = Array.from(value).length // code points, as the other core counts
  return length > 0 && length <= most ? value : malformed("text")
}

const bytesOf = (value: CborValue | undefined, size: number): Uint8Array =>
  value instanceof Uint8Array && value.length === size ? value : malformed("bytes")

const numberOf = (value: CborValue | undefined, most: number): number =>
  typeof value === "number" && value >= 0 && value <= most ? value : malformed("number")
