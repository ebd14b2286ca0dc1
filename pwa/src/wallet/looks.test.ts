import "fake-indexeddb/auto";
import { expect, test } from "vitest";
import { parseLooks, visitsOf, type Look } from "./looks";

const AT = 1_795_000_000;

function look(minutesAgo: number, clinic: string | null = "UMF 1"): Look {
  return { at: AT - 60 * minutesAgo, clinic, institution: "IMS" };
}

test("looks of one clinic within a quarter of an hour are one visit, told by its latest", () => {
  const visits = visitsOf([look(0), look(5), look(15), look(200)]);
  expect(visits.map(({ look: { at }, times }) => [(AT - at) / 60, times])).toEqual([[0, 3], [200, 1]]);
});

test("a day of looks is not one visit", () => {
  const visits = visitsOf([look(0), look(10), look(20), look(30), look(40)]);
  expect(visits.map(({ look: { at }, times }) => [(AT - at) / 60, times])).toEqual([[0, 2], [20, 2], [40, 1]]);
});

test("another clinic between them ends a visit, and clinics without a name are nobody's", () => {
  expect(visitsOf([look(0), look(1, "UMF 2"), look(2)]).map(({ times }) => times)).toEqual([1, 1, 1]);
  expect(visitsOf([look(0, null), look(1, null)]).map(({ times }) => times)).toEqual([1, 1]);
});

test("no look is lost or doubled", () => {
  const looks = Array.from({ length: 50 }, (_, n) => look(n * n, n % 3 === 0 ? "UMF 1" : "UMF 2"));
  expect(visitsOf(looks).reduce((sum, { times }) => sum + times, 0)).toBe(50);
});

test("what the issuer answers is read whole or refused", () => {
  const answer = { looks: [{ at: "2026-11-18T11:06:40Z", clinic: null, clues: "HGIMS900110", institution: "IMS", is_online: false }] };
  expect(parseLooks(answer)).toEqual([{ at: AT, clinic: "HGIMS900110", institution: "IMS" }]);
  for (const bad of [null, {}, { looks: [7] }, { looks: [{ at: "yesterday" }] }]) expect(() => parseLooks(bad)).toThrow(TypeError);
});
