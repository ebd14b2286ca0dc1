import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { close } from "../device/store";
import { createHolderKey, type HolderKey } from "../device/keys";
import { TestIssuer } from "../testing/issuer";
import { SIGNED_AT } from "../testing/tuf-repository";
import { saveCard, type Card } from "./card";

const NOW = SIGNED_AT + 60;
const ORIGIN = "https://amate.example";
const issuer = new TestIssuer();

let key: HolderKey;
let card: Card;
let passedMs: number;

/** The wallet's actions and what its screens see, with a card that is open and no network at all. */
async function openWallet(): Promise<typeof import("./actions") & typeof import("./state")> {
  vi.resetModules();
  const [actions, state] = await Promise.all([import("./actions"), import("./state")]);
  await actions.openCard();
  return { ...actions, ...state };
}

/** Time goes by for the phone's clock and for the page alike. */
function pass(seconds: number): void {
  passedMs += seconds * 1000;
  vi.setSystemTime(Date.now() + seconds * 1000);
}

beforeEach(async () => {
  await close();
  vi.stubGlobal("indexedDB", new IDBFactory());
  vi.useFakeTimers({ toFake: ["Date"], now: NOW * 1000 });
  passedMs = 0;
  vi.spyOn(performance, "now").mockImplementation(() => passedMs);
  vi.stubGlobal("location", { origin: ORIGIN, href: `${ORIGIN}/wallet/`, hash: "" });
  vi.stubGlobal("navigator", { onLine: false });
  vi.stubGlobal("addEventListener", () => undefined);
  vi.stubGlobal("localStorage", { getItem: () => "1", setItem: () => undefined, removeItem: () => undefined });
  key = await createHolderKey();
  card = await issuer.cardFor(key.jwk);
  await saveCard(card, key);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("the holder's key signs one usual code a period (J02)", () => {
  test("however often the page asks, one after the other and at once", async () => {
    const signing = vi.spyOn(crypto.subtle, "sign");
    const wallet = await openWallet();
    const first = wallet.shown.value;
    for (let asked = 0; asked < 20; asked += 1) await wallet.showCode();
    await Promise.all(Array.from({ length: 20 }, wallet.showCode));
    pass(29);
    await wallet.showCode();
    expect(signing).toHaveBeenCalledOnce();
    expect(wallet.shown.value).toBe(first);
  });

  test("and another in the next, with the time of the next", async () => {
    const signing = vi.spyOn(crypto.subtle, "sign");
    const wallet = await openWallet();
    const codes = new Set([wallet.shown.value?.text]);
    for (let period = 1; period <= 5; period += 1) {
      pass(30);
      await Promise.all([wallet.showCode(), wallet.showCode()]);
      codes.add(wallet.shown.value?.text);
      expect([signing.mock.calls.length, wallet.shown.value?.madeAtMs]).toEqual([period + 1, period * 30_000]);
    }
    expect(codes.size).toBe(6);
  });

  test("an answer is made at once, and the usual code comes back as it was", async () => {
    const wallet = await openWallet();
    const usual = wallet.shown.value;
    const signing = vi.spyOn(crypto.subtle, "sign");
    await wallet.answer("493027");
    expect([signing.mock.calls.length, wallet.shown.value?.text === usual?.text]).toEqual([1, false]);
    await wallet.stopAnswering();
    expect([signing.mock.calls.length, wallet.shown.value]).toEqual([1, usual]);
  });

  test("a pass that was renewed, a phone that slept and a clock that was set back do not wait for it", async () => {
    const signing = vi.spyOn(crypto.subtle, "sign");
    const wallet = await openWallet();
    vi.setSystemTime((NOW + 31) * 1000); // nothing has passed for the page, which stood still
    await wallet.showCode();
    expect(signing).toHaveBeenCalledTimes(2);
    vi.setSystemTime((NOW - 3600) * 1000);
    await wallet.showCode();
    expect(signing).toHaveBeenCalledTimes(3);
    wallet.card.value = { ...card, pass: await issuer.passFor(key.jwk, SIGNED_AT + 1) };
    await wallet.showCode();
    expect(signing).toHaveBeenCalledTimes(4);
  });

  test("nor does a phone that learns how good its clock is", async () => {
    const wallet = await openWallet();
    const signing = vi.spyOn(crypto.subtle, "sign");
    const { noteServerTime } = await import("../device/clock");
    noteServerTime(new Date(NOW * 1000).toUTCString(), performance.now());
    await Promise.all([wallet.showCode(), wallet.showCode()]);
    expect(signing).toHaveBeenCalledOnce();
  });

  test("a code that could not be made is tried again at once", async () => {
    const wallet = await openWallet();
    pass(30);
    const signing = vi.spyOn(crypto.subtle, "sign").mockRejectedValueOnce(new Error("no key"));
    await expect(wallet.showCode()).rejects.toThrow("no key");
    await wallet.showCode();
    expect(signing).toHaveBeenCalledTimes(2);
    expect(wallet.shown.value?.madeAtMs).toBe(30_000);
  });
});
