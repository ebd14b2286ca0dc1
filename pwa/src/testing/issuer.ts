// An issuer in memory with a phone of its own: the documents, passes and status lists that a device's verdict rests on.
import { createHash, generateKeyPairSync, sign } from "node:crypto"
import type { KeyObject } from "node:crypto"
import { deflateSync } from "node:zlib"
import { coseFromKey, keyFromPoint } from "../core/cose"
import { base64urlDecode, base64urlEncode, textFromBytes, utf8Encode } from "../core/encoding"
import type { JsonObject } from "../core/encoding"
import { DEVICE, PRINTED, present, signPass } from "../core/qr-pass"
import type { Claims } from "../core/qr-pass"
import { LIST_SIZE } from "../core/status-list"
import { DAY_S, SIGNED_AT } from "./tuf-repository"
import { vectorsOf } from "./vectors"

const ISS = "https://amate.example"
const YEAR_S = 365 * DAY_S

interface Pair {
  readonly privateKey: KeyObject
  readonly jwk: { readonly x: string; readonly y: string }
  readonly kid: string
}

/** What the wallet's Card is, which stands in a room above this one. */
export interface TestCard {
  readonly issuer: string
  readonly credential: string
  readonly refreshToken: string
  readonly pass: string
  readonly passIat: number
  readonly passExp: number
  readonly renewAt: null
  readonly renewedAt: number
  readonly isWithdrawn: boolean
  readonly details: {
    readonly name: string
    readonly curp: string
    readonly assignedClinic: null
    readonly nearestClinics: readonly never[]
    readonly entitlements: readonly never[]
  }
}

const newPair = (): Pair => {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const { x = "", y = "" } = publicKey.export({ format: "jwk" })
  const named = JSON.stringify({ crv: "P-256", kty: "EC", x, y }) // RFC 7638 §3.2
  return { privateKey, jwk: { x, y }, kid: createHash("sha256").update(named).digest("base64url") }
}

const rawSignature = ({ privateKey }: Pair, message: Uint8Array): Uint8Array =>
  Uint8Array.from(sign("sha256", message, { key: privateKey, dsaEncoding: "ieee-p1363" }))

const jwsOf = (key: Pair, header: JsonObject, claims: JsonObject): string => {
  const message = [header, claims].map((part) => base64urlEncode(utf8Encode(JSON.stringify(part)))).join(".")
  return `${message}.${base64urlEncode(rawSignature(key, utf8Encode(message)))}`
}

const isoOf = (seconds: number): string => new Date(seconds * 1000).toISOString().replace(".000Z", "Z")

/** Signs passes, credentials and status lists with one key each. */
export class TestIssuer {
  private passKey = newPair()
  private credentialKey = newPair()
  private readonly revoked: JsonObject[] = []
  private statusKey = newPair()
  private readonly phone = newPair()

  /** issuers.json, policy.json and a clinics.json without clinics. */
  documents(): Record<string, Uint8Array> {
    const inForce = [this.listed(this.passKey, "pass"), this.listed(this.credentialKey, "credential"), this.listed(this.statusKey, "status")]
    const keys = [...inForce, ...this.revoked]
    const issuers = { version: 1, env: "prod", generated_at: isoOf(SIGNED_AT), issuers: [{ iss: ISS, name: "Prueba", keys }] }
    const worlds = vectorsOf("verdict")["worlds"] as Readonly<Record<string, { policy: JsonObject }>>
    const files = { "issuers.json": issuers, "policy.json": worlds["usual"]?.policy, "clinics.json": { clinics: [] } }
    return Object.fromEntries(Object.entries(files).map(([name, value]) => [name, utf8Encode(JSON.stringify(value))]))
  }

  /** Distrusts the key that signs for this use, and goes on with another. */
  revoke(use: "pass" | "credential" | "status"): void {
    const name = `${use}Key` as const
    this.revoked.push({ ...this.listed(this[name], use), state: "revoked", distrust: { mode: "all" } })
    this[name] = newPair()
  }

  /** A device pass for somebody's phone, base64url. */
  async passFor({ x, y }: Pair["jwk"], iat: number): Promise<string> {
    const holder = await coseFromKey(await keyFromPoint(base64urlDecode(x), base64urlDecode(y)))
    return base64urlEncode(await this.pass({ profile: DEVICE, iat, exp: iat + 30 * DAY_S, holder }))
  }

  /** A credential for somebody's phone that hides nothing. */
  credentialFor({ x, y }: Pair["jwk"], iat: number): string {
    const header = { alg: "ES256", typ: "dc+sd-jwt", kid: this.credentialKey.kid }
    const cnf = { jwk: { kty: "EC", crv: "P-256", x, y } }
    return `${jwsOf(this.credentialKey, header, { iss: ISS, vct: "urn:test", iat, exp: iat + YEAR_S, cnf })}~`
  }

  /** The card of somebody's phone as the wallet keeps it, signed at SIGNED_AT. */
  async cardFor(jwk: Pair["jwk"]): Promise<TestCard> {
    const times = { passIat: SIGNED_AT, passExp: SIGNED_AT + 100_000, renewAt: null, renewedAt: SIGNED_AT }
    const details = { name: "ANA RUIZ", curp: "RUXA000101MDFZXNA0", assignedClinic: null, nearestClinics: [], entitlements: [] }
    const signed = { pass: await this.passFor(jwk, SIGNED_AT), credential: this.credentialFor(jwk, SIGNED_AT) }
    return { issuer: ISS, refreshToken: "rt", isWithdrawn: false, details, ...signed, ...times }
  }

  /** The digits that a phone shows at `now`, its pass renewed a minute ago. */
  async shown(now: number): Promise<string> {
    const pass = await this.pass({ profile: DEVICE, iat: now - 60, exp: now + 30 * DAY_S })
    const shown = { shownAt: now, clockQualityS: 0, sign: (message: Uint8Array) => Promise.resolve(rawSignature(this.phone, message)) }
    return textFromBytes(await present(pass, shown))
  }

  /** The digits of a card that was printed at `iat`. */
  async printed(iat: number): Promise<string> {
    const identity = { curp: "HEGM560427MVZRRL04", name: "NADIE" }
    return textFromBytes(await this.pass({ profile: PRINTED, iat, exp: iat + 5 * YEAR_S, identity }))
  }

  /** The first status list, in which nothing is revoked, signed at `iat`. */
  statusToken(iat: number): string {
    const lst = base64urlEncode(Uint8Array.from(deflateSync(new Uint8Array(LIST_SIZE / 8))))
    const header = { alg: "ES256", kid: this.statusKey.kid, typ: "statuslist+jwt" }
    const claims = { sub: `${ISS}/status/0`, iat, ttl: 3600, status_list: { bits: 1, lst } }
    return jwsOf(this.statusKey, header, claims)
  }

  /** A token of revocations, with claims of the caller's. */
  revocationsToken(claims: JsonObject): string {
    const header = { alg: "ES256", kid: this.statusKey.kid, typ: "revocations+jwt" }
    return jwsOf(this.statusKey, header, { sub: `${ISS}/status/revocations`, ttl: 3600, ...claims })
  }

  private async pass(said: Pick<Claims, "profile" | "iat" | "exp"> & Partial<Claims>): Promise<Uint8Array> {
    const { x, y } = this.phone.jwk
    const holder = await coseFromKey(await keyFromPoint(base64urlDecode(x), base64urlDecode(y)))
    const isDevice = said.profile === DEVICE
    const claims: Claims = {
      ...{ cti: new Uint8Array(12), hint: "XX0101", entitlements: [], assignedClinic: null, statusIndex: 7, identity: null },
      ...{ holder: isDevice ? holder : null, sealed: isDevice ? { number: 1, ciphertext: new Uint8Array(40) } : null },
      ...said,
    }
    const kid8 = base64urlDecode(this.passKey.kid).subarray(0, 8)
    return signPass(claims, { kid8, sign: (message) => Promise.resolve(rawSignature(this.passKey, message)) })
  }

  private listed({ jwk, kid }: Pair, use: string): JsonObject {
    const until = { sign_until: isoOf(SIGNED_AT + 5 * YEAR_S), accept_until: isoOf(SIGNED_AT + 10 * YEAR_S) }
    const from = { state: "active", sign_from: isoOf(SIGNED_AT - YEAR_S) }
    return { kid, jwk: { crv: "P-256", kty: "EC", ...jwk }, alg: "ES256", use: [use], ...from, ...until }
  }
}
