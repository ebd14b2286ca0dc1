import { beforeEach, describe, expect, it, test } from "vitest"
import { DAY_S, MemoryStorage, SIGNED_AT, TufRepository } from "../testing/tuf-repository"
import { utf8Encode } from "./encoding"
import { Malformed } from "./errors"
import { load, loadTarget, update } from "./tuf-client"
import type { Doors, Manner, Update } from "./tuf-client"

const PRODUCT: Manner = { mode: "product", isWalkDue: false }
const DUE: Manner = { mode: "product", isWalkDue: true }
const STRICT: Manner = { mode: "strict", now: SIGNED_AT + 60 }
const ONE = { "one.json": utf8Encode('{"one":1}'), "two.json": utf8Encode('{"two":2}') }
const OTHER = { ...ONE, "two.json": utf8Encode('{"two":22}') }
const NAMES = Object.keys(ONE)

let repository: TufRepository
let storage: MemoryStorage
let doors: Doors

beforeEach(() => {
  repository = new TufRepository()
  repository.publish(ONE)
  storage = new MemoryStorage(repository.anchor)
  doors = { storage, source: repository.source }
})

const bring = (manner: Manner = PRODUCT, targets = NAMES): Promise<Update> => update(doors, { targets }, manner)

/** What an update asks for, the paths of targets without their hashes. */
const asksFor = async (manner: Manner): Promise<string[]> => {
  repository.asked.length = 0
  await bring(manner)
  return repository.asked.map((path) => path.replace(/[0-9a-f]{64}\./, ""))
}

const textOf = (raw: Uint8Array | null | undefined): string => new TextDecoder().decode(Uint8Array.from(raw ?? []))
const versionsOf = async (): Promise<unknown> => {
  const known = await load(storage)
  return known && [known.root.version, known.timestamp?.version, known.snapshot?.version, known.targets?.version]
}
const refusalOf = async (made: Promise<unknown>): Promise<string> => {
  const error: unknown = await made.then(() => null, (thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(Malformed)
  return (error as Malformed).detail
}

describe("an update of the product", () => {
  test("brings everything from the pinned root down, and keeps it in one commit", async () => {
    const { files } = await bring(DUE)
    expect(repository.asked.slice(0, 4)).toEqual(["2.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json"])
    expect(textOf(files.get("two.json"))).toBe('{"two":2}')
    expect(storage.commits).toHaveLength(1)
    expect(await versionsOf()).toEqual([1, 1, 1, 1])
  })

  test("that finds nothing new is one request and no write", async () => {
    await bring(DUE)
    storage.commits.length = 0
    expect(await asksFor(PRODUCT)).toEqual(["timestamp.json"])
    expect(storage.commits).toEqual([])
  })

  test("that finds only a newer timestamp is one request and one write", async () => {
    await bring(DUE)
    repository.publishTimestamp({ signedAt: SIGNED_AT + DAY_S })
    expect(await asksFor(PRODUCT)).toEqual(["timestamp.json"])
    expect([...storage.commits[1]!.keys()]).toEqual(["timestamp"])
    expect((await load(storage))?.timestamp?.signedAt).toBe(SIGNED_AT + DAY_S)
  })

  test("asks only for the trust file that changed", async () => {
    await bring(DUE)
    repository.publish(OTHER)
    expect(await asksFor(PRODUCT)).toEqual(["timestamp.json", "2.snapshot.json", "2.targets.json", "targets/two.json"])
    expect(textOf(storage.kept.get("target:two.json"))).toBe('{"two":22}')
  })

  test("walks the roots when the timestamp knows a newer one", async () => {
    await bring(DUE)
    repository.publishRoot(["root"])
    repository.publishTimestamp()
    expect(await asksFor(PRODUCT)).toEqual(["timestamp.json", "2.root.json", "3.root.json", "timestamp.json"])
    expect(await versionsOf()).toEqual([2, 2, 1, 1])
  })

  test("walks the roots when the timestamp says nothing of them", async () => {
    repository.publishTimestamp({ rootVersion: null })
    expect(await asksFor(PRODUCT)).toContain("2.root.json")
    expect(await asksFor(PRODUCT)).toEqual(["timestamp.json", "2.root.json", "timestamp.json"])
  })

  test("walks the roots when the caller says that it is time", async () => {
    await bring(DUE)
    expect(await asksFor(DUE)).toEqual(["2.root.json", "timestamp.json"])
  })

  test.each(["timestamp", "snapshot", "targets"] as const)("walks the roots when the new keys of %s are not known yet", async (role) => {
    await bring(DUE)
    repository.publishRoot([role])
    repository.publishAgain({ rootVersion: 1 }) // a hint that is behind misses nothing for long
    await bring()
    expect(await versionsOf()).toEqual([2, 2, 2, 2])
  })

  test("a thief who ran ahead is undone by new keys, and the set is whole (D05)", async () => {
    for (let count = 0; count < 5; count += 1) repository.publishTimestamp()
    await bring(DUE)
    repository.restartTimestamps()
    repository.publishRoot(["timestamp"])
    repository.publishTimestamp()
    await bring()
    expect(await versionsOf()).toEqual([2, 1, 1, 1])
  })

  test("takes no timestamp that knows a newer root than there is to be had: withheld roots show", async () => {
    await bring(DUE)
    repository.publishRoot()
    repository.publishTimestamp()
    repository.files.delete("2.root.json")
    expect(await refusalOf(bring())).toBe("out-of-order")
    expect(await versionsOf()).toEqual([1, 1, 1, 1])
  })

  test("takes what is genuine although it is over: its age is for the verdict to say (D02)", async () => {
    repository.publishRoot([], SIGNED_AT - DAY_S)
    repository.publish(ONE, { expires: SIGNED_AT - DAY_S })
    await bring(DUE)
    expect(await versionsOf()).toEqual([2, 2, 2, 2])
  })

  test("throws what the doors throw, and does not ask twice then", async () => {
    await bring(DUE)
    repository.asked.length = 0
    const source = { ...repository.source, metadata: () => Promise.reject(new TypeError("no network")) }
    await expect(update({ storage, source }, { targets: [] }, PRODUCT)).rejects.toThrow("no network")
  })

  test("keeps nothing when the last look refuses", async () => {
    const check = (): void => {
      throw new Malformed("environment-mismatch")
    }
    await expect(update(doors, { targets: NAMES, check }, DUE)).rejects.toThrow("environment-mismatch")
    expect(storage.commits).toEqual([])
  })

  test("tells of each step", async () => {
    let steps = 0
    await update(doors, { targets: NAMES, onStep: () => (steps += 1) }, DUE)
    expect(steps).toBe(5)
  })

  test("without a pinned root is refused, and asks for nothing", async () => {
    storage.kept.clear()
    expect(await refusalOf(bring())).toBe("missing")
    expect(repository.asked).toEqual([])
  })
})

describe("whole or not at all (D07)", () => {
  beforeEach(async () => {
    await bring(DUE)
    repository.publishRoot(["timestamp"])
    repository.publish(OTHER)
  })

  test("wherever the source breaks off, the last good set stays", async () => {
    const before = new Map(storage.kept)
    for (let answers = 0; ; answers += 1) {
      let left = answers
      const { metadata, target } = repository.source
      const cut = (get: typeof metadata): typeof metadata => (path, maxBytes) =>
        left-- > 0 ? get(path, maxBytes) : Promise.reject(new TypeError("gone"))
      const done = await update({ storage, source: { metadata: cut(metadata), target: cut(target) } }, { targets: NAMES }, DUE).catch(() => null)
      if (done !== null) break
      expect(storage.kept).toEqual(before)
    }
    expect(await versionsOf()).toEqual([2, 2, 2, 2])
  })

  test("whatever file is missing or altered, the last good set stays", async () => {
    const before = new Map(storage.kept)
    const changed = [...repository.files].filter(([path, raw]) => /^2\.[st]|^timestamp/.test(path) || textOf(raw) === textOf(OTHER["two.json"]))
    expect(changed).toHaveLength(4)
    for (const [path] of changed) {
      const good = repository.file(path)
      for (const bad of [null, good.map((byte, at) => (at === 5 ? byte ^ 1 : byte)), good.slice(0, -1)]) {
        if (bad === null) repository.files.delete(path)
        else repository.files.set(path, bad)
        await expect(bring(DUE)).rejects.toBeInstanceOf(Malformed)
        expect(storage.kept).toEqual(before)
      }
      repository.files.set(path, good)
    }
  })

  test("a storage that fails leaves what it left", async () => {
    const before = new Map(storage.kept)
    const full = { read: storage.read, commit: () => Promise.reject(new RangeError("full")) }
    await expect(update({ ...doors, storage: full }, { targets: NAMES }, DUE)).rejects.toThrow("full")
    expect(storage.kept).toEqual(before)
    expect(await versionsOf()).toEqual([1, 1, 1, 1])
  })
})

test("a storage that cannot be read is not one that has nothing", async () => {
  const read: MemoryStorage["read"] = (name) =>
    name === "target:one.json" ? Promise.reject(new RangeError("worn out")) : storage.read(name)
  await expect(update({ ...doors, storage: { read, commit: storage.commit } }, { targets: NAMES }, DUE)).rejects.toThrow("worn out")
})

describe("an update to the letter of the specification", () => {
  test("keeps each file as soon as it is verified", async () => {
    repository.publish(OTHER)
    repository.files.delete("2.targets.json")
    expect(await refusalOf(bring(STRICT))).toBe("missing")
    expect([...storage.kept.keys()]).toEqual(["anchor", "timestamp", "snapshot"])
  })

  test("takes nothing that is over", async () => {
    repository.publishTimestamp({ expires: SIGNED_AT })
    expect(await refusalOf(bring(STRICT))).toBe("expired")
    repository.publishRoot([], SIGNED_AT)
    expect(await refusalOf(bring(STRICT))).toBe("expired")
    expect(storage.kept.has("root:2")).toBe(true)
  })

  test("forgets timestamp and snapshot when their keys are new, and needs no word of the newest root (D05)", async () => {
    repository.publishTimestamp({ rootVersion: 99 })
    await bring(STRICT)
    repository.publishRoot(["timestamp"])
    repository.files.delete("timestamp.json")
    expect(await refusalOf(bring(STRICT))).toBe("missing")
    expect([...storage.kept.keys()].filter((name) => !name.startsWith("target"))).toEqual(["anchor", "root:2"])
  })

  test("walks 256 roots and no more", async () => {
    for (let count = 0; count < 257; count += 1) repository.publishRoot()
    await bring(STRICT)
    expect(storage.kept.has("root:257")).toBe(true)
    expect(storage.kept.has("root:258")).toBe(false)
  })
})

describe("what is stored", () => {
  beforeEach(async () => {
    repository.publishRoot(["root", "targets"])
    repository.publishAgain()
    await bring(DUE)
  })

  it("is nothing before the first update", async () => {
    storage.kept.clear()
    expect(await load(storage)).toBeNull()
  })

  it("is verified again from the pinned root down", async () => {
    const known = (await load(storage))!
    expect(known.root.version).toBe(2)
    expect(textOf(await loadTarget(storage, known, "one.json"))).toBe('{"one":1}')
    expect(await loadTarget(storage, known, "one.json")).not.toBeNull()
    storage.kept.delete("target:one.json")
    expect(await loadTarget(storage, known, "one.json")).toBeNull()
  })

  it("is refused without any one of its files, however newer the rest", async () => {
    for (const [name, raw] of [...storage.kept].filter(([found]) => !found.startsWith("target:"))) {
      storage.kept.delete(name)
      if (name === "anchor") expect(await load(storage)).toBeNull()
      else await refusalOf(load(storage))
      storage.kept.set(name, raw)
    }
  })

  it("holds back what is older, also when only a part of it still verifies (D01)", async () => {
    repository.publish(OTHER)
    repository.publish(OTHER)
    await bring(STRICT)
    const older = repository.files.get("3.targets.json")!
    storage.kept.set("timestamp", Uint8Array.of(1, 2, 3))
    repository.publishTimestamp()
    await bring(DUE)
    expect(older).not.toEqual(storage.kept.get("targets"))
    expect(await versionsOf()).toEqual([2, 5, 4, 4])
  })

  it("is brought again where it was damaged", async () => {
    const good = new Map(storage.kept)
    for (const name of [...good.keys()].filter((found) => found !== "anchor")) {
      storage.kept.set(name, Uint8Array.of(123))
      await bring()
      expect(storage.kept.get(name)).toEqual(good.get(name))
    }
  })

  it("a damaged pinned root is the end: it is never replaced", async () => {
    storage.kept.set("anchor", Uint8Array.of(123))
    await expect(bring(DUE)).rejects.toBeInstanceOf(Malformed)
    await expect(load(storage)).rejects.toBeInstanceOf(Malformed)
  })

  it("each byte of each file flipped in turn: refused, or the same set (D07)", { timeout: 120_000 }, async () => {
    const good = await formOf(storage)
    let refused = 0
    for (const [name, raw] of [...storage.kept]) {
      for (let at = 0; at < raw.length; at += 1) {
        storage.kept.set(name, raw.map((byte, place) => (place === at ? byte ^ (1 << (at % 8)) : byte)))
        const found = await formOf(storage)
        if (found === null) refused += 1
        else expect(found, `${name}, byte ${at}`).toBe(good)
      }
      storage.kept.set(name, raw)
    }
    expect(refused).toBeGreaterThan(3_000)
    expect(await formOf(storage)).toBe(good)
  })

  it("each file cut short anywhere: refused (D07)", { timeout: 120_000 }, async () => {
    for (const [name, raw] of [...storage.kept]) {
      for (let end = 0; end < raw.length; end += 7) {
        storage.kept.set(name, raw.slice(0, end))
        expect(await formOf(storage), `${name} to ${end}`).toBeNull()
      }
      storage.kept.set(name, raw)
    }
  })

  it("files exchanged for each other are refused; only a later genuine root may stand as the first one (D07)", async () => {
    const [good, before] = [await formOf(storage), new Map(storage.kept)]
    const names = [...before.keys()]
    for (const one of names) {
      for (const other of names.filter((name) => name !== one)) {
        storage.kept.set(one, before.get(other)!)
        storage.kept.set(other, before.get(one)!)
        const isLaterRoot = [one, other].sort().join() === "anchor,root:2"
        expect(await formOf(storage), `${one} and ${other}`).toBe(isLaterRoot ? good : null)
        storage.kept.set(one, before.get(one)!)
        storage.kept.set(other, before.get(other)!)
      }
    }
    expect(await formOf(storage)).toBe(good)
  })
})

/** All that a verdict could rest on, or null when it is refused. */
const formOf = async (stored: MemoryStorage): Promise<string | null> => {
  try {
    const known = (await load(stored))!
    const files = await Promise.all(NAMES.map(async (name) => textOf(await loadTarget(stored, known, name))))
    const { root, timestamp, targets } = known
    return JSON.stringify([root.version, root.expires, [...root.keys.keys()], timestamp, targets?.expires, ...files])
  } catch (error) {
    expect(error).toBeInstanceOf(Malformed)
    return null
  }
}

