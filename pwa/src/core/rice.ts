// Sets of indices as the gaps between them, in a Rice code: what chance leaves cannot be written much shorter.
//
// The bytes are described in backend/amate/core/rice.py.
// Source: A. Kiely, Selecting the Golomb Parameter in Rice Coding, IPN Progress Report 42-159 (2004)
import { Malformed } from "./errors"

export const MAX_PARAMETER = 24

const PEEKED = 25 // bits that can be looked at from any bit on
const SPARE = 8 // bytes of zero behind what is read, so that looking ahead needs no end

/** Where a set begins, how many indices it has, and what they are all below. */
export interface SetPlace {
  readonly at: number
  readonly count: number
  readonly size: number
}

/** Bytes that can be looked at 32 bits at a time, from any of their bits on. */
export class Bits {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly #view: DataView

  /** A copy of these bytes, one part behind the other. */
  constructor(parts: readonly Uint8Array[]) {
    const length = parts.reduce((sum, part) => sum + part.length, 0)
    const copy = new Uint8Array(length + SPARE)
    let at = 0
    for (const part of parts) {
      copy.set(part, at)
      at += part.length
    }
    this.bytes = copy.subarray(0, length)
    this.#view = new DataView(copy.buffer)
  }

  /** So many bits from this one on, at most 25, as a number; zeros behind the end of the bytes. */
  get(bit: number, count: number): number {
    return (this.peek(bit) >>> 1) >>> (31 - count) // shifted twice, for a shift by 32 would leave everything
  }

  /** 25 bits or more from this one on, as the highest of 32. */
  peek(bit: number): number {
    return this.#view.getUint32(bit >>> 3) << (bit & 7)
  }

  /** Write so many bits from this one on, at most 25, where there were only zeros. */
  put(bit: number, count: number, value: number): void {
    const at = bit >>> 3
    this.#view.setUint32(at, this.#view.getUint32(at) | (value << (32 - count - (bit & 7))))
  }
}

/**
 * How many low bits of each gap are written as they are, for `count` of `size` indices taken by chance.
 *
 * The largest k ≤ 24 with 2^k · count ≤ ln φ · (2 · size - count), φ the golden ratio, so that it is the same
 * everywhere: in whole numbers, with ln φ as 0.4812. Where at most half are taken, at most 0.12 bits a gap above their
 * entropy.
 */
export const riceParameter = (count: number, size: number): number => {
  const bound = 4_812 * (2 * size - count)
  let k = 0
  for (let next = 20_000 * count; k < MAX_PARAMETER && next <= bound; next *= 2) k += 1
  return k
}

/** The bytes of a set of indices below `size`, which are in order. */
export const packSet = (indices: Uint32Array, size: number): Uint8Array => {
  const k = riceParameter(indices.length, size)
  const mask = 2 ** k - 1
  const leftAt = bytesFor(indices.length * k) * 8
  const bits = new Bits([new Uint8Array(bytesFor(leftAt + indices.length + Math.floor(size / (mask + 1))))])
  let [low, left, least] = [0, leftAt, 0]
  for (const index of indices) {
    const gap = index - least
    bits.put(low, k, gap & mask)
    left += gap >>> k
    bits.put(left, 1, 1)
    low += k
    left += 1
    least = index + 1
  }
  return bits.bytes.subarray(0, bytesFor(left))
}

/** Reads a set gap by gap; throws Malformed for bytes that pack_set would not write. */
export class GapReader {
  readonly #bits: Bits
  readonly #size: number
  readonly #k: number
  readonly #step: number
  readonly #lowAt: number
  #low: number
  #left: number
  #least = 0

  constructor(bits: Bits, { at, count, size }: SetPlace) {
    this.#bits = bits
    this.#size = size
    this.#k = riceParameter(count, size)
    this.#step = 2 ** this.#k
    this.#lowAt = at * 8
    this.#low = this.#lowAt
    const leftAt = at + bytesFor(count * this.#k)
    if (leftAt + bytesFor(count) > bits.bytes.length) malformed("more indices than there is room for") // each has a one
    this.#left = leftAt * 8
  }

  /** The bit at which what is left of the next gap begins. */
  get place(): number {
    return this.#left
  }

  /** The least index that the next gap can lead to. */
  get least(): number {
    return this.#least
  }

  /** Begin at this gap, which can lead to no less, and of which what is left begins at this bit. */
  begin(gap: number, least: number, place: number): void {
    this.#low = this.#lowAt + gap * this.#k
    this.#least = least
    this.#left = place
  }

  /** The index to which the next gap leads. */
  next(): number {
    const index = this.#least + this.#zeros() * this.#step + this.#bits.get(this.#low, this.#k)
    if (index >= this.#size) malformed("an index out of range")
    this.#low += this.#k
    this.#least = index + 1
    return index
  }

  /** So many indices that follow. */
  take(count: number): Uint32Array {
    const indices = new Uint32Array(count)
    for (let n = 0; n < count; n += 1) indices[n] = this.next()
    return indices
  }

  /** The byte at which the set ends, once all of it is read. */
  end(): number {
    const [low, left] = [this.#low, this.#left]
    const end = bytesFor(left)
    if (this.#bits.get(low, bytesFor(low) * 8 - low) !== 0 || this.#bits.get(left, end * 8 - left) !== 0) {
      malformed("bits behind the end")
    }
    return end
  }

  #zeros(): number {
    let zeros = 0
    let run = Math.clz32(this.#bits.peek(this.#left))
    while (run >= PEEKED) {
      zeros += PEEKED
      this.#left += PEEKED
      if (this.#left >= this.#bits.bytes.length * 8) malformed("cut short")
      run = Math.clz32(this.#bits.peek(this.#left))
    }
    this.#left += run + 1
    return zeros + run
  }
}

const bytesFor = (bits: number): number => Math.ceil(bits / 8)

function malformed(detail: string): never {
  throw new Malformed("malformed", detail)
}
