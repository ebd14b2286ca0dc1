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
export const pixelsOf = (grey: Uint8Array, width: number, height: number): ImageData => {
  const opaque = Uint32Array.from(grey, (light) => 0xff00_0000 + light * 0x01_01_01)
  return { data: new Uint8ClampedArray(opaque.buffer), width, height, colorSpace: "srgb" }
}
