// Replays what a deployment published to verifiers that synchronise now and then, each with a memory of its own.
//
// The workflow is that of the faces (core/tuf-client.ts in its product manner), and what is then trusted is put together as
// device/trust-store.ts does it. The browsers share one process, and with it what is true of equal bytes for all of them:
// whether a signature holds, and what a list says.
import { createReadStream, readFileSync, writeFileSync } from "node:fs"
import { createInterface } from "node:readline"
import { readP256Key } from "../core/metadata"
import type { KeyReader, SigningKey } from "../core/metadata"
import { parseStatusToken } from "../core/status-list"
import type { StatusList } from "../core/status-list"
import { makeTrust, parseIssuers, parsePolicy } from "../core/trust"
import type { Issuers, Trust } from "../core/trust"
import { update } from "../core/tuf-client"
import type { Bytes, FileName, Get, Source, Storage, Update } from "../core/tuf-client"
import { verdict } from "../core/verdict"

/** What was published: the pinned root, and by path each version with the instant of its publication; bytes in base64. */
interface Recording {
  readonly anchor: string
  readonly files: Readonly<Record<string, readonly (readonly [number, string])[]>>
}

interface Visit {
  readonly verifier: number
  readonly at: number
  /** Whether it may refuse what it is served, and go on with what it has. */
  readonly is_refused: boolean
  readonly scans: readonly { readonly text: string; readonly now: number }[]
}

type Answer = readonly [verdict: string, reasons: readonly string[]]

interface World {
  readonly trust: Trust
  readonly status: ReadonlyMap<number, StatusList>
  readonly usableUntil: number
}

const TARGETS = ["issuers.json", "policy.json", "clinics.json"]
const WALK_EVERY_S = 24 * 3600 // as device/sync.ts

/**
 * A line [[verdict, reasons], …] on standard output for each visit, in order.
 *
 * recordingPath: a Recording
 * visitsPath:    a Visit in each line, those of one verifier in the order of time
 * askedPath:     gets what was asked for, and when: [[path, instant], …]
 */
export const answerVisits = async (recordingPath: string, visitsPath: string, askedPath: string): Promise<void> => {
  const published = new Published(JSON.parse(readFileSync(recordingPath, "utf8")) as Recording)
  const verifiers = new Map<number, Verifier>()
  for await (const line of createInterface({ input: createReadStream(visitsPath), crlfDelay: Infinity })) {
    const visit = JSON.parse(line) as Visit
    const verifier = verifiers.get(visit.verifier) ?? new Verifier(published)
    verifiers.set(visit.verifier, verifier)
    await verifier.sync(visit.at).catch((error: unknown) => {
      if (!visit.is_refused) throw error
    })
    const answers: Answer[] = []
    for (const { text, now } of visit.scans) answers.push(await verifier.judge(text, now))
    process.stdout.write(`${JSON.stringify(answers)}\n`)
  }
  writeFileSync(askedPath, JSON.stringify(published.asked))
}

const bytesOf = (base64: string): Bytes => Uint8Array.from(Buffer.from(base64, "base64"))

class Published {
  readonly anchor: Bytes
  readonly readKey = rememberingKeys()
  readonly asked: (readonly [path: string, now: number])[] = []
  private readonly files: ReadonlyMap<string, readonly (readonly [number, Bytes])[]>
  private readonly issuers = new Map<Bytes, Promise<Issuers>>()
  private readonly lists = new Map<string, Promise<StatusList>>()

  constructor({ anchor, files }: Recording) {
    this.anchor = bytesOf(anchor)
    this.files = new Map(
      Object.entries(files).map(([path, versions]) => [path, versions.map(([at, raw]) => [at, bytesOf(raw)] as const)]),
    )
  }

  /** The file as it was served then. */
  at(path: string, now: number): Bytes | null {
    this.asked.push([path, now])
    return this.files.get(path)?.findLast(([at]) => at <= now)?.[1] ?? null
  }

  /** What follows from an update, and from the status lists as they are served then; worked out once for equal files. */
  async worldOf({ repository, files }: Update, now: number): Promise<World> {
    const [issuers, policy] = [files.get("issuers.json"), files.get("policy.json")]
    const [signedAt, targets] = [repository.timestamp?.signedAt, repository.targets]
    if (!issuers || !policy || typeof signedAt !== "number" || !targets) throw new Error("the update is not whole")
    const parsed = this.issuers.get(issuers) ?? parseIssuers(issuers)
    this.issuers.set(issuers, parsed)
    const trust = makeTrust(await parsed, parsePolicy(policy), { refreshedAt: signedAt, floor: signedAt, sealing: new Map() })
    const status = await this.statusAt(now, trust)
    const floor = Math.max(signedAt, ...[...status.values()].map(({ iat }) => iat))
    return { trust: { ...trust, floor }, status, usableUntil: Math.min(repository.root.expires, targets.expires) }
  }

  private async statusAt(now: number, trust: Trust): Promise<ReadonlyMap<number, StatusList>> {
    const index = this.at("status/index.json", now)
    const { lists } = JSON.parse(new TextDecoder().decode(index ?? new Uint8Array())) as { lists: number[] }
    const found = await Promise.all(lists.map((number) => this.listAt(number, now, trust)))
    return new Map(found.map((list) => [list.number, list]))
  }

  private listAt(number: number, now: number, trust: Trust): Promise<StatusList> {
    const token = new TextDecoder().decode(this.at(`status/${number}`, now) ?? new Uint8Array())
    const same = `${trust.refreshedAt} ${token}`
    const known = this.lists.get(same) ?? statusOf(token, number, trust)
    this.lists.set(same, known)
    return known
  }

  source(now: number): Source {
    const below =
      (folder: string): Get =>
      (path, maxBytes) => {
        const raw = this.at(`${folder}/${path}`, now)
        return raw !== null && raw.length > maxBytes ? Promise.reject(new Error(`${path} is too long`)) : Promise.resolve(raw)
      }
    return { metadata: below("trust"), target: below("trust/targets") }
  }
}

/** What a signature check of one browser found, the others of this process need not compute again. */
const rememberingKeys = (): KeyReader => {
  const keys = new Map<unknown, Promise<SigningKey | null>>()
  return (listed) => {
    const known = keys.get(listed.public) ?? readP256Key(listed).then((key) => key && remembering(key))
    keys.set(listed.public, known)
    return known
  }
}

const remembering = ({ identity, isBy }: SigningKey): SigningKey => {
  const found = new Map<string, Promise<boolean>>()
  return {
    identity,
    isBy: (message, signature) => {
      const same = `${signature} ${Buffer.from(message).toString("latin1")}`
      const known = found.get(same) ?? isBy(message, signature)
      found.set(same, known)
      return known
    },
  }
}

/** One clinic's browser. */
class Verifier {
  private readonly published: Published
  private readonly files = new Map<FileName, Bytes>()
  private readonly storage: Storage = {
    read: (name) => Promise.resolve(this.files.get(name) ?? null),
    commit: (writes) => {
      for (const [name, raw] of writes) {
        if (raw === null) this.files.delete(name)
        else this.files.set(name, raw)
      }
      return Promise.resolve()
    },
  }
  private walkedAt = 0
  private world: World | null = null

  constructor(published: Published) {
    this.published = published
    this.files.set("anchor", published.anchor)
  }

  async sync(now: number): Promise<void> {
    const { published, storage } = this
    const isWalkDue = now - this.walkedAt >= WALK_EVERY_S
    const doors = { storage, source: published.source(now), readKey: published.readKey }
    const made = await update(doors, { targets: TARGETS }, { mode: "product", isWalkDue })
    if (made.hasWalked) this.walkedAt = now
    this.world = await published.worldOf(made, now)
  }

  async judge(text: string, now: number): Promise<Answer> {
    if (this.world === null) throw new Error("judged before the first synchronisation")
    const { trust, usableUntil, status } = this.world
    const standing = now >= usableUntil ? { ...trust, refreshedAt: 0 } : trust
    const made = await verdict(text, { trust: standing, status, clinic: null, now })
    return [made.verdict, made.reasons]
  }
}

const statusOf = (token: string, number: number, trust: Trust): Promise<StatusList> =>
  parseStatusToken(token, { keys: [...trust.keys.values()].flat(), expectedUri: `${trust.policy.statusBase}/${number}` })
