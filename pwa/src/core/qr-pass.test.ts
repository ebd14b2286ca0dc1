import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { cborValue, jsonForm, outcomeOf, vectorsOf } from "../testing/vectors"
import { sealingKey } from "../testing/worlds"
import { bytesFromHex, hexFromBytes, textFromBytes } from "./encoding"
import { cutName, hintOf, parse, passClaims, present, seal, signPass, unseal } from "./qr-pass"
import type { Claims, Identity, Pass } from "./qr-pass"

interface Row {
  readonly profile: number
  readonly iat: number
  readonly exp: number
  readonly cti: string
  readonly holder: unknown
  readonly hint: string
  readonly entitlements: readonly [number, number, number | null][]
  readonly assigned_clinic: string | null
  readonly status_index: number
  readonly sealed: { readonly number: number; readonly ciphertext: string } | null
  readonly identity: Identity | null
}

interface Input {
  readonly hex: string
  readonly claims: Row
  readonly pass: string
  readonly shown_at: number
  readonly clock_quality_s: number | null
  readonly challenge?: string
  readonly signature: string
  readonly key: string
  readonly cti: string
  readonly protected_bytes: string
  readonly number: number
  readonly identity: Identity
  readonly ciphertext: string
  readonly name: string
  readonly given_names: string
  readonly first_surname: string
  readonly second_surname: string | null
  readonly birth_mmdd: string
}

const claimsFrom = (row: Row): Claims => ({
  profile: row.profile,
  iat: row.iat,
  exp: row.exp,
  cti: bytesFromHex(row.cti),
  holder: cborValue(row.holder),
  hint: row.hint,
  entitlements: row.entitlements.map(([institution, role, untilDay]) => ({ institution, role, untilDay })),
  assignedClinic: row.assigned_clinic,
  statusIndex: row.status_index,
  sealed: row.sealed && { number: row.sealed.number, ciphertext: bytesFromHex(row.sealed.ciphertext) },
  identity: row.identity,
})

const rowOf = ({ kid8, claims }: Pass): unknown => ({
  kid8: hexFromBytes(kid8),
  profile: claims.profile,
  iat: claims.iat,
  exp: claims.exp,
  cti: hexFromBytes(claims.cti),
  holder: jsonForm(claims.holder),
  hint: claims.hint,
  entitlements: claims.entitlements.map(({ institution, role, untilDay }) => [institution, role, untilDay]),
  assigned_clinic: claims.assignedClinic,
  status_index: claims.statusIndex,
  sealed: claims.sealed && { number: claims.sealed.number, ciphertext: hexFromBytes(claims.sealed.ciphertext) },
  identity: claims.identity,
})

const parsed = ({ hex }: Input): unknown => {
  const found = parse(bytesFromHex(hex))
  if (found.kind === "pass") return rowOf(found)
  const { shownAt, clockQualityS, challenge } = found
  return { shown_at: shownAt, clock_quality_s: clockQualityS, challenge, pass: rowOf(found.pass) }
}

const sealing = async (input: Input): Promise<{ key: CryptoKey; number: number; cti: Uint8Array; protectedBytes: Uint8Array }> => ({
  key: await sealingKey(bytesFromHex(input.key)),
  number: input.number,
  cti: bytesFromHex(input.cti),
  protectedBytes: bytesFromHex(input.protected_bytes),
})

const CALLS: Record<string, (input: Input) => unknown> = {
  parse: parsed,
  pass_claims: ({ claims }) => hexFromBytes(passClaims(claimsFrom(claims))),
  present: async (input) =>
    hexFromBytes(
      await present(bytesFromHex(input.pass), {
        shownAt: input.shown_at,
        clockQualityS: input.clock_quality_s,
        challenge: input.challenge ?? null,
        sign: () => Promise.resolve(bytesFromHex(input.signature)),
      }),
    ),
  seal: async (input) => hexFromBytes((await seal(input.identity, await sealing(input))).ciphertext),
  unseal: async (input) =>
    unseal({ number: input.number, ciphertext: bytesFromHex(input.ciphertext) }, await sealing(input)),
  hint_of: (input) => hintOf([input.given_names, input.first_surname, input.second_surname], input.birth_mmdd),
  cut_name: ({ name }) => cutName(name),
  text_from_bytes: ({ hex }) => textFromBytes(bytesFromHex(hex)),
}

const cases = vectorsOf("qr_pass").cases

describe("shared vectors", () => {
  it.each(cases.map((row) => [row.id, row] as const))("%s", async (_, row) => {
    const { expect: expected, output } = await outcomeOf(() => CALLS[row.call]!(row.input as unknown as Input))
    expect(expected).toBe(row.expect)
    if (row.expect === "valid") expect(output).toEqual(row.output)
  })
})

describe("a pass", () => {
  const identity = fc.record({ curp: fc.stringMatching(/^[A-Z0-9]{18}$/), name: fc.stringMatching(/^[A-ZÑÁÉÍÓÚ ]{1,40}$/) })
  const printed = fc.record<Claims>({
    profile: fc.constant(3),
    iat: fc.nat({ max: 2 ** 31 - 1 }),
    exp: fc.integer({ min: 2 ** 31, max: 2 ** 40 - 1 }),
    cti: fc.uint8Array({ minLength: 12, maxLength: 12 }),
    holder: fc.constant(null),
    hint: fc.stringMatching(/^[A-ZÑ]{1,3}[0-9]{4}$/),
    entitlements: fc.array(
      fc.record({
        institution: fc.nat({ max: 999 }),
        role: fc.constantFrom(1, 2, 3),
        untilDay: fc.option(fc.nat({ max: 9_999_999 })),
      }),
      { maxLength: 8 },
    ),
    assignedClinic: fc.option(fc.stringMatching(/^[A-Z]{5}[0-9]{6}$/)),
    statusIndex: fc.nat({ max: 2 ** 40 - 1 }),
    sealed: fc.constant(null),
    identity,
  })

  it("parses into the claims that it was made of", async () => {
    const signature = new Uint8Array(64)
    await fc.assert(
      fc.asyncProperty(printed, async (claims) => {
        const kid8 = new Uint8Array(8)
        const bytes = await signPass(claims, { kid8, sign: () => Promise.resolve(signature) })
        expect((parse(bytes) as Pass).claims).toEqual(claims)
      }),
    )
  })

  it("is not made without anybody's identity", () => {
    fc.assert(fc.property(printed, (claims) => {
        expect(() => passClaims({ ...claims, identity: null })).toThrow("not a row")
      }),
    )
  })
})
