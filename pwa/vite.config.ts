// Builds every face that exists as one multi-page site, with one service worker over them all.
import { existsSync } from "node:fs"
import { resolve } from "node:path"
import { defineConfig, type Plugin } from "vite"
import { VitePWA } from "vite-plugin-pwa"
import { withIntegrity } from "./integrity.ts"
import { pinned, pinOf, type Pin } from "./pin.ts"
import { shipsOnly } from "./shipped.ts"

const PAGES = ["index.html", "wallet/index.html", "clinic/index.html", "enrolment/index.html", "console/index.html"]
const API = "http://localhost:8000"

const here = import.meta.dirname
const pages = PAGES.filter((page) => existsSync(resolve(here, page)))
const faceOf = (page: string): string => (page.includes("/") ? page.slice(0, page.indexOf("/")) : "landing")

const shipped = shipsOnly(resolve(here, "package-lock.json"))

// The service worker's own build, as quiet as ours; its plugin asks for one file by a name that Rolldown took back.
const ofServiceWorker: Plugin = {
  name: "amate:service-worker",
  config(config) {
    config.logLevel = "warn"
    const build: { rollupOptions?: { output?: object } } | undefined = config.build
    const output: Record<string, unknown> = Object.assign(build?.rollupOptions?.output ?? {}, { codeSplitting: false })
    delete output["inlineDynamicImports"]
  },
}

// The decoder's wasm is not precached: a face that scans asks for it (and the service worker keeps it then). Nor is the
// console: a citizen's phone does not pay for what a few people of security use; its page keeps it (device/keep-face.ts).
// Their hashes are in the manifest all the same; src/sw.ts parts the two.
const serviceWorker = (pin: Pin): Plugin[] =>
  existsSync(resolve(here, "src/sw.ts"))
    ? VitePWA({
        strategies: "injectManifest",
        srcDir: "src",
        filename: "sw.ts",
        registerType: "prompt",
        injectRegister: false,
        manifest: false,
        injectManifest: {
          buildPlugins: { vite: [ofServiceWorker, shipped] },
          globPatterns: ["**/*.{html,js,css,svg,webmanifest,wasm}"],
          globIgnores: ["**/sw.js", "**/.vite/**", "docs/**", "console.webmanifest"],
          maximumFileSizeToCacheInBytes: 2_000_000,
          manifestTransforms: [withIntegrity(resolve(here, "dist"), pin)],
        },
      })
    : []

export default defineConfig({
  base: "/",
  appType: "mpa",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  plugins: [pinOf(process.env).then((pin) => [serviceWorker(pin), pinned(pin)]), shipped],
  worker: { format: "es", plugins: () => [shipped] },
  build: {
    target: ["chrome109", "firefox115", "safari16.4"],
    manifest: true,
    sourcemap: false,
    // data: addresses would break the content security policy
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: Object.fromEntries(pages.map((page) => [faceOf(page), resolve(here, page)])) },
  },
  server: {
    proxy: Object.fromEntries(
      ["/api", "/trust", "/status", "/oid4vci", "/.well-known", "/anchor.json", "/healthz"].map((path) => [path, API]),
    ),
  },
})
