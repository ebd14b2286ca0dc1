// Tabs of one counter that may die at any step, the weather between it and the centre, and the centre itself.
import "fake-indexeddb/auto"
import { IDBFactory } from "fake-indexeddb"
import { vi } from "vitest"
import type { Scanned, Written } from "../device/outbox"
import { openCentre, type Centre } from "./centre"

export const CLUES = "HGIMS900110"

/** A tab: modules of its own over the one database of the device; dead, it never goes on from where it stands. */
export interface Tab {
  readonly write: (scanned: Scanned) => Promise<Written>
  readonly drain: () => Promise<string | null>
  readonly outbox: typeof import("../device/drain").outbox
  readonly sendAgain: () => Promise<void>
  readonly forgetConflicts: () => Promise<void>
  readonly store: typeof import("../device/store")
}

/** Where a tab dies: at so many steps from now, before or after what the step does to the disk. */
export interface Death {
  left: number
  readonly isAfter: boolean
}

export type Weather = "fine" | "no-network" | "answer-lost" | "busy" | "logged-out"

/** What a test sees and sets; a new one for each test. */
export interface Stage {
  death: Death | null
  weather: Weather
  requests: number
  centre: Centre
}

let tabs = 0
/** Tabs before this one are dead, wherever they stood. */
let firstAlive = 0
let now: Stage

/** A device on which nothing was ever kept, and a centre that has heard of nothing. */
export const beginAnew = async (): Promise<Stage> => {
  await (await import("../device/store")).close()
  now = { death: null, weather: "fine", requests: 0, centre: await openCentre() }
  buryAll()
  vi.stubGlobal("indexedDB", new IDBFactory())
  vi.stubGlobal("fetch", mortal((_path: string, init: { body: string }) => answerTo(init.body)))
  return now
}

/** Every tab that is open dies where it stands; those opened from now on live. */
export const buryAll = (): void => {
  now.death = null
  firstAlive = tabs + 1
}

export const openTab = async (): Promise<Tab> => {
  vi.resetModules()
  const tab = (tabs += 1)
  vi.doMock("../device/store", async (original) => {
    const real = await original<typeof import("../device/store")>()
    const { get, put, putAll, putAllIf, entries } = real
    const mine = { get: mortal(get, tab), put: mortal(put, tab), putAll: mortal(putAll, tab), putAllIf: mortal(putAllIf, tab), entries: mortal(entries, tab) }
    return { ...real, ...mine }
  })
  // One after the other: of those that are imported at once, one may be given the store itself, and its tab never dies.
  const store = await import("../device/store")
  const { writeReceipt } = await import("../device/outbox")
  const { drain, outbox, sendAgain, forgetConflicts } = await import("../device/drain")
  return { write: writeReceipt, drain, outbox, sendAgain, forgetConflicts, store }
}

const never = (): Promise<never> => new Promise(() => undefined)

let begun = 0

/** What the disk or the centre had begun for a tab comes to its end, whether or not the tab is there to hear of it. */
const doneFor = async <Result>(work: () => Promise<Result>): Promise<Result> => {
  begun += 1
  try {
    return await work()
  } finally {
    begun -= 1
  }
}

/** Once the dead are buried: until nothing that they began is under way. */
export const stillness = async (): Promise<void> => {
  while (begun > 0) await new Promise((resolve) => setTimeout(resolve, 1))
}

/** The same function, which the tab does not survive when its time has come. */
const mortal = <Args extends unknown[], Result>(work: (...args: Args) => Promise<Result>, tab = Infinity) =>
  async (...args: Args): Promise<Result> => {
    const { death } = now
    if (tab < firstAlive) return never()
    if (death === null) return doneFor(() => work(...args))
    death.left -= 1
    if (death.left > 0) return doneFor(() => work(...args))
    if (death.left === 0 && death.isAfter) await doneFor(() => work(...args))
    return never()
  }

/** The centre's answer to a request, as the weather lets it through. */
export const answerTo = async (body: string): Promise<Response> => {
  now.requests += 1
  if (now.weather === "no-network") throw new TypeError("no network")
  if (now.weather === "busy") return Response.json({ type: "/problems/unavailable" }, { status: 503 })
  if (now.weather === "logged-out") return Response.json({ type: "/problems/not-logged-in" }, { status: 401 })
  const answer = await now.centre.take(body)
  if (now.weather === "answer-lost") throw new TypeError("no network")
  return answer
}

/** The device is given the centre's key. */
export const give = (tab: Tab): Promise<void> => tab.store.put("settings", "centre-key", now.centre.receiptsKey)

/** A scan of the pass with this number. */
export const scan = (n: number, more: Partial<Scanned> = {}): Scanned => ({
  clinic: CLUES,
  verdict: "valid",
  reason: null,
  service: null,
  seen: { profile: 1, cti: Uint8Array.from({ length: 12 }, (_, at) => (at === 11 ? n : 7)), statusIndex: n },
  ...more,
})

/** The scans in the ledger by their numbers, each as often as it is there. */
export const counted = (): number[] =>
  [...now.centre.ledger.values()].map(({ seen }) => seen?.statusIndex ?? -1).sort((a, b) => a - b)

export const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n)
