// What the counter's reader holds while it looks at pictures for long, of which most give a code only together.
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { createReader, openDecoder } from "../device/reading"

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

const pixelsOf = (grey: Uint8Array, side: number): ImageData => {
  const opaque = Uint32Array.from(grey, (light) => 0xff00_0000 + light * 0x01_01_01)
  return { data: new Uint8ClampedArray(opaque.buffer), width: side, height: side, colorSpace: "srgb" }
}

/**
 * Bytes that are held after a tenth of the pictures and after all of them, and how many of them gave a text.
 *
 * path:  pictures, one after another, one byte a pixel
 * side:  pixels of each, across and down
 * count: how many are looked at, ten a second, from the first again after the last
 */
export const readForLong = async (path: string, side: number, count: number): Promise<[number, number, number]> => {
  const wasmBinary = readFileSync(createRequire(import.meta.url).resolve("zxing-wasm/reader/zxing_reader.wasm")).buffer
  const pictures = readFileSync(path)
  const [size, reader] = [side * side, createReader(openDecoder({ wasmBinary }))]
  let [early, read] = [0, 0]
  for (let seen = 0; seen < count; seen += 1) {
    const from = (seen * size) % pictures.length
    if ((await reader.readFrame(pixelsOf(pictures.subarray(from, from + size), side), seen * BETWEEN_MS)) !== null) read += 1
    if (seen === count / 10) early = await heldBytes()
  }
  return [early, await heldBytes(), read]
}
