// Verdicts of the TypeScript core as a filter: JSON lines {text, world, now, clinic?, service?, single_use?} in,
// {verdict, reasons} out, in the same order. The worlds are those of the vector file named (or of the shared one).
import { join, resolve } from "node:path"
import { runnerImport } from "vite"

const root = join(import.meta.dirname, "..")
const vectors = process.argv[2] ?? join(root, "../tests/vectors/verdict.json")
const config = { root, configFile: false, logLevel: "error" }
const { module } = await runnerImport(join(root, "src/testing/verdict-lines.ts"), config)
await module.answerLines(resolve(vectors))
