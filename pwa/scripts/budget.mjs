// Weighs what a phone must load before a face can show anything, and fails when a face outgrows its budget.
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { brotliCompressSync, gzipSync } from "node:zlib"

const DIST = join(import.meta.dirname, "../dist")
const FIRST_ROUTE_KB = { wallet: 60, clinic: 75, enrolment: 90, console: 90 }
const WASM_KB = 330

const manifest = JSON.parse(readFileSync(join(DIST, ".vite/manifest.json"), "utf8"))
const kb = (bytes) => bytes / 1000

/** All chunks that `key` imports statically, itself included. */
const staticChunks = (key, seen = new Set()) => {
  if (seen.has(key)) return seen
  seen.add(key)
  for (const next of manifest[key].imports ?? []) staticChunks(next, seen)
  return seen
}

const gzipSize = (file) => gzipSync(readFileSync(join(DIST, file)), { level: 9 }).length

const firstRoute = (page) => {
  const files = [...staticChunks(page)].map((key) => manifest[key].file)
  return files.filter((file) => file.endsWith(".js")).reduce((sum, file) => sum + gzipSize(file), 0)
}

const rows = []
for (const [face, limit] of Object.entries(FIRST_ROUTE_KB)) {
  const page = `${face}/index.html`
  if (page in manifest) rows.push({ what: `${face}: first-route JS, gzip`, size: kb(firstRoute(page)), limit })
}
const assets = join(DIST, "assets")
for (const name of existsSync(assets) ? readdirSync(assets) : []) {
  if (!name.endsWith(".wasm")) continue
  rows.push({ what: `${name}, brotli`, size: kb(brotliCompressSync(readFileSync(join(assets, name))).length), limit: WASM_KB })
}

for (const { what, size, limit } of rows) {
  console.log(`${size > limit ? "OVER" : "ok  "}  ${size.toFixed(1).padStart(6)} of ${String(limit).padStart(3)} kB  ${what}`)
}
if (rows.some(({ size, limit }) => size > limit)) process.exitCode = 1
