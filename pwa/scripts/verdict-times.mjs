// How long verdicts take in the two deployments that the file named describes, in turn: seconds of each, as JSON.
import { join, resolve } from "node:path"
import { runnerImport } from "vite"

const root = join(import.meta.dirname, "..")
const config = { root, configFile: false, logLevel: "error" }
const { module } = await runnerImport(join(root, "src/testing/verdict-times.ts"), config)
process.stdout.write(JSON.stringify(await module.verdictTimes(resolve(process.argv[2]))))
