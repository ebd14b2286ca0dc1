// How a credential stands by what a verifier holds: its status list, and the revocations of the whole country.
//
// Either of them is believed when it says that the credential is revoked, however old it is. That it is not revoked is as
// fresh as the better of the two that speak of it, and no fresher: one that is missing, too old or past its own end does
// not stand in the way of the other.
import { Malformed } from "./errors"
import { checkAgrees, isRevoked, openRevocations } from "./revocations"
import type { Opening, Revocations, RevocationsToken } from "./revocations"
import { LIST_SIZE, VALID, statusAt } from "./status-list"
import type { StatusList } from "./status-list"
import type { Staleness } from "./trust"

export const [MISSING, AGING, STALE, EXPIRED] = ["status-missing", "status-aging", "status-stale", "status-expired"] as const

const BY_WEIGHT = [null, AGING, STALE, EXPIRED] as const

type Doubt = (typeof BY_WEIGHT)[number] | typeof MISSING

/** A file of revocations, and the verified token that names it. */
export interface SignedRevocations {
  readonly token: RevocationsToken
  readonly file: Revocations
}

/**
 * What is known of one credential.
 *
 * fault: the slug that says why it does not hold, or null
 * doubt: the slug that says why this is not known as well as it should be, or null
 * ageS:  since what this rests on was signed, in whole seconds; null when nothing speaks of it
 */
export interface Standing {
  readonly fault: string | null
  readonly doubt: Doubt
  readonly ageS: number | null
}

/**
 * What a standing rests on.
 *
 * listed: the list that the index is in
 * filed:  the revocations of the country, which may not have that list
 * now:    in seconds since 1970
 */
export interface Grounds {
  readonly listed: StatusList | null
  readonly filed: SignedRevocations | null
  readonly limits: Staleness
  readonly now: number
}

/**
 * The file that a verified token names; `pause` is as in openRevocations.
 *
 * Throws: as openRevocations and checkAgrees
 */
export const openSigned = async (
  token: RevocationsToken,
  encoded: Uint8Array,
  opening: Pick<Opening, "pause"> = {},
): Promise<SignedRevocations> => {
  const file = await openRevocations(encoded, { ...opening, expectedSha256: token.sha256 })
  checkAgrees(token, file)
  return { token, file }
}

/** How the credential with this status index stands. */
export const standingOf = (statusIndex: number, { listed, filed, limits, now }: Grounds): Standing => {
  const said = filed !== null && Math.floor(statusIndex / LIST_SIZE) < filed.file.lists.length ? filed : null
  const fault = said !== null && isRevoked(said.file, statusIndex) ? "revoked" : listFault(listed, statusIndex)
  const [best] = [listed, said?.token ?? null]
    .flatMap((signed) => (signed === null ? [] : [weighed(signed, limits, now)]))
    .sort((one, other) => one.weight - other.weight || one.ageS - other.ageS)
  if (best === undefined) return { fault, doubt: MISSING, ageS: null }
  return { fault, doubt: BY_WEIGHT[best.weight], ageS: best.ageS }
}

const listFault = (listed: StatusList | null, statusIndex: number): string | null => {
  try {
    return listed === null || statusAt(listed, statusIndex % LIST_SIZE) === VALID ? null : "revoked"
  } catch (error) {
    if (error instanceof Malformed) return error.slug
    throw error
  }
}

type Weight = 0 | 1 | 2 | 3

/** How much is wrong with the age of what was signed then, as a place in BY_WEIGHT; and the age itself. */
const weighed = (
  { iat, exp }: Pick<StatusList, "iat" | "exp">,
  { warnS, staleS, refuseS }: Staleness,
  now: number,
): { readonly weight: Weight; readonly ageS: number } => {
  const ageS = Math.max(0, now - iat)
  if (ageS > refuseS) return { weight: 3, ageS }
  // A token past its own end is not relied on (draft-ietf-oauth-status-list §8.3), whatever its age.
  if (ageS > staleS || (exp !== null && now >= exp)) return { weight: 2, ageS }
  return { weight: ageS > warnS ? 1 : 0, ageS }
}
