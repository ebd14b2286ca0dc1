import { expect, it } from "vitest";
import { REMEMBER_S, createSeenPasses } from "./seen";

it("a pass seen for the first time has no past", () => {
  const seen = createSeenPasses();
  expect(seen.note("aa", 100)).toBeNull();
  expect(seen.note("bb", 101)).toBeNull();
});

it("a pass seen again tells how long ago, each time from the last", () => {
  const seen = createSeenPasses();
  seen.note("aa", 100);
  expect(seen.note("aa", 220)).toBe(120);
  expect(seen.note("aa", 230)).toBe(10);
});

it("ten minutes later it is forgotten", () => {
  const seen = createSeenPasses();
  seen.note("aa", 100);
  expect(seen.note("aa", 101 + REMEMBER_S)).toBeNull();
});

it("a clock set back does not make a pass look seen in the future", () => {
  const seen = createSeenPasses();
  seen.note("aa", 1000);
  expect(seen.note("aa", 500)).toBeNull();
});
