// What ends in the faces is on the bill of materials (sbom.json, row J09): that lists what package-lock.json does not call a
// package for development, and a build into which one of those found its way fails.
import { readFileSync } from "node:fs"
import { resolve } from "node:path"
import type { Plugin, Rolldown } from "vite"

interface Lock {
  packages: Record<string, { dev?: boolean; devOptional?: boolean } | undefined>
}

const PACKAGE = /^(?:.*?\/)??(node_modules\/(?:.+\/node_modules\/)?(?:@[^/]+\/)?[^/]+)\//

/** The packages, by their place in the lock, that these modules and assets are of, and that the lock does not ship. */
export const strangersIn = (files: readonly string[], lock: Lock): string[] => {
  const places = files.flatMap((file) => PACKAGE.exec(file.replace(/^\0/, ""))?.[1] ?? [])
  return [...new Set(places)].filter((place) => {
    const known = lock.packages[place]
    return known === undefined || known.dev === true || known.devOptional === true
  })
}

const filesOf = (part: Rolldown.OutputAsset | Rolldown.OutputChunk): string[] =>
  part.type === "chunk" ? Object.keys(part.modules) : part.originalFileNames

/** Fails a build that takes in a package of development. */
export const shipsOnly = (lockFile: string): Plugin => ({
  name: "amate-shipped",
  generateBundle(_options, bundle) {
    const lock = JSON.parse(readFileSync(resolve(lockFile), "utf8")) as Lock
    const strangers = strangersIn(Object.values(bundle).flatMap(filesOf), lock)
    if (strangers.length > 0) this.error(`in the faces, but not among the dependencies of package.json: ${strangers.join(", ")}`)
  },
})
