/**
 * The code that each reason carries on the screen, for the telephone line: it never changes once published.
 *
 * R-1xx not a credential, R-2xx not valid, R-3xx check identity, R-4xx stale, R-5xx informative.
 */
const CODES = {
  "not-a-pass": "R-101",
  malformed: "R-102",
  "unknown-issuer": "R-201",
  "bad-signature": "R-202",
  expired: "R-203",
  revoked: "R-204",
  "bad-presentation": "R-205",
  "presentation-missing": "R-206",
  "lifetime-too-long": "R-207",
  "status-out-of-range": "R-208",
  "already-used": "R-209",
  "bad-identity": "R-210",
  "wrong-key-use": "R-211",
  "key-revoked": "R-212",
  "key-not-in-force": "R-213",
  "key-retired": "R-214",
  printed: "R-301",
  "single-use-unproven": "R-302",
  "presentation-stale": "R-303",
  "clock-skewed": "R-304",
  "challenge-unanswered": "R-305",
  "no-trust": "R-401",
  "clock-behind": "R-402",
  "trust-stale": "R-403",
  "trust-expired": "R-404",
  "status-missing": "R-405",
  "status-stale": "R-406",
  "status-expired": "R-407",
  "trust-aging": "R-501",
  "status-aging": "R-502",
  "identity-sealed": "R-503",
  "challenge-met": "R-504",
} as const;

export type Reason = keyof typeof CODES;

export const REASONS: readonly Reason[] = Object.keys(CODES) as Reason[];

export function isReason(slug: string): slug is Reason {
  return Object.hasOwn(CODES, slug);
}

/** The code to say on the telephone; R-000 for a reason that this version does not know. */
export function codeOf(slug: string): string {
  return isReason(slug) ? CODES[slug] : "R-000";
}
