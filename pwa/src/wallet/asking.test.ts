import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { forgetClock } from "../device/clock";
import { createHolderKey } from "../device/keys";
import { close } from "../device/store";
import { TestIssuer } from "../testing/issuer";
import { SIGNED_AT, TufRepository } from "../testing/tuf-repository";
import { saveCard } from "./card";

const ORIGIN = "https://amate.example";
const NOW = SIGNED_AT + 60;

let asked: string[];
let isRefused: boolean;
let repository: TufRepository;

function serve(path: string): Response {
  asked.push(path);
  if (path === "/anchor.json") return new Response(repository.anchor);
  if (path === "/oid4vci/token") return isRefused ? Response.json({ error: "invalid_grant" }, { status: 400 }) : Response.json({ access_token: "at" });
  const found = repository.files.get(path.replace("/trust/", ""));
  return found === undefined ? new Response("", { status: 404 }) : new Response(found);
}

/** The wallet's actions and what its screens see, as a page that was just loaded has them. */
async function openWallet(): Promise<typeof import("./actions") & typeof import("./state")> {
  vi.resetModules();
  const [actions, state] = await Promise.all([import("./actions"), import("./state")]);
  await actions.openCard();
  return { ...actions, ...state };
}

/** How often the issuer was asked since the last question of this test. */
function timesAsked(): number {
  const times = asked.filter((path) => path === "/oid4vci/token").length;
  asked = [];
  return times;
}

beforeEach(async () => {
  await close();
  vi.stubGlobal("indexedDB", new IDBFactory());
  vi.useFakeTimers({ toFake: ["Date"], now: NOW * 1000 });
  forgetClock();
  vi.stubGlobal("location", { origin: ORIGIN, href: `${ORIGIN}/wallet/`, hash: "" });
  vi.stubGlobal("navigator", { onLine: true });
  vi.stubGlobal("addEventListener", () => undefined);
  vi.stubGlobal("localStorage", { getItem: () => "1", setItem: () => undefined, removeItem: () => undefined });
  vi.stubGlobal("fetch", (path: string) => Promise.resolve(serve(path)));
  [asked, isRefused, repository] = [[], false, new TufRepository()];
  const [issuer, key] = [new TestIssuer(), await createHolderKey()];
  repository.publish(issuer.documents());
  await saveCard(await issuer.cardFor(key.jwk), key);
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("how often a wallet asks after its card", () => {
  test("on opening, and again when it comes into view, but at most once a minute", async () => {
    const wallet = await openWallet();
    await wallet.askIssuer();
    expect(timesAsked()).toBe(1);
    await wallet.askIssuer();
    expect(timesAsked()).toBe(0);
    vi.setSystemTime((NOW + 61) * 1000);
    await wallet.askIssuer();
    expect(timesAsked()).toBe(1);
  });

  test("at once after a clock that was set back, which says nothing of the time that has passed", async () => {
    const wallet = await openWallet();
    await wallet.askIssuer();
    vi.setSystemTime((NOW - 3600) * 1000);
    timesAsked();
    await wallet.askIssuer();
    expect(timesAsked()).toBe(1);
  });

  test("not off line, where the code stays in view", async () => {
    const wallet = await openWallet();
    wallet.isOnline.value = false;
    await wallet.askIssuer();
    expect(asked).toEqual([]);
    expect(wallet.shown.value).not.toBeNull();
  });

  test("never again once it was refused; the code is gone, and stays gone when it is opened again", async () => {
    const wallet = await openWallet();
    expect(wallet.shown.value).not.toBeNull();
    isRefused = true;
    await wallet.askIssuer();
    expect([wallet.shown.value, wallet.card.value?.isWithdrawn]).toEqual([null, true]);
    const later = await openWallet();
    expect([later.phase.value, later.shown.value]).toEqual(["card", null]);
    timesAsked();
    vi.setSystemTime((NOW + 3600) * 1000);
    await later.askIssuer();
    await later.showCode();
    expect([timesAsked(), later.shown.value]).toEqual([0, null]);
  });
});
