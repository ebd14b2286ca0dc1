import { describe, expect, test } from "vitest"
import { strangersIn } from "./shipped"

const LOCK = {
  packages: {
    "node_modules/idb": {},
    "node_modules/@preact/signals": {},
    "node_modules/zxing-wasm": {},
    "node_modules/zxing-wasm/node_modules/inner": {},
    "node_modules/fast-check": { dev: true },
    "node_modules/typescript": { devOptional: true },
  },
}
const HERE = "/checkout/pwa"

describe("what may end in the faces (row J09)", () => {
  test("our own files, those of the build itself, and what package.json depends on", () => {
    const files = ["src/wallet/main.tsx", "node_modules/idb/build/index.js", "node_modules/@preact/signals/dist/signals.mjs"]
    const inner = "node_modules/zxing-wasm/node_modules/inner/index.js"
    expect(strangersIn([...[...files, inner].map((file) => `${HERE}/${file}`), "\0vite/preload-helper.js"], LOCK)).toEqual([])
    expect(strangersIn(["node_modules/zxing-wasm/dist/reader.wasm"], LOCK)).toEqual([])
  })

  test.each([
    ["of development", "node_modules/fast-check/lib/index.js", "node_modules/fast-check"],
    ["that others may bring", "node_modules/typescript/lib/typescript.js", "node_modules/typescript"],
    ["that the lock does not know", "node_modules/@evil/idb/index.js?commonjs", "node_modules/@evil/idb"],
    ["within one that ships", "node_modules/zxing-wasm/node_modules/other/index.js", "node_modules/zxing-wasm/node_modules/other"],
    ["brought in by a plugin", "\0/checkout/pwa/node_modules/fast-check/lib/index.js?commonjs-module", "node_modules/fast-check"],
  ])("none %s", (_, file, place) => {
    const path = file.startsWith("\0") ? file : `${HERE}/${file}`
    expect(strangersIn([path, path], LOCK)).toEqual([place])
  })
})
