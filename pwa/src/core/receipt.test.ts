import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { outcomeOf, vectorsOf } from "../testing/vectors"
import { verifySign1 } from "./cose"
import { bytesFromHex, hexFromBytes } from "./encoding"
import { digestOf, parseReceipt, scannedAt, signReceipt, type Receipt } from "./receipt"
import type { VerdictWord } from "./verdict"

interface Row {
  readonly device: string
  readonly number: number
  readonly previous: string | null
  readonly device_at: number
  readonly skew_s: number | null
  readonly clinic: string | null
  readonly verdict: VerdictWord
  readonly reason: string | null
  readonly service: string | null
  readonly seen: { readonly profile: number; readonly cti: string; readonly status_index: number } | null
}

interface Input {
  readonly hex: string
  readonly receipt: Row
  readonly signature: string
}

const receiptFrom = ({ device, previous, device_at, skew_s, seen, ...row }: Row): Receipt => ({
  ...row,
  device: bytesFromHex(device),
  previous: previous === null ? null : bytesFromHex(previous),
  deviceAt: device_at,
  skewS: skew_s,
  seen: seen && { profile: seen.profile, cti: bytesFromHex(seen.cti), statusIndex: seen.status_index },
})

const rowOf = ({ device, previous, deviceAt, skewS, seen, ...row }: Receipt): Row => ({
  ...row,
  device: hexFromBytes(device),
  previous: previous && hexFromBytes(previous),
  device_at: deviceAt,
  skew_s: skewS,
  seen: seen && { profile: seen.profile, cti: hexFromBytes(seen.cti), status_index: seen.statusIndex },
})

const CALLS: Record<string, (input: Input) => unknown> = {
  parse_receipt: async ({ hex }) => {
    const { receipt } = parseReceipt(bytesFromHex(hex))
    return { ...rowOf(receipt), scanned_at: scannedAt(receipt), digest: hexFromBytes(await digestOf(bytesFromHex(hex))) }
  },
  sign_receipt: async ({ receipt, signature }) =>
    hexFromBytes(await signReceipt(receiptFrom(receipt), () => Promise.resolve(bytesFromHex(signature)))),
}

const { cases, counter } = vectorsOf("receipt")
const firstHex = (cases.find(({ id }) => id === "parse-first")!.input as unknown as Input).hex

describe("shared vectors", () => {
  it.each(cases.map((row) => [row.id, row] as const))("%s", async (_, row) => {
    const { expect: expected, output } = await outcomeOf(() => CALLS[row.call]!(row.input as unknown as Input))
    expect(expected).toBe(row.expect)
    if (row.expect === "valid") expect(output).toEqual(row.output)
  })
})

describe("a receipt", () => {
  it("is its counter's own word", async () => {
    const algorithm = { name: "ECDSA", namedCurve: "P-256" } as const
    const key = await globalThis.crypto.subtle.importKey("jwk", counter as JsonWebKey, algorithm, true, ["verify"])
    const { sign1 } = parseReceipt(bytesFromHex(firstHex))
    expect(await verifySign1(sign1, key)).toBe(true)
    const other = { ...sign1, payload: sign1.payload.slice().fill(0, 40, 41) }
    expect(await verifySign1(other, key)).toBe(false)
  })

  it("with a changed byte is another one, or none", () => {
    const good = bytesFromHex(firstHex)
    fc.assert(
      fc.property(fc.nat({ max: good.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const bent = good.slice()
        bent[at]! ^= change
        try {
          expect(parseReceipt(bent)).not.toEqual(parseReceipt(good))
        } catch (error) {
          expect(error).toMatchObject({ slug: "malformed" })
        }
      }),
    )
  })
})
