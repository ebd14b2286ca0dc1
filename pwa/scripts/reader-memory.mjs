// What the counter's reader holds after a tenth of so many pictures and after all, and how many gave a text: {path, side, count} in, JSON out.
import { join } from "node:path"
import { runnerImport } from "vite"

const root = join(import.meta.dirname, "..")
const { path, side, count } = JSON.parse(process.argv[2])
const { module } = await runnerImport(join(root, "src/testing/reader-memory.ts"), { root, configFile: false, logLevel: "error" })
process.stdout.write(JSON.stringify(await module.readForLong(path, side, count)))
