import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { outcomeOf, vectorsOf } from "../testing/vectors"
import { bytesFromHex, hexFromBytes, utf8Encode } from "./encoding"
import {
  applyDelta,
  checkAgrees,
  isRevoked,
  MAX_ADDED,
  MAX_BYTES,
  openRevocations,
  parseRevocationsToken,
  revokedIn,
} from "./revocations"
import type { Revocations } from "./revocations"
import { packSet, riceParameter } from "./rice"
import { LIST_SIZE } from "./status-list"
import { parseIssuers } from "./trust"

interface Input {
  readonly count: number
  readonly size: number
  readonly file: string
  readonly delta: string
  readonly sha256: string
  readonly index: number
  readonly lists: number
  readonly token: string
  readonly expected_uri: string
  readonly held: { readonly iat: number; readonly lists: number } | null
}

const vectors = vectorsOf("revocations")
const { keys } = await parseIssuers(utf8Encode(JSON.stringify(vectors["issuers"])))

const sha256 = async (raw: Uint8Array<ArrayBuffer>): Promise<string> =>
  hexFromBytes(new Uint8Array(await crypto.subtle.digest("SHA-256", raw)))

const opened = async (file: string | Uint8Array): Promise<Revocations> => {
  const raw = new Uint8Array(typeof file === "string" ? bytesFromHex(file) : file)
  return openRevocations(raw, { expectedSha256: await sha256(raw) })
}

const filed = (lists: readonly Uint32Array[]): Uint8Array => {
  const counts = lists.flatMap(({ length }) => [length >> 16, (length >> 8) & 255, length & 255])
  return Uint8Array.from([1, 0, lists.length, ...counts, ...lists.flatMap((list) => [...packSet(list, LIST_SIZE)])])
}

const CALLS: Record<string, (input: Input) => unknown> = {
  rice_parameter: ({ count, size }) => riceParameter(count, size),
  open_revocations: async (given) => {
    const read = await openRevocations(bytesFromHex(given.file), { expectedSha256: given.sha256 })
    return read.lists.map((_, number) => [...revokedIn(read, number)])
  },
  is_revoked: async ({ file, index }) => isRevoked(await opened(file), index),
  apply_delta: async (given) => {
    const made = await applyDelta(await opened(given.file), bytesFromHex(given.delta), { expectedSha256: given.sha256 })
    return hexFromBytes(made.bits.bytes)
  },
  parse_revocations_token: ({ token, expected_uri, held }) =>
    parseRevocationsToken(token, { keys, expectedUri: expected_uri, held: held ?? undefined }),
  check_agrees: async ({ file, size, lists }) => {
    checkAgrees({ size, lists }, await opened(file))
    return null
  },
}

describe("shared vectors", () => {
  // Files and deltas are made where they are published, by the other core only.
  const cases = vectors.cases.filter((row) => !row.call.startsWith("pack_"))
  it.each(cases.map((row) => [row.id, row] as const))("%s", async (_, row) => {
    const { expect: expected, output } = await outcomeOf(() => CALLS[row.call]!(row.input as unknown as Input))
    expect(expected).toBe(row.expect)
    if (row.expect === "valid") expect(output).toEqual(row.output)
  })
})

describe("revocations", () => {
  const index = fc.integer({ min: 0, max: LIST_SIZE - 1 })
  const close = fc.tuple(index, fc.array(fc.integer({ min: 0, max: 2_000 })))
  const near = close.map(([start, steps]) => steps.map((step) => (start + step) % LIST_SIZE))
  const sets = fc.array(fc.oneof(fc.array(index, { maxLength: 300 }), near), { maxLength: 4 })

  it("are those that were written, and no others", async () => {
    await fc.assert(
      fc.asyncProperty(sets, async (lists) => {
        const sorted = lists.map((list) => Uint32Array.from(new Set(list)).sort())
        const read = await opened(filed(sorted))
        expect(sorted.map((_, number) => revokedIn(read, number))).toEqual(sorted)
        for (const [number, list] of lists.entries()) {
          const [revoked, asked] = [new Set(list), list.flatMap((one) => [one - 1, one, one + 1])]
          for (const one of [0, ...asked, LIST_SIZE - 1].filter((one) => one >= 0 && one < LIST_SIZE)) {
            expect(isRevoked(read, number * LIST_SIZE + one)).toBe(revoked.has(one))
          }
        }
      }),
    )
  })

  it.each([1, 2])("can be one in %i, and take no more than a bit each", async (step) => {
    const raw = filed([Uint32Array.from({ length: LIST_SIZE / step }, (_, n) => n * step)])
    const read = await opened(raw)
    expect(raw.length).toBeLessThanOrEqual(LIST_SIZE / 8 + 6)
    for (let asked = 0; asked < LIST_SIZE; asked += 997) expect(isRevoked(read, asked)).toBe(asked % step === 0)
  })

  it("are not read with a bit flipped or cut short, under the hash that was signed", async () => {
    const raw = filed([Uint32Array.of(1, 5, 900_000), Uint32Array.of()])
    const expectedSha256 = await sha256(new Uint8Array(raw))
    for (let bit = 0; bit < raw.length * 8; bit += 1) {
      const flipped = raw.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))
      await expect(openRevocations(flipped, { expectedSha256 })).rejects.toThrow("malformed")
      await expect(openRevocations(raw.subarray(0, bit >> 3), { expectedSha256 })).rejects.toThrow("malformed")
    }
  })

  it("are the bytes that were hashed, whoever writes into them meanwhile", async () => {
    const raw = filed([Uint32Array.of(7)])
    const opening = openRevocations(raw, { expectedSha256: await sha256(new Uint8Array(raw)) })
    raw.fill(0)
    expect(isRevoked(await opening, 7)).toBe(true)
  })

  it("have no half indices (C02)", async () => {
    const read = await opened(filed([Uint32Array.of(7)]))
    expect(() => isRevoked(read, 7.5)).toThrow("status-out-of-range")
    expect(() => isRevoked(read, NaN)).toThrow("status-out-of-range")
  })

  it("let other things be done before each list and each copy, when they are opened and when they are added to", async () => {
    const base = filed([Uint32Array.of(7), Uint32Array.of(), Uint32Array.of(8)])
    const [expectedSha256, nothing] = [await sha256(new Uint8Array(base)), Uint8Array.of(2, 0, 3, 0, 0, 0, 0)]
    let pauses = 0
    const pause = (): Promise<void> => {
      pauses += 1
      return Promise.resolve()
    }
    const read = await openRevocations(base, { expectedSha256, pause })
    expect(pauses).toBe(4)
    await applyDelta(read, nothing, { expectedSha256, pause })
    expect(pauses).toBe(12)
  })

  it("are not read from more bytes than they may have (C06)", async () => {
    const large = new Uint8Array(MAX_BYTES + 1)
    await expect(opened(large)).rejects.toThrow("too large")
    await expect(applyDelta(await opened(filed([])), large, { expectedSha256: "" })).rejects.toThrow("too large")
  })

  it("do not take in more at once than a device can hold (C06)", async () => {
    const count = MAX_ADDED + 1
    const delta = Uint8Array.from([2, 8, 0, 0, 16, 0, 1, ...packSet(Uint32Array.from({ length: count }, (_, n) => n), 2 ** 31)])
    const adding = applyDelta(await opened(filed([])), delta, { expectedSha256: "" })
    await expect(adding).rejects.toThrow("too much to add")
  })
})
