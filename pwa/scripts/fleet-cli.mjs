// A fleet of browsers in one process: `fleet-cli RECORDING VISITS ASKED` answers each line of VISITS, as src/testing/fleet-lines.ts.
import { join, resolve } from "node:path"
import { runnerImport } from "vite"

const root = join(import.meta.dirname, "..")
const [recording, visits, asked] = process.argv.slice(2)
const config = { root, configFile: false, logLevel: "error" }
const { module } = await runnerImport(join(root, "src/testing/fleet-lines.ts"), config)
await module.answerVisits(resolve(recording), resolve(visits), resolve(asked))
