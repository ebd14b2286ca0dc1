import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { beginAnew, buryAll, counted, give, openTab, scan, stillness, upTo, type Death, type Stage, type Tab, type Weather } from "../testing/counter-tabs";

let stage: Stage;

beforeEach(async () => {
  stage = await beginAnew();
});
afterEach(() => {
  vi.unstubAllGlobals();
});

/** So many times a life asks the disk or the centre. */
const STEPS = 19;

describe("a tab that dies", () => {
  /** What a tab does in its life; the death is somewhere in it. */
  async function live(tab: Tab, noted: number[], from: number): Promise<void> {
    for (const n of [from, from + 1]) {
      const { keep } = await tab.write(scan(n));
      noted.push(n);
      await keep();
    }
    await tab.drain();
  }

  test("at none of these steps lives to its end", async () => {
    const tab = await openTab();
    await give(tab);
    stage.death = { left: Infinity, isAfter: false };
    let steps = 0;
    Object.defineProperty(stage.death, "left", { get: () => Infinity, set: () => (steps += 1) });
    await live(tab, [], 0);
    expect(steps).toBe(STEPS);
  });

  const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 30));

  test.each([...upTo(STEPS).map((left) => [left + 1, false] as const), ...upTo(STEPS).map((left) => [left + 1, true] as const)])(
    "at step %i (after it: %s) drops nothing that was noted and doubles nothing",
    async (left, isAfter) => {
      const first = await openTab();
      await give(first);
      const noted: number[] = [];
      stage.death = { left, isAfter };
      void live(first, noted, 0);
      await settled();
      const before = [...noted];
      buryAll();
      await stillness();
      const second = await openTab();
      await live(second, noted, 10);
      expect(counted().filter((n, at, all) => all.indexOf(n) !== at)).toEqual([]);
      expect(counted()).toEqual(expect.arrayContaining([...before, 10, 11]));
      expect(stage.centre.counts.conflicts).toBe(0);
      expect(await second.store.entries("receipts")).toEqual([]);
    },
  );
});

test("a tab that is buried writes nothing any more, whatever it was about to do", async () => {
  for (let n = 0; n < 20; n += 1) {
    const tabs = [await openTab(), await openTab()];
    const writing = tabs.map((tab) => tab.write(scan(n)));
    buryAll();
    await stillness();
    const { store } = await openTab();
    const left = await store.entries("receipts");
    await Promise.race([Promise.all(writing), new Promise((resolve) => setTimeout(resolve, 20))]);
    expect(await store.entries("receipts")).toEqual(left);
  }
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
    return tab.write(scan(n)).then(({ keep }) => {
      noted.push(n);
      return keep();
    });
  };
  for (const each of steps) {
    if (each.do === "weather") stage.weather = each.to;
    else if (each.do === "die") {
      stage.death = { left: each.left, isAfter: each.isAfter };
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
      stage = await beginAnew();
      const noted = await happen(steps);
      buryAll();
      await stillness();
      stage.weather = "fine";
      const last = await openTab();
      expect(await last.drain()).toBeNull();
      const found = counted();
      expect(found.filter((n, at) => found.indexOf(n) !== at)).toEqual([]);
      expect(found).toEqual(expect.arrayContaining(noted));
      expect((await last.outbox()).waiting).toBe(0);
      expect(stage.centre.counts.conflicts).toBe(0);
    }),
    { numRuns: 40 },
  );
}, 60_000);
