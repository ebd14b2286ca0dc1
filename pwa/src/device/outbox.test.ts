import "fake-indexeddb/auto";
import fc from "fast-check";
import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { openCentre, type Centre } from "../testing/centre";
import type { Scanned } from "./outbox";

const CLUES = "HGIMS900110";
const NAME = "GUADALUPE HERNÁNDEZ";
const CURP = "HEGG560427MVZRRL04";

/** A tab: modules of its own over the one database of the device; dead, it never goes on from where it stands. */
interface Tab {
  readonly write: (scanned: Scanned) => Promise<void>;
  readonly drain: () => Promise<string | null>;
  readonly outbox: typeof import("./drain").outbox;
  readonly sendAgain: () => Promise<void>;
  readonly forgetConflicts: () => Promise<void>;
  readonly store: typeof import("./store");
}

/** Where a tab dies: at so many steps from now, before or after what the step does to the disk. */
interface Death {
  left: number;
  readonly isAfter: boolean;
}

let death: Death | null = null;
let tabs = 0;
/** Tabs before this one are dead, wherever they stood. */
let firstAlive = 0;

function never(): Promise<never> {
  return new Promise(() => undefined);
}

/** The same function, which the tab does not survive when its time has come. */
function mortal<Args extends unknown[], Result>(work: (...args: Args) => Promise<Result>, tab = Infinity): (...args: Args) => Promise<Result> {
  return async (...args) => {
    if (tab < firstAlive) return never();
    if (death === null) return work(...args);
    death.left -= 1;
    if (death.left > 0) return work(...args);
    if (death.left === 0 && death.isAfter) await work(...args);
    return never();
  };
}

async function openTab(): Promise<Tab> {
  vi.resetModules();
  const tab = (tabs += 1);
  vi.doMock("./store", async (original) => {
    const real = await original<typeof import("./store")>();
    const { get, put, putAll, putAllIf, entries } = real;
    const mine = { get: mortal(get, tab), put: mortal(put, tab), putAll: mortal(putAll, tab), putAllIf: mortal(putAllIf, tab), entries: mortal(entries, tab) };
    return { ...real, ...mine };
  });
  const [{ writeReceipt }, { drain, outbox, sendAgain, forgetConflicts }, store] = await Promise.all([import("./outbox"), import("./drain"), import("./store")]);
  return { write: writeReceipt, drain, outbox, sendAgain, forgetConflicts, store };
}

type Weather = "fine" | "no-network" | "answer-lost" | "busy" | "logged-out";

let centre: Centre;
let weather: Weather = "fine";
let requests = 0;

async function answerTo(body: string): Promise<Response> {
  requests += 1;
  if (weather === "no-network") throw new TypeError("no network");
  if (weather === "busy") return Response.json({ type: "/problems/unavailable" }, { status: 503 });
  if (weather === "logged-out") return Response.json({ type: "/problems/not-logged-in" }, { status: 401 });
  const answer = await centre.take(body);
  if (weather === "answer-lost") throw new TypeError("no network");
  return answer;
}

const scan = (n: number, more: Partial<Scanned> = {}): Scanned => ({
  clinic: CLUES,
  verdict: "valid",
  reason: null,
  service: null,
  seen: { profile: 1, cti: Uint8Array.from({ length: 12 }, (_, at) => (at === 11 ? n : 7)), statusIndex: n },
  ...more,
});

/** How often each scan is in the ledger, by its number. */
function counted(): number[] {
  return [...centre.ledger.values()].map(({ seen }) => seen?.statusIndex ?? -1).sort((a, b) => a - b);
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

function buryAll(): void {
  death = null;
  firstAlive = tabs + 1;
}

/** A device on which nothing was ever kept, and a centre that has heard of nothing. */
async function beginAnew(): Promise<void> {
  await (await import("./store")).close();
  buryAll();
  weather = "fine";
  requests = 0;
  centre = await openCentre();
  vi.stubGlobal("indexedDB", new IDBFactory());
  vi.stubGlobal("fetch", mortal((_path: string, init: RequestInit) => answerTo(init.body as string)));
}

async function give(tab: Tab): Promise<void> {
  await tab.store.put("settings", "centre-key", centre.receiptsKey);
}

beforeEach(beginAnew);
afterEach(() => {
  vi.unstubAllGlobals();
});

describe("the outbox", () => {
  test("brings each scan to the centre once, in its order, and then holds nothing", async () => {
    const tab = await openTab();
    await give(tab);
    for (const n of upTo(3)) await tab.write(scan(n));
    await tab.write(scan(3, { verdict: "not_valid", reason: "revoked", seen: null }));
    expect(requests).toBe(0);
    expect(await tab.outbox()).toMatchObject({ waiting: 4, sentAt: null });
    expect(await tab.drain()).toBeNull();
    const received = [...centre.ledger.values()];
    expect(received.map(({ number, verdict }) => [number, verdict])).toEqual([[1, "valid"], [2, "valid"], [3, "valid"], [4, "not_valid"]]);
    expect(received[0]).toMatchObject({ clinic: CLUES, skewS: null });
    expect(await tab.store.entries("receipts")).toEqual([]);
    expect((await tab.outbox()).sentAt).toBeTypeOf("number");
    await tab.drain();
    expect(requests).toBe(1);
  });

  test("sends a day's scans in few requests", async () => {
    const tab = await openTab();
    await give(tab);
    for (const n of upTo(100)) await tab.write(scan(n));
    expect(await tab.drain()).toBeNull();
    expect(counted()).toEqual(upTo(100));
    expect(requests).toBe(3);
  });

  test.each(["no-network", "busy", "logged-out", "answer-lost"] as const)("keeps what was not answered, and sends it again: %s", async (trouble) => {
    const tab = await openTab();
    await give(tab);
    for (const n of upTo(3)) await tab.write(scan(n));
    weather = trouble;
    expect(await tab.drain()).toBe({ "no-network": "offline", busy: "unavailable", "logged-out": "not-logged-in", "answer-lost": "offline" }[trouble]);
    expect((await tab.outbox()).waiting).toBe(3);
    weather = "fine";
    expect(await tab.drain()).toBeNull();
    expect(counted()).toEqual(upTo(3));
    expect((await tab.outbox()).waiting).toBe(0);
  });

  test("what was written before the centre's key was here is sealed to it when it comes", async () => {
    const tab = await openTab();
    for (const n of upTo(2)) await tab.write(scan(n));
    expect(await tab.drain()).toBeNull();
    expect(requests).toBe(0);
    await give(tab);
    await tab.write(scan(2));
    expect(await tab.drain()).toBeNull();
    expect(counted()).toEqual(upTo(3));
    expect(centre.counts.conflicts).toBe(0);
  });

  test("two tabs that scan at once share one chain", async () => {
    const [one, other] = [await openTab(), await openTab()];
    await give(one);
    await Promise.all(upTo(10).map((n) => (n % 2 === 0 ? one : other).write(scan(n))));
    await Promise.all([one.drain(), other.drain()]);
    expect(counted()).toEqual(upTo(10));
    expect([...centre.ledger.values()].map(({ number }) => number).sort((a, b) => a - b)).toEqual(upTo(10).map((n) => n + 1));
    expect(centre.counts.conflicts).toBe(0);
  });

  test("each clinic where the device stood has a chain of its own, and one that is refused holds up no other", async () => {
    const tab = await openTab();
    await give(tab);
    await tab.write(scan(0));
    await tab.write(scan(1, { clinic: "VZIMB002210" }));
    await tab.write(scan(2, { clinic: null }));
    const { fetch } = globalThis;
    vi.stubGlobal("fetch", (path: string, init: RequestInit) =>
      requests === 0 ? ((requests += 1), Promise.resolve(Response.json({ type: "/problems/wrong-clinic" }, { status: 403 }))) : fetch(path, init),
    );
    expect(await tab.drain()).toBe("wrong-clinic");
    expect(counted()).toHaveLength(2);
    expect(await tab.drain()).toBeNull();
    expect([...centre.ledger.values()].map(({ number }) => number)).toEqual([1, 1, 1]);
    expect(new Set([...centre.ledger.values()].map(({ device }) => String(device))).size).toBe(3);
  });

  test("a refusal stays, with its reason, until somebody has it sent again", async () => {
    const tab = await openTab();
    await give(tab);
    for (const n of upTo(2)) await tab.write(scan(n));
    const honest = centre;
    centre = await openCentre(); // whose key is another
    expect(await tab.drain()).toBeNull();
    expect(await tab.outbox()).toMatchObject({ waiting: 0, refused: new Map([["receipt-unreadable", 2]]) });
    centre = honest;
    await tab.drain();
    expect(counted()).toEqual([]);
    await tab.sendAgain();
    expect(await tab.drain()).toBeNull();
    expect(counted()).toEqual(upTo(2));
  });

  test("one receipt that the centre cannot take does not hold up the others", async () => {
    const tab = await openTab();
    await give(tab);
    for (const n of upTo(4)) await tab.write(scan(n));
    const [[, bad]] = (await tab.store.entries("receipts")).slice(2) as [[string, { id: string }]];
    vi.stubGlobal("fetch", (_path: string, init: RequestInit) => {
      const body = init.body as string;
      return body.includes(bad.id) ? Promise.resolve(Response.json({ type: "/problems/invalid-input" }, { status: 422 })) : answerTo(body);
    });
    expect(await tab.drain()).toBeNull();
    expect(counted()).toEqual([0, 1, 3]);
    expect(await tab.outbox()).toMatchObject({ refused: new Map([["invalid-input", 1]]), conflicts: new Map([["receipt-gap", 1]]) });
  });

  test("a conflict is kept by the centre: here only that it was one, until it was read", async () => {
    const tab = await openTab();
    await give(tab);
    for (const n of upTo(2)) await tab.write(scan(n));
    await tab.drain();
    await tab.store.putAll([{ store: "settings", key: `receipts:${CLUES}`, value: { number: 1, digest: new Uint8Array(32) } }]); // an older backup
    await tab.write(scan(2));
    expect(await tab.drain()).toBeNull();
    expect(await tab.outbox()).toMatchObject({ waiting: 0, conflicts: new Map([["receipt-fork", 1]]) });
    expect(JSON.stringify(await tab.store.entries("receipts"))).not.toContain("eyJ");
    await tab.forgetConflicts();
    expect(await tab.store.entries("receipts")).toEqual([]);
    expect(counted()).toEqual(upTo(3));
  });

  test("a full disk is said, and leaves the chain whole", async () => {
    const tab = await openTab();
    await give(tab);
    await tab.write(scan(0));
    const { put } = IDBObjectStore.prototype;
    IDBObjectStore.prototype.put = () => {
      throw new DOMException("full", "QuotaExceededError");
    };
    await expect(tab.write(scan(9))).rejects.toMatchObject({ slug: "storage-full" });
    IDBObjectStore.prototype.put = put;
    await tab.write(scan(1));
    expect(await tab.drain()).toBeNull();
    expect(counted()).toEqual(upTo(2));
    expect(centre.counts.conflicts).toBe(0);
  });

  test("a clock that is off beyond words leaves a receipt all the same", async () => {
    const tab = await openTab();
    await give(tab);
    vi.spyOn(Date, "now").mockReturnValue(-1e9);
    await tab.write(scan(0));
    vi.mocked(Date.now).mockRestore();
    await tab.drain();
    expect([...centre.ledger.values()]).toMatchObject([{ deviceAt: 0, skewS: null }]);
  });

  test("a dump of the database holds no word of a scan: no name, CURP, pass, place of a status list (K03)", async () => {
    const tab = await openTab();
    const cti = new TextEncoder().encode("cti-of-a-pas");
    for (const isGiven of [false, true]) {
      if (isGiven) await give(tab);
      await tab.write(scan(12_345, { seen: { profile: 3, cti, statusIndex: 987_654_321 }, verdict: "check_identity", reason: "printed" }));
    }
    const bytes: string[] = [];
    const dumped = JSON.stringify(await Promise.all((["receipts", "settings", "card", "trust", "status"] as const).map((name) => tab.store.entries(name))), (_, value: unknown) => {
      if (value instanceof Uint8Array || value instanceof ArrayBuffer) bytes.push(Buffer.from(new Uint8Array(value)).toString("latin1"));
      return value;
    });
    for (const word of [NAME, CURP, "cti-of-a-pas", Buffer.from(cti).toString("base64url"), Buffer.from(cti).toString("hex"), "987654321", "check_identity", "printed"]) {
      expect(dumped).not.toContain(word);
      expect(bytes.join("\n")).not.toContain(word);
    }
    await tab.drain();
    expect(centre.ledger.size).toBe(2);
  });
});

describe("a tab that dies", () => {
  /** What a tab does in its life; the death is somewhere in it. */
  async function live(tab: Tab, noted: number[], from: number): Promise<void> {
    for (const n of [from, from + 1]) {
      await tab.write(scan(n));
      noted.push(n);
    }
    await tab.drain();
  }

  const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 30));

  test.each([...upTo(32).map((left) => [left + 1, false] as const), ...upTo(32).map((left) => [left + 1, true] as const)])(
    "at step %i (after it: %s) drops nothing that was noted and doubles nothing",
    async (left, isAfter) => {
      const first = await openTab();
      await give(first);
      const noted: number[] = [];
      death = { left, isAfter };
      void live(first, noted, 0);
      await settled();
      const before = [...noted];
      buryAll();
      const second = await openTab();
      await live(second, noted, 10);
      expect(counted().filter((n, at, all) => all.indexOf(n) !== at)).toEqual([]);
      expect(counted()).toEqual(expect.arrayContaining([...before, 10, 11]));
      expect(centre.counts.conflicts).toBe(0);
      expect(await second.store.entries("receipts")).toEqual([]);
    },
  );
});

type Step = { readonly do: "scan" | "drain"; readonly tabs: 1 | 2 } | { readonly do: "weather"; readonly to: Weather } | ({ readonly do: "die" } & Death);

/** Two tabs of one counter, and what happens to them one thing after the other, none of it waited for. */
async function happen(steps: readonly Step[]): Promise<number[]> {
  let open = [await openTab(), await openTab()];
  await give(open[0]!);
  const noted: number[] = [];
  const doing: Promise<unknown>[] = [];
  let last = 0;
  const pass = (ms: number): Promise<unknown> => Promise.race([Promise.all(doing), new Promise((resolve) => setTimeout(resolve, ms))]);
  const note = (tab: Tab): Promise<unknown> => {
    const n = (last += 1);
    return tab.write(scan(n)).then(() => noted.push(n));
  };
  for (const each of steps) {
    if (each.do === "weather") weather = each.to;
    else if (each.do === "die") {
      death = { left: each.left, isAfter: each.isAfter };
      await new Promise((resolve) => setTimeout(resolve, 5));
      buryAll();
      open = [await openTab(), await openTab()];
    } else doing.push(...open.slice(0, each.tabs).map((tab) => (each.do === "scan" ? note(tab) : tab.drain())));
    if (last % 2 === 0) await pass(10);
  }
  await pass(50);
  return noted;
}

test("any interleaving of scans, drains, bad weather, deaths and second tabs accounts for every scan exactly once", async () => {
  const step = fc.oneof(
    fc.record({ do: fc.constantFrom("scan" as const, "drain" as const), tabs: fc.constantFrom(1 as const, 2 as const) }),
    fc.record({ do: fc.constant("weather" as const), to: fc.constantFrom<Weather>("fine", "no-network", "answer-lost", "busy", "logged-out") }),
    fc.record({ do: fc.constant("die" as const), left: fc.integer({ min: 1, max: 12 }), isAfter: fc.boolean() }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array<Step>(step, { minLength: 4, maxLength: 24 }), async (steps) => {
      await beginAnew();
      const noted = await happen(steps);
      buryAll();
      weather = "fine";
      const last = await openTab();
      expect(await last.drain()).toBeNull();
      const found = counted();
      expect(found.filter((n, at) => found.indexOf(n) !== at)).toEqual([]);
      expect(found).toEqual(expect.arrayContaining(noted));
      expect((await last.outbox()).waiting).toBe(0);
      expect(centre.counts.conflicts).toBe(0);
    }),
    { numRuns: 40 },
  );
}, 60_000);
