// When a counter exchanges with its node: by the clock, and never because of a scan.
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Verdict } from "../core/verdict";
import { NOBODY, type Session } from "../device/session";
import { session } from "../ui/entrance";
import { EXCHANGE_EVERY_MS, exchangeSightings, findElsewhere, forgetSightings, noteSighting } from "./sharing";

vi.hoisted(() => vi.stubGlobal("navigator", { onLine: true }));

const given = { cti: "0123456789abcdef01234567", person: null } as Verdict;
const COUNTER: Session = { ...NOBODY, entry: "counter-code", staff: { name: "Ventanilla 1", role: "clinic", clinic: null } };
const onUnknown = vi.fn<() => Promise<void>>();
let [asked, status] = [0, 503];

beforeEach(() => {
  [asked, status] = [0, 503];
  onUnknown.mockReset();
  vi.stubGlobal("navigator", { onLine: true });
  vi.stubGlobal("document", { visibilityState: "visible" });
  vi.stubGlobal("fetch", () => {
    asked += 1;
    return Promise.resolve(new Response("{}", { status }));
  });
  session.value = COUNTER;
});

afterEach(forgetSightings);

it("k02, k05: no scan begins, adds or puts off an exchange", async () => {
  for (const scans of [0, 1, 0, 25, 3]) {
    const before = asked;
    for (let n = 0; n < scans; n += 1) {
      expect(await findElsewhere(given)).toBeNull();
      noteSighting(given);
    }
    expect(asked, "a scan asks nobody").toBe(before);
    await exchangeSightings(onUnknown);
    expect(asked).toBe(before + 1);
  }
  expect(EXCHANGE_EVERY_MS).toBe(5000);
});

it("only a counter of a node exchanges, in view and with a network", async () => {
  for (const one of [null, { ...COUNTER, entry: "passkey" } as const, { ...COUNTER, staff: null }]) {
    session.value = one;
    await exchangeSightings(onUnknown);
  }
  session.value = COUNTER;
  vi.stubGlobal("document", { visibilityState: "hidden" });
  await exchangeSightings(onUnknown);
  vi.stubGlobal("document", { visibilityState: "visible" });
  vi.stubGlobal("navigator", { onLine: false });
  await exchangeSightings(onUnknown);
  expect(asked).toBe(0);
});

it("a node that knows nobody here makes the counter ask who works here, each time; one that does not answer, not", async () => {
  await exchangeSightings(onUnknown);
  expect(onUnknown).not.toHaveBeenCalled();
  status = 401;
  await exchangeSightings(onUnknown);
  await exchangeSightings(onUnknown);
  expect(onUnknown).toHaveBeenCalledTimes(2);
});
