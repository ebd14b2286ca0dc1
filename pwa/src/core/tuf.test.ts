import { describe, expect, it } from "vitest"
import { vectorsOf } from "../testing/vectors"
import type { Case } from "../testing/vectors"
import { utf8Encode } from "./encoding"
import { Malformed } from "./errors"
import { canonicalJson } from "./metadata"
import { checkTarget, openRepository, snapshotPlace, targetPlace, targetsPlace, withRoot, withSnapshot, withTargets, withTimestamp } from "./tuf"
import type { Repository } from "./tuf"

interface Input {
  readonly pinned: string
  readonly steps: readonly (readonly ["root" | "timestamp" | "snapshot" | "targets", string])[]
  readonly target?: { readonly name: string; readonly text: string }
}

const TAKE = {
  root: (repository: Repository, raw: Uint8Array) => withRoot(repository, raw),
  timestamp: withTimestamp,
  snapshot: withSnapshot,
  targets: withTargets,
}

/** A call for each file of a case, each beginning where the one before has ended. */
const callsOf = (input: Input, now: number): ((known: Repository | null) => Promise<Repository | null>)[] => [
  () => openRepository(fileOf(input.pinned)),
  ...input.steps.map(
    ([role, file]) =>
      (known: Repository | null) =>
        TAKE[role](known!, fileOf(file), now),
  ),
  async (known) => {
    const { target } = input
    if (target !== undefined) await checkTarget(known!, target.name, utf8Encode(target.text))
    return known
  },
]

const vectors = vectorsOf("tuf")
const files = vectors["files"] as Readonly<Record<string, string>>
const fileOf = (name: string): Uint8Array => utf8Encode(files[name]!)

const run = async (row: Case, now = row.now ?? 0): Promise<Repository> => {
  const input = row.input as unknown as Input
  const calls = callsOf(input, now)
  let known: Repository | null = null
  for (const [place, call] of calls.entries()) {
    known = await call(known).catch((error: unknown) => {
      if (input.target === undefined) expect(place, "only the last file may be refused").toBe(calls.length - 2)
      throw error
    })
  }
  return known!
}

const faultOf = (error: unknown): unknown => {
  expect(error).toBeInstanceOf(Malformed)
  const { slug, detail } = error as Malformed
  return slug === "malformed" ? { expect: slug } : { expect: slug, output: { fault: detail } }
}

const formOf = ({ root, timestamp, snapshot, targets }: Repository): unknown => {
  const versions = [root, timestamp, snapshot, targets].map((role) => role?.version ?? null)
  return { versions, signed_at: timestamp?.signedAt ?? null, root_version: timestamp?.rootVersion ?? null }
}

const { cases } = vectors

describe("shared vectors", () => {
  it.each(cases.filter((row) => row.expect === "valid").map((row) => [row.id, row] as const))("%s", async (_, row) => {
    const repository = await run(row)
    if (row.call === "update") expect(formOf(repository)).toEqual(row.output)
  })

  it.each(cases.filter((row) => row.expect !== "valid").map((row) => [row.id, row] as const))("%s", async (_, row) => {
    const fault = await run(row).then(() => null, faultOf)
    expect(fault).toEqual({ expect: row.expect, ...(row.output === undefined ? {} : { output: row.output }) })
  })
})

describe("a repository", () => {
  const first = cases.find((row) => row.id === "first-update")!

  it("names its files by their hash", async () => {
    const { path, maxBytes } = targetPlace(await run(first), "issuers.json")
    expect(path).toMatch(/^[0-9a-f]{64}\.issuers\.json$/)
    expect(maxBytes).toBe(13)
  })

  it("names nothing that comes before what names it", async () => {
    const input = first.input as unknown as Input
    const opened = await openRepository(fileOf(input.pinned))
    for (const place of [snapshotPlace, targetsPlace]) expect(() => place(opened)).toThrow("out-of-order")
    expect(() => targetPlace(opened, "issuers.json")).toThrow("out-of-order")
    const unhashed = cases.find((row) => row.id === "target-by-an-unknown-hash")!
    const { steps, pinned } = unhashed.input as unknown as Input
    let known = await openRepository(fileOf(pinned))
    for (const [role, file] of steps) known = await TAKE[role](known, fileOf(file), null)
    expect(() => targetPlace(known, "issuers.json")).toThrow("hash-mismatch")
  })

  it("has neither versions nor hashes in its names where the root says so, or says nothing", async () => {
    const plain = await run(cases.find((row) => row.id === "root-without-consistent-snapshots")!)
    expect([snapshotPlace(plain).path, targetsPlace(plain).path]).toEqual(["snapshot.json", "targets.json"])
    expect(targetPlace(plain, "issuers.json").path).toBe("issuers.json")
  })

  it("is read again from storage after its time, and asks for newer files then", async () => {
    const input = first.input as unknown as Input
    let known = await openRepository(fileOf(input.pinned))
    for (const [role, file] of input.steps) known = await TAKE[role](known, fileOf(file), null)
    expect(known.targets?.version).toBe(1)
    const raw = fileOf(input.steps[0]![1])
    await expect(withTimestamp(known, raw, known.timestamp!.expires)).rejects.toMatchObject({ detail: "expired" })
  })
})

describe("canonicalJson", () => {
  it("sorts members by code point and escapes only quotes and backslashes", () => {
    const value = { "\u{1f995}": 1, "\uff5e": 2, a: ['"\\\n', true, null, -3] }
    expect(canonicalJson(value)).toBe('{"a":["\\"\\\\\n",true,null,-3],"\uff5e":2,"\u{1f995}":1}')
  })
})
