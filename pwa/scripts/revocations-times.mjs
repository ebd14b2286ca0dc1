// How long a question about revocations takes in Node: microseconds, from a JSON file {made, asked}.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { runnerImport } from "vite"

const root = join(import.meta.dirname, "..")
const config = { root, configFile: false, logLevel: "error" }
const { module } = await runnerImport(join(root, "src/testing/revocations-times.ts"), config)
const { made, asked } = JSON.parse(readFileSync(process.argv[2], "utf8"))
process.stdout.write(JSON.stringify(await module.questionUs(made, asked)))
