// Entitlements of the TypeScript core as a filter: JSON lines in, {rows, answer} out, in the same order (src/testing/entitlement-lines.ts).
import { join, resolve } from "node:path"
import { runnerImport } from "vite"

const root = join(import.meta.dirname, "..")
const config = { root, configFile: false, logLevel: "error" }
const { module } = await runnerImport(join(root, "src/testing/entitlement-lines.ts"), config)
await module.answerLines(resolve(process.argv[2]))
