// What a clinic is told about a scanned text: is it real, whose is it, what are they entitled to here; always an answer.
//
// Trust fails closed and care fails open: nothing here says that somebody must not be cared for.
import { keyFromCose, verifySign1 } from "./cose"
import { birthDay } from "./curp"
import { dayAt } from "./days"
import { bytesFromText, hexFromBytes } from "./encoding"
import { answerAt } from "./entitlement"
import type { Answer, ClinicFacts, Rights } from "./entitlement"
import { Malformed } from "./errors"
import { isFragment } from "./fragment"
import { DEVICE, EPHEMERAL, PRINTED, parse, unseal } from "./qr-pass"
import type { Identity, Pass, Presentation } from "./qr-pass"
import { AGING, standingOf } from "./standing"
import type { SignedRevocations, Standing } from "./standing"
import { LIST_SIZE } from "./status-list"
import type { StatusList } from "./status-list"
import { keysFor, refusal } from "./trust"
import type { Trust } from "./trust"

export type VerdictWord = "valid" | "check_identity" | "stale" | "not_valid" | "not_a_pass"
export type Person = { readonly name: string; readonly curp: string } | { readonly hint: string }

/**
 * The answer; `reasons` are slugs, the weightiest first.
 *
 * person: name and CURP, or the hint when the identity is sealed to others; only when the issuer's word holds
 * ages:   whole seconds; clockSkewS is the phone's clock minus ours
 * cti:    hexadecimal, the key by which a second scan is noticed; never shown
 * rights: what the entitlement rests on, to be put to other clinics; never shown
 */
export interface Verdict {
  readonly verdict: VerdictWord
  readonly reasons: readonly string[]
  readonly demo: boolean
  readonly profile: number | null
  readonly person: Person | null
  readonly entitlement: Answer | null
  readonly assignedClinic: string | null
  readonly trustAgeS: number | null
  readonly statusAgeS: number | null
  readonly clockSkewS: number | null
  readonly cti: string | null
  readonly rights: Rights | null
}

/**
 * What the verdict rests on.
 *
 * status:      by number of the list
 * now:         seconds since 1970 by the verifier's clock
 * singleUse:   for ephemeral passes, whether this is the first use; null when nobody could be asked
 * revocations: of the whole country, where the verifier holds them beside its lists
 * challenge:   six digits that the phone was asked to answer with; no clock plays a part in what is proven then
 */
export interface Circumstances {
  readonly trust: Trust | null
  readonly status: ReadonlyMap<number, StatusList>
  readonly clinic: ClinicFacts | null
  readonly now: number
  readonly service?: string
  readonly singleUse?: boolean | null
  readonly revocations?: SignedRevocations | null
  readonly challenge?: string | null
}

/** A parsed pass and everything that its verdict rests on. */
interface Scan {
  readonly pass: Pass
  readonly shown: Presentation | null
  readonly trust: Trust
  readonly standing: Standing
  readonly now: number
  readonly later: number // now, or the floor when our own clock is behind it
  readonly singleUse: boolean | null
  readonly challenge: string | null
}

const NOTHING = {
  profile: null,
  person: null,
  entitlement: null,
  assignedClinic: null,
  trustAgeS: null,
  statusAgeS: null,
  clockSkewS: null,
  cti: null,
  rights: null,
} as const

/** The verdict on a scanned text (without white space around it), whatever the text is. */
export const verdict = async (text: string, circumstances: Circumstances): Promise<Verdict> => {
  const { trust, status, clinic, now, service = "general" } = circumstances
  const { singleUse = null, revocations = null, challenge = null } = circumstances
  const demo = trust?.env === "demo"
  const parsed = parsedFrom(text)
  if (typeof parsed === "string") return { ...NOTHING, verdict: "not_a_pass", reasons: [parsed], demo }
  if (trust === null) return { ...NOTHING, verdict: "stale", reasons: ["no-trust"], demo }
  const [pass, shown] = parsed.kind === "presentation" ? [parsed.pass, parsed] : [parsed, null]
  const { statusIndex } = pass.claims
  const later = Math.max(now, trust.floor)
  const listed = status.get(Math.floor(statusIndex / LIST_SIZE)) ?? null
  const limits = trust.policy.staleness
  const standing = standingOf(statusIndex, { listed, filed: revocations, limits, now: later })
  return judge({ pass, shown, trust, standing, now, later, singleUse, challenge }, clinic, service)
}

const judge = async (scan: Scan, clinic: ClinicFacts | null, service: string): Promise<Verdict> => {
  const signatureFault = (await issuerFault(scan)) ?? (await possessionFault(scan))
  if (signatureFault !== null) return answer(scan, "not_valid", [signatureFault])
  const identity = await identityOf(scan)
  const fault = identityFault(scan, identity) ?? dateFault(scan) ?? statusFault(scan)
  if (fault !== null) return answer(scan, "not_valid", [fault])
  const stale = staleReasons(scan)
  const possession = possessionReasons(scan)
  const isUnproven = possession.length > 0 && !isAnswered(scan)
  const word = stale.length > 0 ? "stale" : isUnproven ? "check_identity" : "valid"
  const { claims } = scan.pass
  const rights = rightsOf(scan, identity, service)
  return {
    ...answer(scan, word, [...stale, ...possession, ...informativeReasons(scan, identity)]),
    person: identity === null ? { hint: claims.hint } : { name: identity.name, curp: identity.curp },
    entitlement: answerAt(rights, clinic),
    assignedClinic: claims.assignedClinic,
    cti: hexFromBytes(claims.cti),
    rights,
  }
}

const parsedFrom = (text: string): Pass | Presentation | string => {
  try {
    return parse(bytesFromText(text))
  } catch (error) {
    if (error instanceof Malformed) return isFragment(text) ? "malformed" : error.slug
    throw error
  }
}

const answer = (scan: Scan, word: VerdictWord, reasons: readonly string[]): Verdict => ({
  ...NOTHING,
  verdict: word,
  reasons,
  demo: scan.trust.env === "demo",
  profile: scan.pass.claims.profile,
  trustAgeS: age(scan, scan.trust.refreshedAt),
  statusAgeS: scan.standing.ageS,
  clockSkewS: scan.shown && scan.shown.shownAt - scan.now,
})

const age = (scan: Scan, since: number): number => Math.max(0, scan.later - since)

const issuerFault = async (scan: Scan): Promise<string | null> => {
  const keys = keysFor(scan.trust, scan.pass.kid8)
  if (keys.length === 0) return "unknown-issuer"
  // 8 bytes of a kid can collide: the signature says which key it is.
  for (const key of keys) {
    if (await verifySign1(scan.pass.sign1, key.publicKey)) {
      return refusal(key, "pass", { iat: scan.pass.claims.iat, now: scan.later })
    }
  }
  return "bad-signature"
}

const possessionFault = async (scan: Scan): Promise<string | null> => {
  if (scan.pass.claims.profile !== DEVICE) return null
  if (scan.shown === null) return "presentation-missing"
  return (await isShownByHolder(scan.shown)) ? null : "bad-presentation"
}

const isShownByHolder = async (shown: Presentation): Promise<boolean> => {
  try {
    return await verifySign1(shown.sign1, await keyFromCose(shown.pass.claims.holder))
  } catch (error) {
    if (error instanceof Malformed) return false
    throw error
  }
}

const sealingKey = (scan: Scan): CryptoKey | null => {
  const { sealed } = scan.pass.claims
  return sealed && (scan.trust.sealing.get(sealed.number) ?? null)
}

const identityOf = async (scan: Scan): Promise<Identity | null> => {
  const { sealed, cti, identity } = scan.pass.claims
  const key = sealingKey(scan)
  if (sealed === null || key === null) return identity
  return unseal(sealed, { key, cti, protectedBytes: scan.pass.sign1.protectedBytes })
}

const identityFault = (scan: Scan, identity: Identity | null): string | null =>
  identity === null && sealingKey(scan) !== null ? "bad-identity" : null

const dateFault = (scan: Scan): string | null => {
  const { iat, exp, profile } = scan.pass.claims
  if (exp <= scan.later) return "expired"
  return exp - iat > (scan.trust.policy.lifetimes.get(profile) ?? 0) ? "lifetime-too-long" : null
}

const statusFault = ({ standing, pass, singleUse }: Scan): string | null => {
  if (standing.fault !== null) return standing.fault
  return pass.claims.profile === EPHEMERAL && singleUse === false ? "already-used" : null
}

const staleReasons = (scan: Scan): readonly string[] =>
  [clockReason(scan), trustReason(scan), statusReason(scan)].filter((reason) => reason !== null)

const clockReason = (scan: Scan): string | null => {
  const newest = Math.max(scan.trust.floor, scan.pass.claims.iat)
  return newest - scan.now > scan.trust.policy.clock.behindFloorS ? "clock-behind" : null
}

const trustReason = (scan: Scan): string | null => {
  const { refuseS, staleS } = scan.trust.policy.staleness
  const ageS = age(scan, scan.trust.refreshedAt)
  if (ageS > refuseS) return "trust-expired"
  return ageS > staleS ? "trust-stale" : null
}

const statusReason = ({ standing: { doubt } }: Scan): string | null => (doubt === AGING ? null : doubt)

/** Why it is not proven who holds the pass; or that it is, by an answer. */
const possessionReasons = (scan: Scan): readonly string[] => {
  if (isAnswered(scan)) return ["challenge-met"]
  const unproven = unprovenReasons(scan)
  return scan.challenge === null ? unproven : ["challenge-unanswered", ...unproven]
}

/** Whether the phone answers what it was asked: possession is proven then, whatever its clock says. */
const isAnswered = ({ challenge, shown }: Scan): boolean =>
  challenge !== null && shown !== null && shown.challenge === challenge

const unprovenReasons = (scan: Scan): readonly string[] => {
  const { profile } = scan.pass.claims
  if (profile === PRINTED) return ["printed"]
  if (profile === EPHEMERAL && scan.singleUse === null) return ["single-use-unproven"]
  return scan.shown === null ? [] : freshnessReasons(scan, scan.shown)
}

const freshnessReasons = (scan: Scan, shown: Presentation): readonly string[] => {
  const { presentationS, skewS, qualityCapS } = scan.trust.policy.clock
  const slackS = skewS + Math.min(shown.clockQualityS ?? 0, qualityCapS)
  if (scan.now - shown.shownAt > presentationS + slackS) return ["presentation-stale"]
  return shown.shownAt - scan.now > slackS ? ["clock-skewed"] : []
}

const informativeReasons = (scan: Scan, identity: Identity | null): readonly string[] => {
  const { warnS } = scan.trust.policy.staleness
  const reasons: string[] = []
  if (age(scan, scan.trust.refreshedAt) > warnS && trustReason(scan) === null) reasons.push("trust-aging")
  if (scan.standing.doubt === AGING) reasons.push(AGING)
  if (identity === null) reasons.push("identity-sealed")
  return reasons
}

const rightsOf = (scan: Scan, identity: Identity | null, service: string): Rights => {
  const { entitlements, assignedClinic } = scan.pass.claims
  return {
    table: scan.trust.policy.table,
    entitlements,
    assignedClinic,
    service,
    onDay: dayAt(scan.later),
    birthDay: identity && birthDay(identity.curp),
  }
}
