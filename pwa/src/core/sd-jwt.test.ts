import { expect, test } from "vitest"
import { outcomeOf, vectorsOf } from "../testing/vectors"
import { keyFromPoint } from "./cose"
import { base64urlDecode } from "./encoding"
import { type Binding, verify } from "./sd-jwt"

interface Input {
  readonly encoded: string
  readonly keys: Readonly<Record<string, { x: string; y: string }>>
  readonly binding: { audience: string; nonce: string; max_age_s: number } | null
  readonly typ: string
  readonly required: string[]
}

const bindingOf = (raw: Input["binding"]): Binding | null =>
  raw && { audience: raw.audience, nonce: raw.nonce, maxAgeS: raw.max_age_s }

const verified = async (input: Input, now: number): Promise<unknown> => {
  const keys = new Map<string, CryptoKey>()
  for (const [kid, { x, y }] of Object.entries(input.keys)) {
    keys.set(kid, await keyFromPoint(base64urlDecode(x), base64urlDecode(y)))
  }
  const { claims } = await verify(input.encoded, {
    findKey: (kid) => keys.get(kid ?? "") ?? null,
    now,
    binding: bindingOf(input.binding),
    expectedTyp: input.typ,
    required: input.required,
  })
  return claims
}

const cases = vectorsOf("sd_jwt").cases

test.each(cases.filter(({ call }) => call === "verify").map((item) => [item.id, item] as const))(
  "%s",
  async (_, { input, now, expect: slug, output }) => {
    const outcome = await outcomeOf(() => verified(input as unknown as Input, now ?? 0))
    expect(outcome).toEqual(slug === "valid" ? { expect: slug, output } : { expect: slug })
  },
)

test.each(cases.filter(({ call, expect: slug }) => call === "issue" && slug === "valid").map((item) => [item.id, item] as const))(
  "what Python issues is whole here: %s",
  async (_, { input, output }) => {
    const good = cases.find(({ id }) => id === "all-disclosed")!
    const { keys } = good.input as unknown as Input
    const issued = { encoded: output as string, keys, binding: null, typ: "dc+sd-jwt", required: ["iss", "vct", "exp"] }
    expect(await verified(issued, good.now!)).toEqual((input as unknown as { claims: unknown }).claims)
  },
)

test("any changed character is refused with a slug", async () => {
  const { input, now } = cases.find(({ id }) => id === "all-disclosed")!
  const whole = input as unknown as Input
  for (let at = 0; at < whole.encoded.length; at += 7) {
    const other = whole.encoded[at] === "A" ? "B" : "A"
    const encoded = whole.encoded.slice(0, at) + other + whole.encoded.slice(at + 1)
    const outcome = await outcomeOf(() => verified({ ...whole, encoded }, now!))
    expect(outcome.expect, `character ${at}`).not.toBe("valid")
  }
})
