import { describe, expect, test } from "vitest";
import { datesOf, isPast, otherDatesOf, tasksOf, type Tasks } from "./due";
import type { Alarms, Plan, Proposal, Step } from "./facts";

const DAY = 86_400;
const NOW = 1_795_000_000;

function step(what: string, changed: Partial<Step> = {}): Step {
  return { dueAt: NOW, isDue: true, what, use: "pass", shard: 0, kid: "kid-0", command: `amate keys ${what}`, ...changed };
}

function planWith(steps: readonly Step[]): Plan {
  return { now: NOW, keys: [], steps: [...steps], diff: [], signers: { threshold: 2, holders: [] }, leadDays: 14, people: 2, backdatedDays: 0 };
}

function proposal(action: string, changed: Partial<Proposal> = {}): Proposal {
  return { id: "kp-1", action, kid: "kid-0", content: {}, digest: "ab", state: "open", expiresAt: NOW + 7 * DAY, signedBy: [], missing: 2, difference: null, ...changed };
}

const QUIET: Alarms = { ringing: [], halted: [], elsewhere: [], waiting: [], weak: [], roles: [] };

const told = ({ now, later }: Tasks): string[][] => [now, later].map((tasks) => tasks.map(({ what, use, shards }) => `${what} ${use} ${shards.join()}`.trim()));

describe("what is to be done", () => {
  test("tells alike steps of one day as one, the due apart from the later", () => {
    const steps = [0, 1, 2, 3].map((shard) => step("stage", { shard, kid: `kid-${shard}`, isDue: false, dueAt: NOW + 15 * DAY + shard }));
    const found = tasksOf(planWith([...steps, step("stage", { use: "status", isDue: false, dueAt: NOW + 75 * DAY })]), [], null);
    expect(told(found)).toEqual([[], ["stage pass 0,1,2,3", "stage status 0"]]);
    expect(found.later[0]).toMatchObject({ by: "two", dueAt: NOW + 15 * DAY, commands: ["amate keys stage"] });
  });

  test("tells a draft that waits once, as the alarms do, who know whose signatures it lacks", () => {
    const steps = planWith([step("draft", { use: "targets", kid: "" })]);
    expect(told(tasksOf(steps, [], QUIET))).toEqual([[], []]);
  });

  test("puts what is most urgent first", () => {
    const found = tasksOf(planWith([step("retire"), step("publish", { kid: "x" }), step("frozen", { kid: "y" })]), [proposal("activate")], null);
    expect(found.now.map(({ what, by }) => `${what}: ${by}`)).toEqual(["frozen: two", "approve: two", "publish: operator", "retire: two"]);
  });

  test("asks a second person for a proposal that one has signed, and the operator to ask for renewals", () => {
    const signed = proposal("activate", { signedBy: [{ person: "Ana", means: "key", at: NOW }], missing: 1 });
    const found = tasksOf(planWith([step("reissue", { kid: "gone" })]), [signed], null).now;
    expect(found.map(({ what, by }) => `${what}: ${by}`)).toEqual(["approve: second", "reissue: operator"]);
  });

  test("puts a key with which somebody else signs before everything", () => {
    const alarms: Alarms = { ...QUIET, elsewhere: [{ kid: "stolen", use: "pass", count: 2, at: NOW }], halted: [{ kid: "x", use: "status", at: NOW }] };
    expect(tasksOf(planWith([step("frozen")]), [], alarms).now.map(({ what, by }) => `${what}: ${by}`)).toEqual(["elsewhere: one", "halted: operator", "frozen: two"]);
  });

  test("leaves out a step that an open proposal answers, and what the plan says of proposals", () => {
    const stage = proposal("stage", { id: "kp-2", kid: "new", content: { key: { use: "pass", shard: 1 } } });
    const steps = [step("frozen"), step("approve"), step("carry-out"), step("stage", { shard: 1 }), step("stage", { shard: 2 })];
    expect(told(tasksOf(planWith(steps), [proposal("revoke"), stage], null))[0]).toEqual(["approve  0", "approve pass 1", "stage pass 2"]);
    expect(told(tasksOf(planWith([step("frozen")]), [proposal("revoke", { kid: "other" })], null))[0]).toHaveLength(2);
  });

  test("asks for other dates before anything is put in force, until somebody proposes them", () => {
    const found = tasksOf(planWith([step("activate", { kid: "x" }), step("schedule")]), [], null).now;
    expect(found.map(({ what, by }) => `${what}: ${by}`)).toEqual(["schedule: two", "activate: two"]);
    expect(told(tasksOf(planWith([step("schedule"), step("withdraw")]), [proposal("schedule")], null))[0]).toEqual(["approve  0"]);
  });

  test("has a proposal ended whose dates are too near, and one that nobody can put in force any more", () => {
    const plan = planWith([step("withdraw", { command: "amate keys withdraw kp-1" }), step("schedule", { kid: "late" }), step("retire", { kid: "too-late" })]);
    const near = proposal("stage", { missing: 1, signedBy: [{ person: "Ana", means: "key", at: NOW }], content: { key: { use: "pass", shard: 0 } } });
    const [found] = tasksOf(plan, [near], null).now;
    expect(found).toMatchObject({ what: "withdraw", by: "one", commands: ["amate keys withdraw kp-1"], proposal: near });
    expect([near, proposal("stage", { id: "kp-2" })].map((each) => isPast(each, plan))).toEqual([true, false]);
    expect(["late", "too-late", "kid-0"].map((kid) => otherDatesOf(plan, kid))).toEqual(["schedule", "retire", null]);
  });

  test("has a signed proposal to be carried out, and none that is over", () => {
    const over = [proposal("revoke", { state: "done" }), proposal("retire", { state: "withdrawn" }), proposal("resume", { expiresAt: NOW })];
    const found = tasksOf(planWith([]), [proposal("revoke", { missing: 0 }), ...over], null).now;
    expect(found.map(({ what, by, commands }) => ({ what, by, commands }))).toEqual([{ what: "carry-out", by: "one", commands: ["amate keys apply kp-1"] }]);
  });

  test("has the alarms, but a key's only when its successor is not already asked for", () => {
    const ringing: Alarms["ringing"] = [
      { kind: "role", name: "root", shards: [], until: NOW + 80 * DAY, remedy: "a ceremony" },
      { kind: "role", name: "timestamp", shards: [], until: NOW + 3 * DAY, remedy: "amate trust publish" },
      { kind: "key", name: "pass", shards: [0, 2], until: null, remedy: "amate keys propose stage --use pass" },
      { kind: "sealing", name: "sealing", shards: [], until: NOW + 90 * DAY, remedy: "amate trust publish" },
      { kind: "lists", name: "lists", shards: [], until: NOW + 2 * DAY, remedy: "amate status publish" },
    ];
    const alarms: Alarms = { ...QUIET, ringing };
    expect(tasksOf(planWith([]), [], alarms).now.map(({ use, by }) => `${use}: ${by}`)).toEqual(["pass: two", "lists: operator", "timestamp: operator", "root: holders", "sealing: operator"]);
    expect(told(tasksOf(planWith([step("stage")]), [], alarms))[0]).toEqual(["alarm lists", "alarm timestamp", "alarm root", "alarm sealing", "stage pass 0"]);
  });

  test("has the sealing key's renewal once, as the alarm when that rings", () => {
    const seal = step("seal", { use: "sealing", kid: "", command: "amate trust publish" });
    expect(tasksOf(planWith([seal]), [], QUIET).now.map(({ what, by }) => `${what}: ${by}`)).toEqual(["seal: operator"]);
    const ringing: Alarms["ringing"] = [{ kind: "sealing", name: "sealing", shards: [], until: NOW + DAY, remedy: "amate trust publish" }];
    expect(told(tasksOf(planWith([seal]), [], { ...QUIET, ringing }))[0]).toEqual(["alarm sealing"]);
  });

  test("begins with what stops everything: a halted key, then what waits to be published", () => {
    const halted = [{ kid: "kid-9", use: "pass", at: NOW - 60 }];
    const waiting = [{ number: 4, role: "targets", version: 7, needs: [{ missing: 1, holders: ["Ana"] }], heldBy: "" }];
    const found = tasksOf(planWith([step("frozen")]), [proposal("activate", { missing: 0 })], { ...QUIET, halted, waiting }).now;
    expect(found.map(({ what, by }) => `${what}: ${by}`)).toEqual(["halted: operator", "frozen: two", "draft: signers", "carry-out: one"]);
    expect(found[0]?.commands).toEqual(["amate keys unhalt kid-9"]);
    expect(found[2]?.commands).toContain("amate trust sign targets-4.json --key URI");
  });

  test("shows what a newer server asks for, last", () => {
    expect(told(tasksOf(planWith([step("dance"), step("retire")]), [], null))[0]).toEqual(["retire pass 0", "dance pass 0"]);
  });
});

describe("a role whose keys do not answer", () => {
  const weak = (spare: number): Alarms => ({ ...QUIET, weak: [{ role: "root", gone: [{ holder: "Ana", since: NOW }], spare }] });

  test.each([
    [1, []],
    [0, ["weak root"]],
    [-1, ["weak root"]],
  ])("that can lose %d more is due a ceremony: %j", (spare, expected) => {
    expect(told(tasksOf(planWith([]), [], weak(spare)))[0]).toEqual(expected);
  });
});

describe("the dates of a proposal", () => {
  const said = { sign_from: NOW, sign_until: NOW + DAY, accept_until: NOW + 2 * DAY };
  const dates = { signFrom: NOW, signUntil: NOW + DAY, acceptUntil: NOW + 2 * DAY };

  test.each([
    ["stand in it when they change", { ...said }, dates],
    ["stand in the key when it is new", { key: { use: "pass", ...said } }, dates],
    ["are none where it is about something else", { reason: "stolen" }, null],
    ["are none where there is no key", { key: null }, null],
  ])("%s", (_what, content, expected) => {
    expect(datesOf(proposal("schedule", { content }))).toEqual(expected);
  });
});
