// The counter's reader as a filter: pictures of 1280 x 720, each a byte that tells a new stream and a byte a pixel, in; JSON texts out.
import { join } from "node:path"
import { runnerImport } from "vite"

const root = join(import.meta.dirname, "..")
const config = { root, configFile: false, logLevel: "error" }
const { module } = await runnerImport(join(root, "src/testing/frame-texts.ts"), config)
await module.answerFrames()
