import { expect, it } from "vitest";
import type { Verdict } from "../core/verdict";
import { GONE_MS, createFrameFilter } from "./frame-filter";

const given = (cti: string | null, verdict: Verdict["verdict"] = "valid"): Verdict => ({
  verdict,
  reasons: [],
  demo: false,
  profile: null,
  person: null,
  entitlement: null,
  assignedClinic: null,
  trustAgeS: null,
  statusAgeS: null,
  clockSkewS: null,
  cti,
  rights: null,
});

it("a code that stays in view is answered once", () => {
  const filter = createFrameFilter();
  expect(filter.isSameText("1", 0)).toBe(false);
  filter.shown("1", given("aa"));
  filter.look(10_000);
  for (let at = 10_100; at < 20_000; at += 110) expect(filter.isSameText("1", at)).toBe(true);
});

it("a code that left the view and came back is news", () => {
  const filter = createFrameFilter();
  filter.shown("1", given("aa"));
  filter.look(0);
  expect(filter.isSameText("1", 100)).toBe(true);
  expect(filter.isSameText("1", 101 + GONE_MS)).toBe(false);
});

it("a rotating code is the same pass while the answer is the same", () => {
  const filter = createFrameFilter();
  filter.shown("1", given("aa"));
  filter.look(0);
  expect(filter.isSamePass(given("aa"), 200)).toBe(true);
  expect(filter.isSamePass(given("aa", "check_identity"), 300)).toBe(false);
  expect(filter.isSamePass(given("bb"), 300)).toBe(false);
});

it("what is no credential has no pass to be the same as", () => {
  const filter = createFrameFilter();
  filter.shown("x", given(null, "not_a_pass"));
  filter.look(0);
  expect(filter.isSamePass(given(null, "not_a_pass"), 100)).toBe(false);
});
