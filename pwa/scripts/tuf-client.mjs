// Bundles src/terminal/tuf-client.ts once and runs it: started hundreds of times by test suites, it must start fast.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"

const PWA = join(import.meta.dirname, "..")
const CACHE = join(PWA, "node_modules/.cache")
const BUNDLE = join(CACHE, "tuf-client.mjs")
const ROOMS = ["src/core", "src/terminal"]

const isNewer = (path, than) => statSync(path).mtimeMs > than

const isFresh = () => {
  if (!existsSync(BUNDLE)) return false
  const madeMs = statSync(BUNDLE).mtimeMs
  const sources = ROOMS.flatMap((room) => readdirSync(join(PWA, room)).map((name) => join(PWA, room, name)))
  return !sources.some((path) => isNewer(path, madeMs))
}

/** Two starts at once both bundle; the rename makes either result whole. */
const bundle = async () => {
  const { build } = await import("vite")
  const outDir = mkdtempSync(join(PWA, "node_modules/.tuf-client-"))
  await build({
    root: PWA,
    configFile: false,
    logLevel: "error",
    build: {
      ssr: "src/terminal/tuf-client.ts",
      outDir,
      target: "node20",
      rolldownOptions: { output: { entryFileNames: "tuf-client.mjs" } },
    },
    ssr: { noExternal: true },
  })
  mkdirSync(CACHE, { recursive: true })
  renameSync(join(outDir, "tuf-client.mjs"), BUNDLE)
  rmSync(outDir, { recursive: true })
}

/** Runs the command; gives its exit code. */
export const run = async (argv) => {
  if (!isFresh()) await bundle()
  const { main } = await import(pathToFileURL(BUNDLE).href)
  return main(argv)
}
