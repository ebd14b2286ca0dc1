import { createHash } from "node:crypto"
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { pinned, pinOf } from "./pin"
import { TufRepository } from "./src/testing/tuf-repository"

const folder = mkdtempSync(join(tmpdir(), "amate-pin-"))
const fileOf = (name: string, raw: Uint8Array | string): string => {
  const path = join(folder, name)
  writeFileSync(path, raw)
  return path
}
const rootOf = (env: string | null): string => new TextDecoder().decode(new TufRepository(env).anchor)
const anchorOf = (env: string | null): string => fileOf(`${String(env)}.json`, rootOf(env))

describe("what a build is pinned to (row D09)", () => {
  test("a demo's to nothing, or to the root that it is given", async () => {
    expect(await pinOf({})).toEqual({ env: "demo", anchor_sha256: null })
    const path = anchorOf("demo")
    const digest = createHash("sha256").update(readFileSync(path)).digest("hex")
    expect(await pinOf({ AMATE_ANCHOR: path })).toEqual({ env: "demo", anchor_sha256: digest })
  })

  test.each(["staging", "production"])("for %s, to a root that was made for it, or there is no build", async (env) => {
    const build = (path: string) => pinOf({ AMATE_ENV: env, AMATE_ANCHOR: path })
    expect((await build(anchorOf(env))).anchor_sha256).toHaveLength(64)
    await expect(pinOf({ AMATE_ENV: env })).rejects.toThrow("AMATE_ANCHOR has to name its root")
    await expect(build(anchorOf("demo"))).rejects.toThrow("is a root of demo")
    await expect(build(anchorOf(null))).rejects.toThrow("is no root of any")
    await expect(build(fileOf("targets.json", '{"signed":{"_type":"targets","env":"production"}}'))).rejects.toThrow("is no root of any")
    await expect(build(join(folder, "none.json"))).rejects.toThrow("none.json")
  })

  test.each(["staging", "production"])("for %s, to no root that only says so: its own signatures have to hold", async (env) => {
    const build = (path: string) => pinOf({ AMATE_ENV: env, AMATE_ANCHOR: path })
    const said = rootOf("demo").replace('"env":"demo"', `"env":"${env}"`)
    await expect(build(fileOf("said.json", said))).rejects.toThrow(/said\.json.*own keys have not signed/)
    const { signatures, signed } = JSON.parse(rootOf(env)) as { signatures: { sig: string }[]; signed: object }
    const short = JSON.stringify({ signatures: signatures.slice(1), signed }) // one of the two that it asks for
    await expect(build(fileOf("short.json", short))).rejects.toThrow("own keys have not signed")
  })

  test("an environment that nobody knows is none", async () => {
    await expect(pinOf({ AMATE_ENV: "prod" })).rejects.toThrow("AMATE_ENV is prod")
  })

  test("a build knows what it is for, so that a demo's face says that it is one", () => {
    const config = pinned({ env: "production", anchor_sha256: "ab" }).config
    expect(typeof config === "function" && config.call({} as never, {}, {} as never)).toEqual({
      define: { __AMATE_ENV__: '"production"', __ANCHOR_SHA256__: '"ab"' },
    })
  })
})
