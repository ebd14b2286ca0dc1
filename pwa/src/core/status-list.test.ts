import { describe, expect, it } from "vitest"
import { outcomeOf, vectorsOf } from "../testing/vectors"
import { base64urlDecode, bytesFromHex, hexFromBytes, utf8Encode } from "./encoding"
import { MAX_TOKEN, makeStatusList, numberOf, parseStatusToken, statusAt, unpack } from "./status-list"
import { parseIssuers } from "./trust"

interface Input {
  readonly lst: string
  readonly raw: string
  readonly bits: number
  readonly index: number
  readonly uri: string
  readonly token: string
  readonly expected_uri: string
}

const vectors = vectorsOf("status_list")
const { keys } = await parseIssuers(utf8Encode(JSON.stringify(vectors["issuers"])))

/** Long byte arrays are written as a number of zeros and what comes after them. */
const form = (raw: Uint8Array): unknown => {
  const zeros = raw.findIndex((byte) => byte !== 0)
  const first = zeros < 0 ? raw.length : zeros
  return raw.length > 1024 ? { zeros: first, then: hexFromBytes(raw.subarray(first)) } : hexFromBytes(raw)
}

const CALLS: Record<string, (input: Input) => unknown> = {
  unpack: async ({ lst }) => form(await unpack(base64urlDecode(lst))),
  status_at: ({ raw, bits, index }) =>
    statusAt(makeStatusList("/status/0", bytesFromHex(raw), { bits, iat: 0, exp: null, ttl: null }), index),
  number_of: ({ uri }) => numberOf(uri),
  parse_status_token: async ({ token, expected_uri }) => {
    const list = await parseStatusToken(token, { keys, expectedUri: expected_uri })
    return { ...list, raw: form(list.raw) }
  },
}

describe("shared vectors", () => {
  // Lists are packed where they are published, by the other core only.
  const cases = vectors.cases.filter((row) => row.call !== "pack_statuses")
  it.each(cases.map((row) => [row.id, row] as const))("%s", async (_, row) => {
    const { expect: expected, output } = await outcomeOf(() => CALLS[row.call]!(row.input as unknown as Input))
    expect(expected).toBe(row.expect)
    if (row.expect === "valid") expect(output).toEqual(row.output)
  })
})

describe("a status list", () => {
  const list = makeStatusList("/status/0", bytesFromHex("b9a3"), { bits: 1, iat: 0, exp: null, ttl: null })

  it("has no status at half an index (C02)", () => {
    expect(() => statusAt(list, 0.5)).toThrow("status-out-of-range")
  })

  it("has statuses of 1, 2, 4 or 8 bits", () => {
    expect(() => makeStatusList("/status/0", list.raw, { ...list, bits: 3 })).toThrow("bits")
  })

  it("is not read from a token that is too long", async () => {
    const token = "a".repeat(MAX_TOKEN + 1)
    await expect(parseStatusToken(token, { keys, expectedUri: "/status/0" })).rejects.toThrow("compact")
  })
})
