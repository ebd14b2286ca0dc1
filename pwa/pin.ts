// The root of trust that a build is pinned to. Builds for real people need one that was made for them (row D09); a demo's
// build is pinned to none, and a device takes the anchor that the server shows it first.
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { resolve } from "node:path"
import { runnerImport } from "vite"
import type { Plugin } from "vite"
import type { Malformed } from "./src/core/errors"

const CHECKOUT = resolve(import.meta.dirname, "..")
const STRICT: readonly string[] = ["staging", "production"]
const ENVIRONMENTS: readonly string[] = ["demo", "test", ...STRICT]

export interface Pin {
  readonly env: string
  /** Hex; null: none. */
  readonly anchor_sha256: string | null
}

/**
 * What AMATE_ENV and AMATE_ANCHOR (a root, by its path from the checkout's root) pin a build to.
 *
 * Throws: for an unknown environment, without an anchor where people are real, for the anchor of another environment, and
 *         for one that its own keys have not signed
 */
export const pinOf = async (variables: Readonly<Record<string, string | undefined>>): Promise<Pin> => {
  const env = variables.AMATE_ENV || "demo"
  if (!ENVIRONMENTS.includes(env)) throw new Error(`AMATE_ENV is ${env}: one of ${ENVIRONMENTS.join(", ")}`)
  const path = variables.AMATE_ANCHOR || null
  if (path === null) {
    if (STRICT.includes(env)) throw new Error(`AMATE_ENV is ${env}: AMATE_ANCHOR has to name its root, see keys/anchors`)
    return { env, anchor_sha256: null }
  }
  const raw = readFileSync(resolve(CHECKOUT, path))
  const made = await environmentOf(raw, path)
  if (made !== env) throw new Error(`AMATE_ENV is ${env}; ${path} is ${made === null ? "no root of any" : `a root of ${made}`}`)
  return { env, anchor_sha256: createHash("sha256").update(raw).digest("hex") }
}

/** The environment that a root says that it was made for, signed as every device will ask for; null: no root, or it says none. */
const environmentOf = async (raw: Uint8Array, path: string): Promise<string | null> => {
  const { openRepository } = await coreTuf()
  try {
    return (await openRepository(raw)).root.env
  } catch (error) {
    const { slug } = error as Partial<Malformed>
    if (slug === "malformed") return null
    if (slug !== "trust-broken") throw error
    throw new Error(`${path}: its own keys have not signed what it says; take the anchor.json of the ceremony, unchanged`, { cause: error })
  }
}

/** The core as the faces have it; a plain import of its files would make Vite warn of this configuration. */
const coreTuf = async (): Promise<typeof import("./src/core/tuf")> =>
  (await runnerImport<typeof import("./src/core/tuf")>(resolve(import.meta.dirname, "src/core/tuf.ts"))).module

/** Puts the pin into the bundle (src/device/pin.ts reads it) and beside it, where `amate serve` compares it. */
export const pinned = (pin: Pin): Plugin => ({
  name: "amate-pin",
  config: () => ({ define: { __AMATE_ENV__: JSON.stringify(pin.env), __ANCHOR_SHA256__: JSON.stringify(pin.anchor_sha256 ?? "") } }),
  generateBundle() {
    this.emitFile({ type: "asset", fileName: "pin.json", source: `${JSON.stringify(pin)}\n` })
  },
})
