import { describe, expect, it } from "vitest"
import { outcomeOf, vectorsOf } from "../testing/vectors"
import { base64urlEncode, hexFromBytes, utf8Encode } from "./encoding"
import { keysFor, makeTrust, parseIssuers, parsePolicy, refusal, secondsFromIso, thumbprint } from "./trust"
import type { Issuers, Jwk, Policy } from "./trust"

interface Input {
  readonly json: string
  readonly issuers: string
  readonly policy: string
  readonly use: string
  readonly iat: number
  readonly text: string
  readonly jwk: Jwk
}

const issuersForm = ({ version, env, generatedAt, keys }: Issuers): unknown => ({
  version,
  env,
  generated_at: generatedAt,
  keys: keys.map((key) => ({
    iss: key.iss,
    kid: key.kid,
    kid8: hexFromBytes(key.kid8),
    use: [...key.use].sort(),
    state: key.state,
    sign_from: key.signFrom,
    sign_until: key.signUntil,
    accept_until: key.acceptUntil,
    distrust: key.distrust,
  })),
})

const policyForm = ({ version, env, staleness, clock, lifetimes, statusBase, table }: Policy): unknown => ({
  version,
  env,
  staleness: { warn_s: staleness.warnS, stale_s: staleness.staleS, refuse_s: staleness.refuseS },
  clock: {
    presentation_s: clock.presentationS,
    skew_s: clock.skewS,
    quality_cap_s: clock.qualityCapS,
    behind_floor_s: clock.behindFloorS,
  },
  lifetimes: Object.fromEntries(lifetimes),
  status_base: statusBase,
  table_version: table.version,
})

const NOTHING = { refreshedAt: 0, floor: 0, sealing: new Map<number, CryptoKey>() }

const CALLS: Record<string, (input: Input, now: number) => unknown> = {
  parse_issuers: async ({ json }) => issuersForm(await parseIssuers(utf8Encode(json))),
  parse_policy: ({ json }) => policyForm(parsePolicy(utf8Encode(json))),
  make_trust: async ({ issuers, policy }) => {
    const trust = makeTrust(await parseIssuers(utf8Encode(issuers)), parsePolicy(utf8Encode(policy)), NOTHING)
    return { env: trust.env, kid8s: [...trust.keys.keys()].sort() }
  },
  refusal: async ({ issuers, use, iat }, now) =>
    refusal((await parseIssuers(utf8Encode(issuers))).keys[0]!, use, { iat, now }),
  seconds_from_iso: ({ text }) => secondsFromIso(text),
  thumbprint: async ({ jwk }) => base64urlEncode(await thumbprint(jwk)),
}

describe("shared vectors", () => {
  it.each(vectorsOf("trust").cases.map((row) => [row.id, row] as const))("%s", async (_, row) => {
    const call = (): unknown => CALLS[row.call]!(row.input as unknown as Input, row.now ?? 0)
    const { expect: expected, output } = await outcomeOf(call)
    expect(expected).toBe(row.expect)
    if (row.expect === "valid") expect(output).toEqual(row.output)
  })
})

describe("keysFor", () => {
  it("finds no key under bytes that name none", async () => {
    const usual = vectorsOf("trust").cases.find((row) => row.id === "trust-usual")!.input as unknown as Input
    const trust = makeTrust(await parseIssuers(utf8Encode(usual.issuers)), parsePolicy(utf8Encode(usual.policy)), NOTHING)
    expect(keysFor(trust, new Uint8Array(8))).toEqual([])
    expect(keysFor(trust, trust.keys.values().next().value![0]!.kid8)).toHaveLength(1)
  })
})
