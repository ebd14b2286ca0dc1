// One module of src with all that it imports, as browsers take it: `bundle.mjs testing/NAME.ts`, to standard output.
import { join } from "node:path"
import { build } from "vite"

const root = join(import.meta.dirname, "..")
const lib = { entry: join(root, "src", process.argv[2]), formats: ["es"] }
const target = ["chrome109", "firefox115", "safari16.4"]
const made = await build({ root, configFile: false, logLevel: "error", build: { lib, target, write: false, copyPublicDir: false } })
process.stdout.write(made[0].output[0].code)
