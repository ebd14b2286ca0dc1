import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { bytesFromText } from "../core/encoding";
import { parse } from "../core/qr-pass";
import { forgetClock } from "../device/clock";
import { createHolderKey } from "../device/keys";
import { close } from "../device/store";
import { TestIssuer } from "../testing/issuer";
import { SIGNED_AT } from "../testing/tuf-repository";
import { saveCard } from "./card";

const NOW = SIGNED_AT + 60;
const ORIGIN = "https://amate.example";

/** The wallet's actions and what its screens see, with a card that is open and no network at all. */
async function openWallet(): Promise<typeof import("./actions") & typeof import("./state")> {
  vi.resetModules();
  const [actions, state] = await Promise.all([import("./actions"), import("./state")]);
  await actions.openCard();
  return { ...actions, ...state };
}

const requests = vi.fn();

beforeEach(async () => {
  await close();
  requests.mockReset().mockRejectedValue(new TypeError("no network"));
  vi.stubGlobal("indexedDB", new IDBFactory());
  vi.useFakeTimers({ toFake: ["Date"], now: NOW * 1000 });
  forgetClock();
  vi.stubGlobal("location", { origin: ORIGIN, href: `${ORIGIN}/wallet/`, hash: "" });
  vi.stubGlobal("navigator", { onLine: false });
  vi.stubGlobal("addEventListener", () => undefined);
  vi.stubGlobal("localStorage", { getItem: () => "1", setItem: () => undefined, removeItem: () => undefined });
  vi.stubGlobal("fetch", requests);
  const [issuer, key] = [new TestIssuer(), await createHolderKey()];
  await saveCard(await issuer.cardFor(key.jwk), key);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** What the code in view answers to; null is nothing, as usual. */
function answered(text: string | undefined): string | null | undefined {
  const shown = parse(bytesFromText(text ?? ""));
  return shown.kind === "presentation" ? shown.challenge : undefined;
}

test("the code answers at once, at each renewal, for two minutes; then it is the usual one", async () => {
  const wallet = await openWallet();
  expect(answered(wallet.shown.value?.text)).toBeNull();
  await wallet.answer("493027");
  for (let second = 0; second < 120; second += 30) {
    expect(answered(wallet.shown.value?.text)).toBe("493027");
    vi.setSystemTime((NOW + second + 29) * 1000);
    expect(wallet.isAnswerOver()).toBe(false);
    await wallet.showCode();
  }
  vi.setSystemTime((NOW + 120) * 1000);
  expect(wallet.isAnswerOver()).toBe(true);
  await wallet.showCode();
  expect([answered(wallet.shown.value?.text), wallet.answering.value]).toEqual([null, null]);
  expect(requests).not.toHaveBeenCalled();
});

test("«Listo» brings the usual code back; another number takes the place of the first", async () => {
  const wallet = await openWallet();
  await wallet.answer("493027");
  await wallet.answer("000001");
  expect(answered(wallet.shown.value?.text)).toBe("000001");
  await wallet.stopAnswering();
  expect(answered(wallet.shown.value?.text)).toBeNull();
});

test("a code that was being made when the number came never takes the place of the answer", async () => {
  const wallet = await openWallet();
  const sign = crypto.subtle.sign.bind(crypto.subtle);
  let goOn: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (goOn = resolve));
  const signing = vi.spyOn(crypto.subtle, "sign").mockImplementationOnce(async (...given) => {
    await held;
    return sign(...given);
  });
  vi.setSystemTime((NOW + 30) * 1000); // the next period, else nothing is made
  const usual = wallet.showCode();
  await vi.waitFor(() => expect(signing).toHaveBeenCalledOnce());
  await wallet.answer("493027");
  goOn();
  await usual;
  expect(answered(wallet.shown.value?.text)).toBe("493027");
});

test("it is forgotten with the page, and with the card", async () => {
  const wallet = await openWallet();
  await wallet.answer("493027");
  const later = await openWallet();
  expect(answered(later.shown.value?.text)).toBeNull();
  await later.answer("493027");
  await later.removeCard();
  expect([later.answering.value, later.shown.value]).toEqual([null, null]);
});
