import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { cborValue, jsonForm, outcomeOf, vectorsOf } from "../testing/vectors"
import {
  MAX_BYTES,
  base64urlDecode,
  base64urlEncode,
  bytesFromHex,
  bytesFromText,
  decodeCbor,
  encodeCbor,
  hexFromBytes,
  isSame,
  strictJson,
  textFromBytes,
} from "./encoding"
import type { CborValue } from "./encoding"

interface Input {
  readonly hex: string
  readonly text: string
  readonly value: unknown
  readonly max_depth?: number
  readonly max_bytes?: number
}

const CALLS: Record<string, (input: Input) => unknown> = {
  decode_cbor: ({ hex, max_depth, max_bytes }) =>
    jsonForm(decodeCbor(bytesFromHex(hex), { ...(max_depth && { maxDepth: max_depth }), ...(max_bytes && { maxBytes: max_bytes }) })),
  encode_cbor: ({ value }) => hexFromBytes(encodeCbor(cborValue(value))),
  text_from_bytes: ({ hex }) => textFromBytes(bytesFromHex(hex)),
  bytes_from_text: ({ text }) => hexFromBytes(bytesFromText(text)),
  base64url_encode: ({ hex }) => base64urlEncode(bytesFromHex(hex)),
  base64url_decode: ({ text }) => hexFromBytes(base64urlDecode(text)),
  strict_json: ({ text, hex }: Partial<Input>) => strictJson(hex === undefined ? (text ?? "") : bytesFromHex(hex)),
}

describe("shared vectors", () => {
  it.each(vectorsOf("encoding").cases.map((row) => [row.id, row] as const))("%s", async (_, row) => {
    const { expect: expected, output } = await outcomeOf(() => CALLS[row.call]!(row.input as unknown as Input))
    expect(expected).toBe(row.expect)
    if (row.expect === "valid") expect(output).toEqual(row.output)
  })
})

const key = fc.oneof(fc.maxSafeInteger(), fc.string())
const { value: anyValue } = fc.letrec<{ value: CborValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(null, true, false),
    fc.maxSafeInteger(),
    fc.string({ unit: "grapheme" }),
    fc.uint8Array({ maxLength: 64 }),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.array(fc.tuple(key, tie("value")), { maxLength: 4 }).map((entries) => new Map(entries)),
  ),
}))

describe("codecs", () => {
  it("decode what they encode", () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const encoded = encodeCbor(value)
        expect(hexFromBytes(encodeCbor(decodeCbor(encoded, { maxBytes: 1 << 20 })))).toBe(hexFromBytes(encoded))
      }),
    )
  })

  it("read CBOR in one spelling: bytes that decode are the bytes that encode again", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 24 }), (raw) => {
        try {
          expect(encodeCbor(decodeCbor(raw))).toEqual(raw)
        } catch (error) {
          expect(error).toMatchObject({ slug: "malformed" })
        }
      }),
      { numRuns: 2000 },
    )
  })

  it("carry any bytes as digits", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: MAX_BYTES }), (raw) => isSame(bytesFromText(textFromBytes(raw)), raw)))
  })

  it("carry any bytes as base64url", () => {
    fc.assert(fc.property(fc.uint8Array(), (raw) => isSame(base64urlDecode(base64urlEncode(raw)), raw)))
  })

  it("read JSON as JSON.parse does, when they read it at all", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        try {
          expect(strictJson(text)).toEqual(JSON.parse(text))
        } catch (error) {
          expect(error).toMatchObject({ slug: "malformed" })
        }
      }),
    )
  })

  it("read hexadecimal in lower case and whole bytes only", () => {
    for (const text of ["A0", "a", "0x", "zz"]) expect(() => bytesFromHex(text)).toThrow("hexadecimal")
  })

  it("refuse a bomb of nested arrays at once", () => {
    expect(() => decodeCbor(new Uint8Array(1024).fill(0x81))).toThrow("too deep")
  })
})
