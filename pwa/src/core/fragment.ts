// Whether scanned digits are a pass whose end is missing: a scanner that stopped too soon, and no other thing.
//
// The first digits tell what the first bytes are and how many there would be, and so how many digits are missing.
import { MAX_BYTES } from "./encoding"

export const HEAD_DIGITS = 15 // of the number behind the format; fewer could be anything's
// How a presentation and a pass begin, behind the sentinel: the tag, an array of four, the protected header's first bytes.
const BEGINNINGS = ["01d28443a10126a0", "01d2844da201260448"] as const
const KEPT = 10n ** 40n // so many digits of a number say what its first ones are
const DIGITS = /^1[0-9]+$/

interface PassNumber {
  readonly low: bigint
  readonly high: bigint
  readonly digits: number
}

/** Whether the text is the beginning of what a pass of some size is written as, and not the whole. */
export const isFragment = (text: string): boolean => {
  if (text.length <= HEAD_DIGITS || !DIGITS.test(text)) return false
  const number = BigInt(text.slice(1, HEAD_DIGITS + 1))
  return numbers().some(({ low, high, digits }) => low <= number && number <= high && text.length - 1 < digits)
}

let known: readonly PassNumber[] | null = null

/** For each size of a pass: the least and the greatest first digits of its number, and how many digits it has. */
const numbers = (): readonly PassNumber[] => (known ??= BEGINNINGS.flatMap(numbersFrom))

const numbersFrom = (beginning: string): PassNumber[] => {
  let low = BigInt(`0x${beginning}`)
  let [high, dropped] = [low + 1n, 0]
  const found: PassNumber[] = []
  for (let size = beginning.length / 2; size < MAX_BYTES + 2; size += 1) {
    const digits = low.toString().length
    const scale = 10n ** BigInt(digits - HEAD_DIGITS)
    found.push({ low: low / scale, high: high / scale, digits: digits + dropped })
    ;[low, high] = [low * 256n, high * 256n]
    while (low >= KEPT) [low, high, dropped] = [low / 10n, high / 10n, dropped + 1]
  }
  return found
}
