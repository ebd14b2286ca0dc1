import { describe, expect, test } from "vitest";
import { parseAges, parseAlarms, parsePlan, parseProposal, parseRenewals } from "./facts";

const AT = "2026-11-18T11:06:40Z";
const SECONDS = 1_795_000_000;
const hanging = { credentials: 1, cards: 2, passes: 3, lists: 0, until: null };
const key = {
  kid: "k",
  iss: "https://amate.example",
  use: "pass",
  shard: 1,
  state: "active",
  uri: "file:pass",
  sign_from: AT,
  hand_over_at: AT,
  sign_until: AT,
  accept_until: AT,
  published_at: null,
  frozen_at: AT,
  distrust: { mode: "all", at: AT, reason: "stolen" },
  hanging,
};
const plan = { now: AT, keys: [key], steps: [], diff: [], targets_signers: { threshold: 2, holders: ["targets ab"] }, lead_days: 14, people: 2, backdated_days: 40 };

describe("what the server says", () => {
  test("is believed once every member has its shape", () => {
    const parsed = parsePlan(plan);
    expect(parsed).toMatchObject({ now: SECONDS, leadDays: 14, backdatedDays: 40, signers: { threshold: 2 } });
    expect(parsed.keys[0]).toMatchObject({ signFrom: SECONDS, handOverAt: SECONDS, publishedAt: null, frozenAt: SECONDS, distrust: { at: SECONDS } });
    expect(parsed.keys[0]?.told).toBe(true);
    const buckets = [{ up_to_s: 900, devices: 1 }, { up_to_s: null, devices: 0 }];
    const ages = { devices: 1, reported_last_day: 1, clock_off: { beyond_s: 30, devices: 0 }, trust: { buckets, never: 0 }, status: { buckets, never: 0 } };
    expect(parseAges(ages).trust.buckets[1]).toEqual({ upToS: null, devices: 0 });
    const draft = { number: 3, role: "targets", version: 2, needs: [{ role: "targets", root: 1, missing: 2, holders: ["Ana", "Beto"] }], held_by: "" };
    const alarms = { alarms: [{ kind: "key", name: "pass", shards: [1], until: null, do: "x" }, { kind: "lists", name: "lists", shards: [], until: AT, do: "y" }], halted: [{ kid: "k", use: "pass", at: AT }], elsewhere: [{ kid: "k", use: "pass", count: 2, at: AT }], waiting: [draft], weak: [{ role: "root", gone: [{ holder: "Ana", since: AT }], spare: -1 }], roles: [{ role: "root", ends_at: AT }] };
    expect(parseAlarms(alarms)).toEqual({
      ringing: [
        { kind: "key", name: "pass", shards: [1], until: null, remedy: "x" },
        { kind: "lists", name: "lists", shards: [], until: SECONDS, remedy: "y" },
      ],
      halted: [{ kid: "k", use: "pass", at: SECONDS }],
      elsewhere: [{ kid: "k", use: "pass", count: 2, at: SECONDS }],
      waiting: [{ number: 3, role: "targets", version: 2, needs: [{ missing: 2, holders: ["Ana", "Beto"] }], heldBy: "" }],
      weak: [{ role: "root", gone: [{ holder: "Ana", since: SECONDS }], spare: -1 }],
      roles: [{ role: "root", endsAt: SECONDS }],
    });
    expect(parseRenewals({ kid: "k", asked: 3, renewed: 1, waiting: 1, cards: 1, unasked: 0 }).waiting).toBe(1);
    const proposal = { proposal: "kp-1", action: "revoke", kid: "k", content: {}, digest: "ab12", state: "open", expires_at: AT, signed_by: [], missing: 2 };
    expect(parseProposal(proposal)).toMatchObject({ id: "kp-1", expiresAt: SECONDS, signedBy: [] });
  });

  test.each([
    ["a state that nobody knows", { ...plan, keys: [{ ...key, state: "sleeping" }] }],
    ["no instant", { ...plan, now: "yesterday" }],
    ["an instant that is none", { ...plan, now: "2026-13-40T11:06:40Z" }],
    ["less than nothing", { ...plan, keys: [{ ...key, hanging: { ...hanging, cards: -1 } }] }],
    ["no keys", { ...plan, keys: undefined }],
  ])("is refused with %s", (_what, json) => {
    expect(() => parsePlan(json)).toThrow();
  });
});
