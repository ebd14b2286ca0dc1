// The counter's decoder outside a browser: its wasm, and pictures as it takes them.
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import type { Wasm } from "../device/reading"

/** Anew for each call: a decoder that is opened for it is no other's. */
export const decoderWasm = (): Wasm => {
  const path = createRequire(import.meta.url).resolve("zxing-wasm/reader/zxing_reader.wasm")
  return { wasmBinary: readFileSync(path).buffer }
}

/** grey: one byte a pixel, row by row */
export const pictureOf = (grey: Uint8Array, width: number, height: number): Uint8Array =>
  Buffer.concat([Buffer.from(`P5 ${width} ${height} 255\n`), grey])
