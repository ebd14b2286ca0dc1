// Replays what a deployment published to verifiers that synchronise now and then, each with a memory of its own.
//
// The workflow is that of the faces (core/tuf-client.ts in its product manner) and so is what is then trusted
// (device/trust-store.ts, of which this is the twin in memory): everything stored is verified again before it is used.
import { createReadStream, readFileSync } from "node:fs"
import { createInterface } from "node:readline"
import { parseStatusToken } from "../core/status-list"
import type { StatusList } from "../core/status-list"
import { makeTrust, parseIssuers, parsePolicy } from "../core/trust"
import type { Trust } from "../core/trust"
import { load, loadTarget, update } from "../core/tuf-client"
import type { Bytes, FileName, Get, Source, Storage } from "../core/tuf-client"
import { verdict } from "../core/verdict"

/** What was published: the pinned root, and by path each version with the instant of its publication; bytes in base64. */
interface Recording {
  readonly anchor: string
  readonly files: Readonly<Record<string, readonly (readonly [number, string])[]>>
}

interface Visit {
  readonly verifier: number
  readonly at: number
  readonly scans: readonly { readonly text: string; readonly now: number }[]
}

type Answer = readonly [verdict: string, reasons: readonly string[]]

const TARGETS = ["issuers.json", "policy.json", "clinics.json"]
const WALK_EVERY_S = 24 * 3600 // as device/sync.ts

/**
 * A line [[verdict, reasons], …] on standard output for each visit, in order.
 *
 * recordingPath: a Recording
 * visitsPath:    a Visit in each line, those of one verifier in the order of time
 */
export const answerVisits = async (recordingPath: string, visitsPath: string): Promise<void> => {
  const published = new Published(JSON.parse(readFileSync(recordingPath, "utf8")) as Recording)
  const verifiers = new Map<number, Verifier>()
  for await (const line of createInterface({ input: createReadStream(visitsPath), crlfDelay: Infinity })) {
    const visit = JSON.parse(line) as Visit
    const verifier = verifiers.get(visit.verifier) ?? new Verifier(published)
    verifiers.set(visit.verifier, verifier)
    await verifier.sync(visit.at)
    const answers: Answer[] = []
    for (const { text, now } of visit.scans) answers.push(await verifier.judge(text, now))
    process.stdout.write(`${JSON.stringify(answers)}\n`)
  }
}

const bytesOf = (base64: string): Bytes => Uint8Array.from(Buffer.from(base64, "base64"))

class Published {
  readonly anchor: Bytes
  private readonly files: ReadonlyMap<string, readonly (readonly [number, Bytes])[]>

  constructor({ anchor, files }: Recording) {
    this.anchor = bytesOf(anchor)
    this.files = new Map(
      Object.entries(files).map(([path, versions]) => [path, versions.map(([at, raw]) => [at, bytesOf(raw)] as const)]),
    )
  }

  /** The file as it was served then. */
  at(path: string, now: number): Bytes | null {
    return this.files.get(path)?.findLast(([at]) => at <= now)?.[1] ?? null
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

/** One clinic's browser. */
class Verifier {
  private readonly published: Published
  private readonly files = new Map<FileName, Bytes>()
  private readonly tokens = new Map<number, string>()
  private readonly storage: Storage = {
    read: (name) => Promise.resolve(this.files.get(name) ?? null),
    commit: (writes) => {
      for (const [name, raw] of writes) if (raw === null) this.files.delete(name)
      else this.files.set(name, raw)
      return Promise.resolve()
    },
  }
  private walkedAt = 0

  constructor(published: Published) {
    this.published = published
    this.files.set("anchor", published.anchor)
  }

  async sync(now: number): Promise<void> {
    const isWalkDue = now - this.walkedAt >= WALK_EVERY_S
    const doors = { storage: this.storage, source: this.published.source(now) }
    const { hasWalked } = await update(doors, { targets: TARGETS }, { mode: "product", isWalkDue })
    if (hasWalked) this.walkedAt = now
    await this.syncStatus(now)
  }

  private async syncStatus(now: number): Promise<void> {
    const trust = await this.trust(now)
    const index = this.published.at("status/index.json", now)
    if (trust === null || index === null) throw new Error("nothing is published")
    const { lists } = JSON.parse(new TextDecoder().decode(index)) as { lists: number[] }
    for (const number of lists) {
      const token = new TextDecoder().decode(this.published.at(`status/${number}`, now) ?? new Uint8Array())
      await statusOf(token, number, trust)
      this.tokens.set(number, token)
    }
  }

  async judge(text: string, now: number): Promise<Answer> {
    const trust = await this.trust(now)
    const status = new Map<number, StatusList>()
    if (trust !== null) for (const [number, token] of this.tokens) status.set(number, await statusOf(token, number, trust))
    const floor = Math.max(trust?.floor ?? 0, ...[...status.values()].map(({ iat }) => iat))
    const made = await verdict(text, { trust: trust && { ...trust, floor }, status, clinic: null, now })
    return [made.verdict, made.reasons]
  }

  private async trust(now: number): Promise<Trust | null> {
    const repository = await load(this.storage)
    if (repository?.targets == null || repository.timestamp?.signedAt == null) return null
    const { root, targets, timestamp } = repository
    const issuers = await loadTarget(this.storage, repository, "issuers.json")
    const policy = await loadTarget(this.storage, repository, "policy.json")
    if (issuers === null || policy === null) return null
    const signedAt = timestamp.signedAt ?? 0
    const isOver = now >= Math.min(root.expires, targets.expires)
    const stands = { refreshedAt: isOver ? 0 : signedAt, floor: signedAt, sealing: new Map<number, CryptoKey>() }
    return makeTrust(await parseIssuers(issuers), parsePolicy(policy), stands)
  }
}

const statusOf = (token: string, number: number, trust: Trust): Promise<StatusList> =>
  parseStatusToken(token, { keys: [...trust.keys.values()].flat(), expectedUri: `${trust.policy.statusBase}/${number}` })
