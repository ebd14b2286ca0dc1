import { describe, expect, test } from "vitest";
import { nextEnding, nextHandOver, scaleOf, segmentsOf, standingOf, ticksOf, type Standing } from "./axis";
import type { Key } from "./facts";

const DAY = 86_400;
const NOW = 1_795_000_000;

function key(changed: Partial<Key> = {}): Key {
  return {
    kid: "kid-1",
    use: "pass",
    shard: 0,
    state: "active",
    uri: "file:pass",
    signFrom: NOW - 40 * DAY,
    handOverAt: null,
    signUntil: NOW + 360 * DAY,
    acceptUntil: NOW + 400 * DAY,
    publishedAt: NOW - 55 * DAY,
    frozenAt: null,
    isHalted: false,
    distrust: null,
    told: true,
    waitsFor: [],
    hanging: { credentials: 0, cards: 0, passes: 0, lists: 0, until: null },
    ...changed,
  };
}

const told = (of: Key): string[] =>
  segmentsOf(of, NOW).map(({ phase, from, until, isPlanned }) => `${phase}${isPlanned ? "?" : ""} ${(from - NOW) / DAY} ${(until - NOW) / DAY}`);

describe("what a key does when", () => {
  test("is known first, then signs, then is accepted", () => {
    expect(told(key())).toEqual(["known -55 -40", "signs -40 360", "accepted 360 400"]);
  });

  test("has nothing known before a key that nobody had to learn of", () => {
    expect(told(key({ publishedAt: NOW }))).toEqual(["signs -40 360", "accepted 360 400"]);
  });

  test("is a plan for a key that waits, and its first day moves on while nobody puts it in force", () => {
    const next = key({ state: "next", publishedAt: NOW - 5 * DAY, signFrom: NOW + 9 * DAY });
    expect(told(next)).toEqual(["known -5 9", "signs? 9 360", "accepted? 360 400"]);
    expect(told({ ...next, signFrom: NOW - DAY })).toEqual(["known -5 0", "signs? 0 360", "accepted? 360 400"]);
    expect(told({ ...next, publishedAt: null })).toEqual(["known? 0 9", "signs? 9 360", "accepted? 360 400"]);
  });

  test("stops signing where it was frozen, and is accepted on", () => {
    expect(told(key({ frozenAt: NOW - DAY }))).toEqual(["known -55 -40", "signs -40 -1", "accepted -1 400"]);
  });

  test("is nothing any more from where it was distrusted", () => {
    const revoked = key({ state: "revoked", frozenAt: NOW - DAY, distrust: { at: NOW - DAY, reason: "stolen" } });
    expect(told(revoked)).toEqual(["known -55 -40", "signs -40 -1", "distrusted -1 400"]);
    const frozenFirst = key({ state: "revoked", frozenAt: NOW - 3 * DAY, distrust: { at: NOW - DAY } });
    expect(told(frozenFirst)).toEqual(["known -55 -40", "signs -40 -3", "accepted -3 -1", "distrusted -1 400"]);
  });

  test("is believed on from where it was decided to be distrusted, until verifiers are told", () => {
    const decided = key({ state: "revoked", frozenAt: NOW - 3 * DAY, distrust: { at: NOW - DAY }, told: false });
    expect(told(decided)).toEqual(["known -55 -40", "signs -40 -3", "accepted -3 -1", "untold -1 400"]);
  });

  test("frozen before its first day it never signs", () => {
    const next = key({ state: "next", signFrom: NOW + 9 * DAY, frozenAt: NOW });
    expect(told(next)).toEqual(["known -55 9", "accepted? 9 400"]);
  });

  test("is told in one word for now", () => {
    const next = key({ state: "next", signFrom: NOW + 9 * DAY });
    const cases: [Key, Standing][] = [
      [{ ...next, publishedAt: null }, "unpublished"],
      [next, "known"],
      [{ ...next, state: "active" }, "known"],
      [key(), "signs"],
      [key({ isHalted: true }), "halted"],
      [key({ signUntil: NOW }), "accepted"],
      [key({ frozenAt: NOW }), "frozen"],
      [key({ state: "retired" }), "over"],
      [key({ signUntil: NOW - DAY, acceptUntil: NOW }), "over"],
      [key({ state: "revoked", frozenAt: NOW }), "distrusted"],
      [key({ state: "revoked", frozenAt: NOW, told: false }), "untold"],
    ];
    expect(cases.map(([each]) => standingOf(each, NOW))).toEqual(cases.map(([, standing]) => standing));
  });
});

describe("the axis", () => {
  const scale = scaleOf(NOW, 505);

  test("has today 45 days from its left edge and ends 460 days ahead", () => {
    expect([scale.x(scale.from), scale.x(NOW), scale.x(scale.until)]).toEqual([0, 45, 505]);
    expect([scale.x(0), scale.x(NOW * 2)]).toEqual([0, 505]);
  });

  test("has ticks on first days of months that stand apart, a quarter of a year on a small phone", () => {
    expect(ticksOf(scaleOf(NOW, 288)).map(({ month, year }) => `${month + 1}/${year}`)).toEqual(["1/2027", "4/2027", "7/2027", "10/2027", "1/2028"]);
    for (const width of [220, 475, 900, 2000]) {
      const wide = scaleOf(NOW, width);
      const ticks = ticksOf(wide);
      expect(ticks.length).toBeGreaterThan(0);
      expect(ticks.every(({ at }) => new Date(at * 1000).getDate() === 1)).toBe(true);
      const gaps = ticks.slice(1).map(({ at }, before) => wide.x(at) - wide.x(ticks[before]!.at));
      expect(Math.min(...gaps)).toBeGreaterThan(44);
    }
  });
});

describe("the next hand-over", () => {
  test("is the first that is planned, with the keys that change that day, and not the latest end", () => {
    const at = (kid: string, days: number): Key => key({ kid, handOverAt: NOW + days * DAY });
    const keys = [at("a", 30), key({ kid: "b", handOverAt: NOW + 30 * DAY + 60 }), at("c", 40), at("past", -1), key({ kid: "stopped" })];
    const other = key({ kid: "d", use: "credential", handOverAt: NOW + 30 * DAY + 120 });
    expect(nextHandOver([...keys, other], NOW)?.at).toBe(NOW + 30 * DAY);
    expect(nextHandOver([...keys, other], NOW)?.keys.map(({ kid }) => kid)).toEqual(["a", "b", "d"]);
    expect(nextHandOver([at("past", -1), key({ state: "next", handOverAt: NOW + DAY })], NOW)).toBeNull();
  });
});

describe("what ends next", () => {
  test("is the first end of signing or of being accepted, with the keys that end that day", () => {
    const keys = [key({ kid: "a" }), key({ kid: "b", signUntil: NOW + 360 * DAY + 60 }), key({ kid: "c", use: "status", signUntil: NOW + 380 * DAY })];
    const found = nextEnding(keys, NOW);
    expect(found).toMatchObject({ at: NOW + 360 * DAY, phase: "signs", use: "pass" });
    expect(found?.keys.map(({ kid }) => kid)).toEqual(["a", "b"]);
  });

  test("is no plan, nothing that is over and nothing that is distrusted", () => {
    const frozen = key({ kid: "f", frozenAt: NOW - DAY });
    expect(nextEnding([frozen], NOW)).toMatchObject({ at: NOW + 400 * DAY, phase: "accepted" });
    const revoked = key({ state: "revoked", frozenAt: NOW, distrust: { at: NOW } });
    const next = key({ state: "next", signFrom: NOW + DAY });
    const over = key({ state: "retired", signUntil: NOW - DAY, acceptUntil: NOW - DAY });
    expect(nextEnding([revoked, next, over], NOW)).toBeNull();
  });
});
