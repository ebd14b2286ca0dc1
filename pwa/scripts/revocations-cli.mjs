// The revocations of the TypeScript core as a filter: JSON lines {file, sha256, asked, delta, later_sha256} in, what is
// read of each out, in the same order.
import { join } from "node:path"
import { runnerImport } from "vite"

const root = join(import.meta.dirname, "..")
const config = { root, configFile: false, logLevel: "error" }
const { module } = await runnerImport(join(root, "src/testing/revocations-lines.ts"), config)
await module.answerLines()
