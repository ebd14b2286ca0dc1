// The hashes in the service worker's script: it serves no kept file that differs from its own build (src/device/release.ts).
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { resolve } from "node:path"
import type { Pin } from "./pin.ts"

interface Entry {
  url: string
  revision: string | null
  size: number
  integrity?: string
}

/**
 * Adds to each entry of a worker's manifest the SHA-256 of its file in `folder`, and the root that a build is pinned to.
 * A demo's root is nobody's: its first visit pins.
 */
export const withIntegrity =
  (folder: string, pin: Pin) =>
  (entries: Entry[]): { manifest: Entry[] } => {
    const files = entries.map((entry) => ({ ...entry, integrity: sri(createHash("sha256").update(readFileSync(resolve(folder, entry.url))).digest()) }))
    const anchor = pin.anchor_sha256 === null ? [] : [{ url: "anchor.json", revision: null, size: 0, integrity: sri(Buffer.from(pin.anchor_sha256, "hex")) }]
    return { manifest: [...files, ...anchor] }
  }

const sri = (digest: Buffer): string => `sha256-${digest.toString("base64")}`
