import { createHash } from "node:crypto"
import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { pinned, pinOf } from "./pin"

const folder = mkdtempSync(join(tmpdir(), "amate-pin-"))
const anchorOf = (env: unknown, type = "root"): string => {
  const path = join(folder, `${String(env)}-${type}.json`)
  writeFileSync(path, JSON.stringify({ signatures: [], signed: { _type: type, env } }))
  return path
}

describe("what a build is pinned to (row D09)", () => {
  test("a demo's to nothing, or to the root that it is given", () => {
    expect(pinOf({})).toEqual({ env: "demo", anchor_sha256: null })
    const path = anchorOf("demo")
    const digest = createHash("sha256").update('{"signatures":[],"signed":{"_type":"root","env":"demo"}}').digest("hex")
    expect(pinOf({ AMATE_ANCHOR: path })).toEqual({ env: "demo", anchor_sha256: digest })
  })

  test.each(["staging", "production"])("for %s, to a root that was made for it, or there is no build", (env) => {
    expect(pinOf({ AMATE_ENV: env, AMATE_ANCHOR: anchorOf(env) }).anchor_sha256).toHaveLength(64)
    expect(() => pinOf({ AMATE_ENV: env })).toThrow("AMATE_ANCHOR has to name its root")
    expect(() => pinOf({ AMATE_ENV: env, AMATE_ANCHOR: anchorOf("demo") })).toThrow("is a root of demo")
    expect(() => pinOf({ AMATE_ENV: env, AMATE_ANCHOR: anchorOf(undefined) })).toThrow("is no root of any")
    expect(() => pinOf({ AMATE_ENV: env, AMATE_ANCHOR: anchorOf(env, "targets") })).toThrow("is no root of any")
    expect(() => pinOf({ AMATE_ENV: env, AMATE_ANCHOR: join(folder, "none.json") })).toThrow("none.json")
  })

  test("an environment that nobody knows is none", () => {
    expect(() => pinOf({ AMATE_ENV: "prod" })).toThrow("AMATE_ENV is prod")
  })

  test("a build knows what it is for, so that a demo's face says that it is one", () => {
    const config = pinned({ env: "production", anchor_sha256: "ab" }).config
    expect(typeof config === "function" && config.call({} as never, {}, {} as never)).toEqual({
      define: { __AMATE_ENV__: '"production"', __ANCHOR_SHA256__: '"ab"' },
    })
  })
})
