import { describe, expect, test } from "vitest";
import { consequencesOf, reachOf } from "./consequences";
import type { Ages, Key } from "./facts";

const DAY = 86_400;
const NOW = 1_795_000_000;

function key(kid: string, credentials: number, changed: Partial<Key> = {}): Key {
  return {
    kid,
    use: "credential",
    shard: 0,
    state: "active",
    uri: "file:x",
    signFrom: NOW - DAY,
    handOverAt: null,
    signUntil: NOW + DAY,
    acceptUntil: NOW + 2 * DAY,
    publishedAt: NOW - 20 * DAY,
    frozenAt: null,
    isHalted: false,
    distrust: null,
    told: true,
    waitsFor: [],
    hanging: { credentials, cards: 0, passes: 0, lists: 0, until: null },
    ...changed,
  };
}

describe("what stopping a key means", () => {
  test("is told with what hangs on it, its share of its use, and who signs on", () => {
    const [one, frozen, next] = [key("a", 60), key("b", 20, { frozenAt: NOW }), key("c", 0, { state: "next" })];
    const keys = [one, key("d", 20), frozen, next, key("e", 900, { use: "status" })];
    expect(consequencesOf(one, keys, NOW)).toMatchObject({ credentials: 60, total: 60, share: 0.6, others: 1 });
  });

  test("says when nothing else signs, and has no share of nothing", () => {
    const only = key("a", 0);
    expect(consequencesOf(only, [only], NOW)).toMatchObject({ others: 0, share: null });
  });
});

describe("whom a change reaches", () => {
  test("is counted by what verifiers told, with the server's own limits", () => {
    const buckets = [900, 3600, 7200, 9000, null].map((upToS) => ({ upToS, devices: 2 }));
    const counts = { buckets, never: 1 };
    const ages: Ages = { devices: 11, reportedLastDay: 7, clockOff: { beyondS: 30, devices: 0 }, trust: counts, status: counts };
    expect(reachOf(ages)).toEqual({ devices: 11, recent: 7, soonS: 900, warnS: 3600, staleS: 7200, refuseS: 9000 });
  });

  test("is told by the verdict's limits where nothing is known", () => {
    expect(reachOf(null)).toEqual({ devices: 0, recent: 0, soonS: 900, warnS: DAY, staleS: 7 * DAY, refuseS: 30 * DAY });
  });
});
