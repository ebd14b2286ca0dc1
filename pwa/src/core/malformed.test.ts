import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { bytesFromText, isSame, MAX_DIGITS, textFromBytes } from "./encoding"
import { Malformed } from "./errors"

const SEED = 20_261_118
const COUNT = 100_000
const BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
const ODD = Array.from(`${BASE45.slice(10)}\u00a0\u2007\u202f\u200b\ufeff\t\n\r\0_eExXnlO|٣７३๓᧓²½Ⅷ`)
const ZEROS = [0x660, 0x6f0, 0x966, 0xe50, 0xff10]

const written = (alphabet: string): fc.Arbitrary<string> => fc.string({ unit: fc.constantFrom(...Array.from(alphabet)), maxLength: 60 })
const joined = (...parts: fc.Arbitrary<string>[]): fc.Arbitrary<string> => fc.tuple(...parts).map((made) => made.join(""))
const odd = fc.constantFrom(...ODD)
const ofOurs = fc.uint8Array({ maxLength: 40 }).map(textFromBytes)

const KINDS: Readonly<Record<string, fc.Arbitrary<string>>> = {
  "base 45, broken or not": joined(fc.constantFrom("HC1:", "hc1:", "shc:/", "1HC1:", ""), written(BASE45), fc.constantFrom(":::", "GGX", "Z", "%")),
  "base 45 in lower case": joined(written(BASE45.toLowerCase()), fc.constantFrom("a", "z")),
  "one odd character": fc.tuple(ofOurs, odd, fc.nat(200), fc.boolean()).map(([good, one, place, isInstead]) => {
    const at = place % (good.length + 1)
    return good.slice(0, at) + one + good.slice(at + (isInstead ? 1 : 0))
  }),
  "digits of other scripts": fc.tuple(ofOurs, fc.constantFrom(...ZEROS)).map(([good, zero]) => good.replace(/\d/g, (digit) => String.fromCodePoint(zero + Number(digit)))),
  "no sentinel": fc.uint8Array({ minLength: 1, maxLength: 40 }).map((raw) => `1${BigInt(`0x${[2 + ((raw[0] ?? 0) % 254), ...raw].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`)}`),
  "another format": joined(fc.constantFrom(...Array.from("023456789")), ofOurs.map((good) => good.slice(1))),
  "leading zeros": joined(fc.constantFrom("10", "100", "100000"), ofOurs.map((good) => good.slice(1))),
  "too long": fc.tuple(fc.constantFrom(...Array.from("123456789")), fc.nat(300)).map(([digit, more]) => `1${digit.repeat(MAX_DIGITS + more)}`),
  "any characters": joined(fc.string({ unit: "binary", maxLength: 20 }), odd),
}

const isRefused = (text: string): boolean => {
  try {
    bytesFromText(text)
    return false
  } catch (error) {
    if (error instanceof Malformed && error.slug === "not-a-pass") return true
    throw error
  }
}

describe("a text that is no code of ours (E09)", () => {
  const each = Math.ceil(COUNT / Object.keys(KINDS).length)

  it.each(Object.entries(KINDS))("is refused and breaks nothing: %s", (_name, texts) => {
    for (const text of fc.sample(texts, { seed: SEED, numRuns: each })) {
      if (!isRefused(text)) expect.fail(`taken: ${JSON.stringify(text)}`)
    }
  })

  it("is no text that we write: else all of this would hold of a decoder that refuses everything", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (raw) => isSame(bytesFromText(textFromBytes(raw)), raw)), { seed: SEED, numRuns: 1000 })
  })
})
