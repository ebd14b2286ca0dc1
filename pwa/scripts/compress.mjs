// Puts a brotli and a gzip sibling beside every built text asset and wasm, for a server that sends files as they are.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { extname, join } from "node:path"
import { brotliCompressSync, constants, gzipSync } from "node:zlib"

const DIST = join(import.meta.dirname, "../dist")
const COMPRESSIBLE = new Set([".html", ".js", ".css", ".svg", ".json", ".webmanifest", ".wasm", ".txt"])
const SMALLEST = 256

/** Writes `sibling`, unless it would not be smaller than the file. */
const writeIfSmaller = (sibling, packed, raw) => {
  if (packed.length < raw.length) writeFileSync(sibling, packed)
  else rmSync(sibling, { force: true })
}

const brotli = (raw) =>
  brotliCompressSync(raw, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: raw.length } })

for (const entry of readdirSync(DIST, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !COMPRESSIBLE.has(extname(entry.name))) continue
  const path = join(entry.parentPath, entry.name)
  const raw = readFileSync(path)
  if (raw.length < SMALLEST) continue
  writeIfSmaller(`${path}.br`, brotli(raw), raw)
  writeIfSmaller(`${path}.gz`, gzipSync(raw, { level: 9 }), raw)
}
