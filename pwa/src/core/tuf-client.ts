// The client workflow of TUF from end to end, on a storage and a source that are the caller's; one workflow for every caller.
//
// Two manners, chosen by name. "strict" is the specification to the letter: roots first, each file kept as soon as it is
// verified, nothing expired. "product" is what the faces do, and differs in three ways:
//
// 1. Genuine but expired metadata is taken. How old is too old is for the verdict to say, aloud, at 24 h, 7 d and 30 d
//    (DESIGN §4): a receptionist with a three-day-old list is told so, not left with nothing.
// 2. An update is kept whole or not at all: a phone that loses power, or a repository that breaks off half-way, leaves the
//    last good set. What the strict manner keeps early (a newer root, a newer timestamp) a hostile repository could as well
//    have withheld.
// 3. An idle update is one request. §5.3 asks for root N+1 first, every time, and the answer is "no such file" for years. Our
//    timestamp says which root was the newest when it was signed (`root_version`), so the timestamp is asked for first, and
//    the roots are walked when it names a newer one, when it names none, when anything is refused, when the caller says that
//    a walk is due (once a day), and at the first update. The hint only ever adds a walk, or a refusal: a timestamp that
//    knows of a newer root than can be had is not taken, also not after the walk, which §5.3 alone would do. What it saves
//    is bounded: whoever can lie in it holds the timestamp key, and hides a root from us for a day at most, while whoever
//    holds the network can withhold the next root from §5.3 itself for as long as they like (§6.1, end: freeze).
//
// Source: TUF specification 1.0 §5 (detailed client workflow); the checks of each step are in tuf.ts.
import { Malformed } from "./errors"
import type { KeyReader } from "./metadata"
import {
  MAX_BYTES,
  MAX_ROOTS,
  broken,
  checkRootInForce,
  checkTarget,
  openRepository,
  snapshotPlace,
  targetPlace,
  targetsPlace,
  withLastSnapshot,
  withRoot,
  withSnapshot,
  withTargets,
  withTimestamp,
} from "./tuf"
import type { Place, Repository } from "./tuf"

export type Bytes = Uint8Array<ArrayBuffer>

/** What is kept: the pinned root, each root since by its version, the three other roles, trust files by their names. */
export type FileName = "anchor" | `root:${number}` | "timestamp" | "snapshot" | "targets" | `target:${string}`
/** Files to keep, or to remove (null). */
export type Writes = ReadonlyMap<FileName, Bytes | null>

export interface Storage {
  /** The bytes of a file, or null when there is none. */
  readonly read: (name: FileName) => Promise<Bytes | null>
  /** Keeps them all, or none where the storage can promise that. */
  readonly commit: (writes: Writes) => Promise<void>
}

/** Gives the bytes at a path of the repository, null when there is no such file; throws when there are more, or no answer. */
export type Get = (path: string, maxBytes: number) => Promise<Bytes | null>

export interface Source {
  readonly metadata: Get
  readonly target: Get
}

/** now: when the update began, in seconds since 1970; isWalkDue: whether the roots are walked whatever the timestamp says. */
export type Manner =
  | { readonly mode: "strict"; readonly now: number }
  | { readonly mode: "product"; readonly isWalkDue: boolean }

export interface Doors {
  readonly storage: Storage
  readonly source: Source
  readonly readKey?: KeyReader
}

export interface Wish {
  /** Trust files to bring. */
  readonly targets: readonly string[]
  /** Told after each step. */
  readonly onStep?: () => void
  /** A last look at the trust files before a whole set is kept; it throws to keep nothing. */
  readonly check?: (update: Update) => Promise<void> | void
}

export interface Update {
  readonly repository: Repository
  readonly files: ReadonlyMap<string, Bytes>
  readonly hasWalked: boolean
}

/**
 * Brings the repository and the trust files wished for up to date.
 *
 * Throws: Malformed for whatever does not verify or is missing, and what the doors throw
 */
export const update = async (doors: Doors, wish: Wish, manner: Manner): Promise<Update> => {
  const isWalkFirst = manner.mode === "strict" || manner.isWalkDue
  try {
    return await attempt(doors, wish, { ...rulesOf(manner), isWalkFirst })
  } catch (error) {
    if (isWalkFirst || !(error instanceof Malformed)) throw error
    return attempt(doors, wish, { ...rulesOf(manner), isWalkFirst: true })
  }
}

/**
 * The repository as it is stored, every signature and hash checked again from the pinned root down; null before the first
 * update. Expired metadata counts: its age is for the caller to judge.
 *
 * Throws: Malformed when any file of it is missing or is not as it was kept (row D07)
 */
export const load = async (storage: Storage): Promise<Repository | null> => {
  const names = ["anchor", "timestamp", "snapshot", "targets"] as const
  // All at once: a face waits for this before it can show anything.
  const [anchor = null, timestamp, snapshot, targets] = await Promise.all(names.map((name) => storage.read(name)))
  if (anchor === null) return null
  let repository = await rootsOf(storage, await openRepository(anchor), "strict")
  const steps = [[timestamp, withTimestamp], [snapshot, withSnapshot], [targets, withTargets]] as const
  for (const [raw, take] of steps) repository = await take(repository, raw ?? broken("missing", "a file of the set"), null)
  checkRootKnown(repository)
  return repository
}

/** A stored trust file; null when it is not here. Throws Malformed when it is not the one that the targets name (row D07). */
export const loadTarget = async (storage: Storage, repository: Repository, name: string): Promise<Bytes | null> => {
  const raw = await storage.read(`target:${name}`)
  if (raw !== null) await checkTarget(repository, name, raw)
  return raw
}

interface Rules {
  readonly now: number | null
  readonly isWalkFirst: boolean
  readonly isKeptAtOnce: boolean
  readonly isRootVersionHeeded: boolean
}

const rulesOf = (manner: Manner): Omit<Rules, "isWalkFirst"> =>
  manner.mode === "strict"
    ? { now: manner.now, isKeptAtOnce: true, isRootVersionHeeded: false }
    : { now: null, isKeptAtOnce: false, isRootVersionHeeded: true }

/** Files that were verified and are on their way into the storage; read through it, they are there already. */
class Draft {
  private writes = new Map<FileName, Bytes | null>()
  private readonly storage: Storage
  private readonly isKeptAtOnce: boolean

  constructor(storage: Storage, isKeptAtOnce: boolean) {
    this.storage = storage
    this.isKeptAtOnce = isKeptAtOnce
  }

  readonly read = async (name: FileName): Promise<Bytes | null> => {
    const written = this.writes.get(name)
    return written === undefined ? this.storage.read(name) : written
  }

  async put(...files: readonly (readonly [FileName, Bytes | null])[]): Promise<void> {
    for (const [name, raw] of files) this.writes.set(name, raw)
    if (this.isKeptAtOnce) await this.keep()
  }

  async keep(): Promise<void> {
    const { writes } = this
    this.writes = new Map()
    if (writes.size > 0) await this.storage.commit(writes)
  }
}

/** One update under way: the doors, the rules and what is not kept yet. */
interface Work extends Doors {
  readonly rules: Rules
  readonly draft: Draft
}

const attempt = async (doors: Doors, wish: Wish, rules: Rules): Promise<Update> => {
  const work: Work = { ...doors, rules, draft: new Draft(doors.storage, rules.isKeptAtOnce) }
  const step = <Value>(value: Value): Value => {
    wish.onStep?.()
    return value
  }
  const known = await knownRepository(doors)
  const rooted = step(rules.isWalkFirst ? await walkRoots(work, known) : known)
  const timed = step(await takeTimestamp(work, rooted))
  const repository = step(await takeTargets(work, await takeSnapshot(work, timed)))
  const files = new Map<string, Bytes>()
  for (const name of wish.targets) files.set(name, step(await takeTarget(work, repository, name)))
  const made = { repository, files, hasWalked: rules.isWalkFirst }
  await wish.check?.(made)
  await work.draft.keep()
  return made
}

/** What was verified before, as far as it still verifies; the rest holds nothing back and is brought anew (§5.2). */
const knownRepository = async ({ storage, readKey }: Doors): Promise<Repository> => {
  const anchor = (await storage.read("anchor")) ?? broken("missing", "no pinned root")
  let repository = await rootsOf(storage, await openRepository(anchor, readKey), "tolerant")
  const steps = [["timestamp", withTimestamp], ["snapshot", withSnapshot]] as const
  for (const [name, take] of steps) {
    const raw = await storage.read(name)
    if (raw !== null) repository = (await orNull(take(repository, raw, null))) ?? (await asLast(repository, name, raw))
  }
  return repository
}

/** A snapshot that the timestamp does not name (any more) still holds back what is older. */
const asLast = async (repository: Repository, name: string, raw: Bytes): Promise<Repository> =>
  (name === "snapshot" ? await orNull(withLastSnapshot(repository, raw)) : null) ?? repository

const rootsOf = async (storage: Storage, pinned: Repository, manner: "strict" | "tolerant"): Promise<Repository> => {
  let repository = pinned
  for (;;) {
    const raw = await storage.read(`root:${repository.root.version + 1}`)
    if (raw === null) return repository
    const next = manner === "strict" ? await withRoot(repository, raw) : await orNull(withRoot(repository, raw))
    if (next === null) return repository
    repository = next
  }
}

/** §5.3: each root from the known one on, signed by the one before it, to the last that there is. */
const walkRoots = async ({ source, draft, rules }: Work, known: Repository): Promise<Repository> => {
  let repository = known
  for (let hops = 0; hops < MAX_ROOTS; hops += 1) {
    const version = repository.root.version + 1
    const raw = await source.metadata(`${version}.root.json`, MAX_BYTES.root)
    if (raw === null) break
    const next = await withRoot(repository, raw)
    const isForgotten = repository.timestamp !== null && next.timestamp === null // §5.3.11
    const forgotten = isForgotten ? ([["timestamp", null], ["snapshot", null]] as const) : []
    await draft.put([`root:${version}`, raw], ...forgotten)
    repository = next
  }
  checkRootInForce(repository, rules.now)
  return repository
}

/** §5.4, and point 3 of the head of this file. */
const takeTimestamp = async ({ source, draft, rules }: Work, repository: Repository): Promise<Repository> => {
  const raw = needed(await source.metadata("timestamp.json", MAX_BYTES.timestamp), "timestamp.json")
  const taken = await withTimestamp(repository, raw, rules.now)
  if (rules.isRootVersionHeeded) {
    checkRootKnown(taken)
    if (!rules.isWalkFirst && taken.timestamp?.rootVersion === null) broken("out-of-order", "no word of the newest root")
  }
  if (taken !== repository) await draft.put(["timestamp", raw])
  return taken
}

const checkRootKnown = ({ root, timestamp }: Repository): void => {
  if ((timestamp?.rootVersion ?? 0) > root.version) broken("out-of-order", "the timestamp knows a newer root")
}

/** §5.5; what is stored already and still named is not asked for again. */
const takeSnapshot = (work: Work, repository: Repository): Promise<Repository> =>
  takeNamed(work, "snapshot", { place: snapshotPlace(repository), take: (raw) => withSnapshot(repository, raw, work.rules.now) })

/** §5.6.1-5.6.6; top-level targets only, delegations are not followed. */
const takeTargets = (work: Work, repository: Repository): Promise<Repository> =>
  takeNamed(work, "targets", { place: targetsPlace(repository), take: (raw) => withTargets(repository, raw, work.rules.now) })

const takeNamed = async (
  { source, draft }: Work,
  name: "snapshot" | "targets",
  { place, take }: { readonly place: Place; readonly take: (raw: Bytes) => Promise<Repository> },
): Promise<Repository> => {
  const kept = await draft.read(name)
  const known = kept === null ? null : await orNull(take(kept))
  if (known !== null) return known
  const raw = needed(await source.metadata(place.path, place.maxBytes), place.path)
  const taken = await take(raw)
  await draft.put([name, raw])
  return taken
}

/** §5.7. */
const takeTarget = async ({ storage, source, draft }: Work, repository: Repository, name: string): Promise<Bytes> => {
  const place = targetPlace(repository, name)
  const kept = await orNull(loadTarget(storage, repository, name))
  if (kept !== null) return kept
  const raw = needed(await source.target(place.path, place.maxBytes), place.path)
  await checkTarget(repository, name, raw)
  await draft.put([`target:${name}`, raw])
  return raw
}

const needed = (raw: Bytes | null, path: string): Bytes => raw ?? broken("missing", path)

/** The value, or null when it was refused. */
const orNull = async <Value>(made: Promise<Value>): Promise<Value | null> => {
  try {
    return await made
  } catch (error) {
    if (error instanceof Malformed) return null
    throw error
  }
}
