// The TUF client as a command, so that test suites that know nothing of us can drive it.
//
// Source: the client command line of the public TUF conformance suite (init, refresh, download; exit 0 or 1).
import { parseArgs } from "node:util"
import { Malformed } from "../core/errors"
import { openRepository } from "../core/tuf"
import { update } from "../core/tuf-client"
import type { Manner } from "../core/tuf-client"
import { Failure } from "./failure"
import { folderStorage, readOrNull, trustRoot } from "./folder"
import { PATIENCE_MS, getFrom } from "./http"
import { readAnyKey } from "./key-kinds"

const USAGE = `tuf-client --metadata-dir DIR init ROOT
tuf-client --metadata-dir DIR --metadata-url URL refresh
tuf-client --metadata-dir DIR --metadata-url URL --target-name NAME [--target-name NAME …]
           --target-base-url URL --target-dir DIR download
  --help, -h           this text
  --patience SECONDS   how long the smallest file may take (${PATIENCE_MS / 1000})`

const OPTIONS = {
  "metadata-dir": { type: "string" },
  "metadata-url": { type: "string" },
  "target-name": { type: "string", multiple: true },
  "target-base-url": { type: "string" },
  "target-dir": { type: "string" },
  patience: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const

type Values = Readonly<Partial<Record<Exclude<keyof typeof OPTIONS, "target-name" | "help">, string>>> & {
  readonly "target-name"?: string[]
}

/** Does what the arguments say; gives the exit code, and says in one line of standard error why it is not 0. */
export const main = async (argv: readonly string[]): Promise<number> => {
  try {
    await run(argv)
    return 0
  } catch (error) {
    if (!isForeseen(error)) throw error
    process.stderr.write(`tuf-client: ${error.message}\n`)
    return 1
  }
}

const OF_FILES_OR_ARGUMENTS = /^(?:E[A-Z]+|ERR_PARSE_ARGS_.*)$/

/** Refusals, network failures, and what the system says of files and arguments. */
const isForeseen = (error: unknown): error is Error => {
  if (!(error instanceof Error)) return false
  const code = "code" in error && typeof error.code === "string" ? error.code : ""
  return error instanceof Malformed || error instanceof Failure || OF_FILES_OR_ARGUMENTS.test(code)
}

const run = async (argv: readonly string[]): Promise<void> => {
  const { values, positionals } = parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true })
  if (values.help) {
    process.stdout.write(`${USAGE}\n`)
    return
  }
  const [command, ...rest] = positionals
  if (command === "init" && rest.length === 1) return init(values, rest[0] ?? "")
  if (command === "refresh" && rest.length === 0) return bring(values, [])
  if (command === "download" && rest.length === 0) return bring(values, values["target-name"] ?? needed("target-name"))
  throw new Failure(`no such command\n${USAGE}`)
}

const init = async (values: Values, rootPath: string): Promise<void> => {
  const raw = (await readOrNull(rootPath)) ?? fail(`${rootPath}: no such file`)
  await openRepository(raw, readAnyKey)
  await trustRoot(valueOf(values, "metadata-dir"), raw)
}

const bring = async (values: Values, targets: readonly string[]): Promise<void> => {
  const patienceMs = 1000 * Number(values.patience ?? PATIENCE_MS / 1000)
  if (!(patienceMs > 0)) fail("--patience is no number of seconds")
  const isDownload = targets.length > 0
  const metadataDir = valueOf(values, "metadata-dir")
  const manner: Manner = { mode: "strict", now: Math.floor(Date.now() / 1000) }
  const metadata = getFrom(valueOf(values, "metadata-url"), patienceMs)
  const target = isDownload ? getFrom(valueOf(values, "target-base-url"), patienceMs) : metadata
  const storage = folderStorage(metadataDir, isDownload ? valueOf(values, "target-dir") : null)
  if ((await storage.read("anchor")) === null) {
    fail(`${metadataDir} holds no root.json, so nothing is believed there yet: run tuf-client --metadata-dir ${metadataDir} init ROOT first`)
  }
  await update({ storage, source: { metadata, target }, readKey: readAnyKey }, { targets }, manner)
}

const valueOf = (values: Values, name: Exclude<keyof Values, "target-name">): string => values[name] ?? needed(name)

const needed = (name: string): never => fail(`--${name} is missing`)

const fail = (message: string): never => {
  throw new Failure(message)
}
