// What the counter's reader holds while it looks at pictures for long, of which most give a code only together.
import { readFileSync } from "node:fs"
import { createReader, openDecoder } from "../device/reading"
import { decoderWasm, pictureOf } from "./decoder"

const BETWEEN_MS = 100

/** Bytes of the script's values and of what lies outside them: pictures, and the decoder's own memory. */
const heldBytes = async (): Promise<number> => {
  for (let round = 0; round < 3; round += 1) {
    globalThis.gc?.()
    await new Promise((done) => setTimeout(done, 100)) // the rest is freed beside
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/**
 * Bytes that are held after a tenth of the pictures and after all of them, and how many of them gave a text.
 *
 * path:  pictures, one after another, one byte a pixel
 * side:  pixels of each, across and down
 * count: how many are looked at, ten a second, from the first again after the last
 */
export const readForLong = async (path: string, side: number, count: number): Promise<[number, number, number]> => {
  const pictures = readFileSync(path)
  const [size, reader] = [side * side, createReader(openDecoder(decoderWasm()))]
  let [early, read] = [0, 0]
  for (let seen = 0; seen < count; seen += 1) {
    const from = (seen * size) % pictures.length
    if ((await reader.readFrame(pictureOf(pictures.subarray(from, from + size), side, side), seen * BETWEEN_MS)) !== null) read += 1
    if (seen === count / 10) early = await heldBytes()
  }
  return [early, await heldBytes(), read]
}
