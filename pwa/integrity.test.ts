import { createHash } from "node:crypto"
import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { withIntegrity } from "./integrity"

const folder = mkdtempSync(join(tmpdir(), "amate-integrity-"))
writeFileSync(join(folder, "a.js"), "a")
const entry = { url: "a.js", revision: null, size: 1 }
const sri = (text: string): string => `sha256-${createHash("sha256").update(text).digest("base64")}`

describe("what the service worker knows of its release (row J04)", () => {
  test("the hash of each file as it lies in the folder", () => {
    const { manifest } = withIntegrity(folder, { env: "demo", anchor_sha256: null })([entry])
    expect(manifest).toEqual([{ ...entry, integrity: sri("a") }])
  })

  test("the root that a build is pinned to, whose file is the deployment's", () => {
    const anchor_sha256 = createHash("sha256").update("root").digest("hex")
    const { manifest } = withIntegrity(folder, { env: "production", anchor_sha256 })([entry])
    expect(manifest[1]).toMatchObject({ url: "anchor.json", integrity: sri("root") })
  })

  test("no manifest without one of its files", () => {
    expect(() => withIntegrity(folder, { env: "demo", anchor_sha256: null })([{ ...entry, url: "b.js" }])).toThrow("b.js")
  })
})
