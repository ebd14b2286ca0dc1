import { describe, expect, it } from "vitest"
import { cborValue, jsonForm, outcomeOf, vectorsOf } from "../testing/vectors"
import { coseFromKey, keyFromCose, keyFromPoint, parseSign1, signSign1, toBeSigned, verifySign1 } from "./cose"
import { bytesFromHex, hexFromBytes } from "./encoding"
import type { CborMap } from "./encoding"

interface Input {
  readonly hex: string
  readonly key: unknown
  readonly x: string
  readonly y: string
  readonly protected: unknown
  readonly protected_bytes: string
  readonly payload: string
  readonly signature: string
}

const pointOf = async (key: CryptoKey): Promise<{ x: string; y: string }> => {
  const point = hexFromBytes(new Uint8Array(await crypto.subtle.exportKey("raw", key)))
  return { x: point.slice(2, 66), y: point.slice(66) }
}

const parsed = ({ hex }: Input): unknown => {
  const sign1 = parseSign1(bytesFromHex(hex))
  return {
    protected: jsonForm(sign1.protected),
    protected_bytes: hexFromBytes(sign1.protectedBytes),
    payload: hexFromBytes(sign1.payload),
    signature: hexFromBytes(sign1.signature),
  }
}

const CALLS: Record<string, (input: Input) => unknown> = {
  parse_sign1: parsed,
  to_be_signed: (input) => hexFromBytes(toBeSigned(bytesFromHex(input.protected_bytes), bytesFromHex(input.payload))),
  sign_sign1: async (input) =>
    hexFromBytes(
      await signSign1(cborValue(input.protected) as CborMap, bytesFromHex(input.payload), () =>
        Promise.resolve(bytesFromHex(input.signature)),
      ),
    ),
  verify_sign1: async (input) => verifySign1(parseSign1(bytesFromHex(input.hex)), await keyFromCose(cborValue(input.key))),
  key_from_cose: async (input) => pointOf(await keyFromCose(cborValue(input.key))),
  cose_from_key: async ({ x, y }) => jsonForm(await coseFromKey(await keyFromPoint(bytesFromHex(x), bytesFromHex(y)))),
}

describe("shared vectors", () => {
  it.each(vectorsOf("cose").cases.map((row) => [row.id, row] as const))("%s", async (_, row) => {
    const { expect: expected, output } = await outcomeOf(() => CALLS[row.call]!(row.input as unknown as Input))
    expect(expected).toBe(row.expect)
    if (row.expect === "valid") expect(output).toEqual(row.output)
  })
})
