import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { verdict, type Verdict } from "../core/verdict";
import { TestIssuer } from "../testing/issuer";
import { DAY_S, SIGNED_AT, TufRepository } from "../testing/tuf-repository";
import { forgetClock } from "./clock";
import { close } from "./store";
import { syncAll, type Place } from "./sync";
import { loadWorld } from "./trust-store";

const HOUR_S = 3_600;
const YEAR_S = 365 * DAY_S;

const NOBODY: Place = { isLoggedIn: () => false, clues: null, onState: () => Promise.resolve() };

let issuer: TestIssuer;
let repository: TufRepository;
let statusAt: number;

beforeEach(async () => {
  await close();
  vi.stubGlobal("indexedDB", new IDBFactory());
  vi.useFakeTimers({ toFake: ["Date"], now: SIGNED_AT * 1000 });
  [issuer, repository, statusAt] = [new TestIssuer(), new TufRepository(), SIGNED_AT];
  repository.publish(issuer.documents(), { expires: SIGNED_AT + 2 * YEAR_S });
  vi.stubGlobal("fetch", serve);
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** The deployment, or somebody who serves for ever what it once published; no answer says what time it is. */
function serve(path: string): Promise<Response> {
  if (path === "/status/index.json") return Promise.resolve(Response.json({ lists: [0] }));
  if (path === "/status/0") return Promise.resolve(new Response(issuer.statusToken(statusAt)));
  const found = path === "/anchor.json" ? repository.anchor : repository.files.get(path.replace("/trust/", ""));
  return Promise.resolve(found === undefined ? new Response("", { status: 404 }) : new Response(found));
}

function setClock(now: number): void {
  forgetClock();
  vi.setSystemTime(now * 1000);
}

/** What this device says at `now` of a phone that renewed its pass just then, after asking for news once more. */
async function saysAt(now: number, text?: string): Promise<Verdict> {
  setClock(now);
  await syncAll(NOBODY);
  const { trust, status } = await loadWorld(now);
  return verdict(text ?? (await issuer.shown(now)), { trust, status, clinic: null, now });
}

const word = ({ verdict: said, reasons }: Verdict): unknown[] => [said, ...reasons.filter((reason) => /trust|status|clock/.test(reason))];

// DESIGN §4: until 24 h nothing is said; until 7 d `valid` with its age; until 30 d not called verified; then nothing can be checked.
test.each([
  ["at once", 0, ["valid"]],
  ["in the last second of 24 h", DAY_S, ["valid"]],
  ["after 24 h", DAY_S + 1, ["valid", "trust-aging", "status-aging"]],
  ["after 25 h", 25 * HOUR_S, ["valid", "trust-aging", "status-aging"]],
  ["in the last second of 7 d", 7 * DAY_S, ["valid", "trust-aging", "status-aging"]],
  ["after 7 d", 7 * DAY_S + 1, ["stale", "trust-stale", "status-stale"]],
  ["after 8 d", 8 * DAY_S, ["stale", "trust-stale", "status-stale"]],
  ["in the last second of 30 d", 30 * DAY_S, ["stale", "trust-stale", "status-stale"]],
  ["after 30 d", 30 * DAY_S + 1, ["stale", "trust-expired", "status-expired"]],
  ["after 31 d", 31 * DAY_S, ["stale", "trust-expired", "status-expired"]],
  ["after 360 d", 360 * DAY_S, ["stale", "trust-expired", "status-expired"]],
])("the same files for ever, %s (D02)", async (_, ageS, expected) => {
  await saysAt(SIGNED_AT);
  const said = await saysAt(SIGNED_AT + ageS);
  expect(word(said)).toEqual(expected);
  expect(said.trustAgeS).toBe(ageS);
});

test("a status list that goes on being renewed does not make a frozen timestamp younger (D02)", async () => {
  await saysAt(SIGNED_AT);
  statusAt = SIGNED_AT + 8 * DAY_S;
  expect(word(await saysAt(statusAt))).toEqual(["stale", "trust-stale"]);
});

test("a frozen status list stays old under a renewed timestamp (C04)", async () => {
  await saysAt(SIGNED_AT);
  repository.publishTimestamp({ signedAt: SIGNED_AT + 8 * DAY_S });
  expect(word(await saysAt(SIGNED_AT + 8 * DAY_S))).toEqual(["stale", "status-stale"]);
  statusAt = SIGNED_AT - DAY_S;
  expect((await saysAt(SIGNED_AT + 8 * DAY_S)).statusAgeS).toBe(8 * DAY_S);
});

test("once the freeze is over, so are the warnings", async () => {
  await saysAt(SIGNED_AT);
  const now = (statusAt = SIGNED_AT + 40 * DAY_S);
  expect(word(await saysAt(now))).toEqual(["stale", "trust-expired"]);
  repository.publishTimestamp({ signedAt: now });
  expect(word(await saysAt(now))).toEqual(["valid"]);
});

test("a root or targets that are over count as endlessly old, however new the timestamp", async () => {
  const now = SIGNED_AT + 3 * DAY_S;
  repository.publish(issuer.documents(), { signedAt: now, expires: now });
  statusAt = now;
  expect(word(await saysAt(now - 1))).toEqual(["valid"]);
  expect(word(await saysAt(now))).toEqual(["stale", "trust-expired"]);
});

test.each([
  ["an hour back", -HOUR_S, ["stale", "clock-behind"]],
  ["a day back", -DAY_S, ["stale", "clock-behind"]],
  ["a year back", -YEAR_S, ["stale", "clock-behind"]],
  ["an hour ahead", HOUR_S, ["check_identity"]],
  ["a day ahead", DAY_S, ["check_identity"]],
  ["a year ahead", YEAR_S, ["stale", "trust-expired", "status-expired"]],
])("a clock that was set %s never makes old trust new (D12)", async (_, shiftS, expected) => {
  const card = await issuer.printed(SIGNED_AT - DAY_S);
  await saysAt(SIGNED_AT);
  expect(word(await saysAt(SIGNED_AT + shiftS, card))).toEqual(expected);
});

test("a card that had ended is not brought back by setting the clock before its end (D12)", async () => {
  const card = await issuer.printed(SIGNED_AT - 5 * YEAR_S - 1);
  await saysAt(SIGNED_AT);
  for (const shiftS of [0, -HOUR_S, -DAY_S, -YEAR_S]) {
    expect(["not_valid", "stale"]).toContain((await saysAt(SIGNED_AT + shiftS, card)).verdict);
  }
});
