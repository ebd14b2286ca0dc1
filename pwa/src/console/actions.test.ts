import { describe, expect, test } from "vitest";
import { factsOf } from "./actions";

const AT = "2026-11-18T11:06:40Z";
const key = {
  kid: "stolen",
  use: "pass",
  shard: 1,
  state: "revoked",
  uri: "file:pass",
  sign_from: AT,
  sign_until: AT,
  accept_until: AT,
  published_at: AT,
  frozen_at: AT,
  distrust: { at: AT, reason: "stolen" },
  told: false,
  hanging: { credentials: 0, cards: 0, passes: 0, lists: 0, until: null },
};
const plan = { now: AT, keys: [key, { ...key, kid: "wrong", state: "active", told: true }], steps: [], diff: [], targets_signers: { threshold: 2, holders: [] }, lead_days: 14, people: 2 };
const draft = { number: 3, role: "targets", version: 2, needs: [{ missing: 2, holders: ["Ana", "Beto"] }], held_by: "" };
const alarms = { alarms: [], halted: [{ kid: "wrong", use: "pass", at: AT }], elsewhere: [], waiting: [draft, { ...draft, number: 4, role: "root" }], weak: [], roles: [] };
const said = { plan, proposals: { proposals: [] }, ages: null, alarms, alarmsFailure: null };

describe("what the alarms tell of keys", () => {
  test("is told with them: which was halted, and what verifiers wait for before they hear of a distrust", () => {
    const [untold, halted] = factsOf(said).plan.keys;
    expect(untold?.waitsFor?.map(({ number }) => number)).toEqual([3]);
    expect([untold?.isHalted, halted?.isHalted, halted?.waitsFor]).toEqual([false, true, []]);
  });

  test("is not known without them", () => {
    expect(factsOf({ ...said, alarms: null }).plan.keys.map(({ waitsFor }) => waitsFor)).toEqual([null, []]);
  });
});
