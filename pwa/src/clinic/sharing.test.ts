// When a counter exchanges with its node: by the clock, and never because of a scan.
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Verdict } from "../core/verdict";
import { NOBODY, type Session } from "../device/session";
import { session } from "../ui/entrance";
import { EXCHANGE_EVERY_MS, exchangeSightings, findElsewhere, forgetSightings, noteSighting } from "./sharing";

vi.hoisted(() => vi.stubGlobal("navigator", { onLine: true }));

const given = { cti: "0123456789abcdef01234567", person: null } as Verdict;
const COUNTER: Session = { ...NOBODY, entry: "counter-code", staff: { name: "Ventanilla 1", role: "clinic", clinic: null } };
let asked = 0;

beforeEach(() => {
  asked = 0;
  vi.stubGlobal("navigator", { onLine: true });
  vi.stubGlobal("document", { visibilityState: "visible" });
  vi.stubGlobal("fetch", () => {
    asked += 1;
    return Promise.resolve(new Response("{}", { status: 503 }));
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
    await exchangeSightings();
    expect(asked).toBe(before + 1);
  }
  expect(EXCHANGE_EVERY_MS).toBe(5000);
});

it("only a counter of a node exchanges, in view and with a network", async () => {
  for (const one of [null, { ...COUNTER, entry: "passkey" } as const, { ...COUNTER, staff: null }]) {
    session.value = one;
    await exchangeSightings();
  }
  session.value = COUNTER;
  vi.stubGlobal("document", { visibilityState: "hidden" });
  await exchangeSightings();
  vi.stubGlobal("document", { visibilityState: "visible" });
  vi.stubGlobal("navigator", { onLine: false });
  await exchangeSightings();
  expect(asked).toBe(0);
});
