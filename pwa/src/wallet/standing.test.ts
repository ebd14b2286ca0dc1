import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createHolderKey, type HolderKey } from "../device/keys";
import { close } from "../device/store";
import { activity } from "./activity";
import { loadCard, saveCard, type Card } from "./card";
import { ask, clinicsNear, lend, renew } from "./issuing";

const ORIGIN = "https://amate.example";
const TUXTLA = { lat: 16.75, lon: -93.12 };
const card: Card = {
  issuer: ORIGIN,
  credential: "a.b.c~",
  refreshToken: "rt",
  pass: "AA",
  passIat: 1,
  passExp: 2,
  renewAt: null,
  details: { name: "ANA RUIZ", curp: "RUXA000101MDFZXNA0", assignedClinic: null, nearestClinics: [], entitlements: [] },
  renewedAt: 1,
  isWithdrawn: false,
};

type Said = readonly [number, unknown];
const IN_FORCE: Said = [200, { access_token: "at", token_type: "DPoP" }];
const REFUSED: Said = [400, { error: "invalid_grant" }];
const REVOKED: Said = [403, { type: "/problems/credential-revoked" }];

let key: HolderKey;
let asked: string[];

/** A server that says this at each address; of the others, that a nonce is fresh. Its trust files are a long time coming. */
function serve(answers: Readonly<Record<string, Said>>): void {
  vi.stubGlobal("fetch", async (path: string) => {
    if (path === "/anchor.json") await new Promise(() => undefined);
    asked.push(path.replace(/\?.*/, ""));
    const [status, body] = answers[path.replace(/\?.*/, "")] ?? [200, { c_nonce: "n" }];
    return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });
  });
}

beforeEach(async () => {
  await close();
  vi.stubGlobal("indexedDB", new IDBFactory());
  vi.stubGlobal("location", { origin: ORIGIN, href: `${ORIGIN}/wallet/` });
  vi.stubGlobal("navigator", {});
  asked = [];
  key = await createHolderKey();
  await saveCard(card, key);
});
afterEach(() => {
  vi.unstubAllGlobals();
});

describe("a wallet that asks whether its card still holds", () => {
  test("sends one small request, and nothing changes while it does", async () => {
    serve({ "/oid4vci/token": IN_FORCE });
    expect(await ask(card, key)).toEqual({ card, storageSlug: null });
    expect(asked).toEqual(["/oid4vci/token"]);
  });

  test("keeps on the phone that it was refused: revoked, or claimed on another phone", async () => {
    serve({ "/oid4vci/token": REFUSED });
    expect((await ask(card, key)).card.isWithdrawn).toBe(true);
    expect(await loadCard()).toMatchObject({ isWithdrawn: true });
    expect((await activity()).map(({ what }) => what)).toEqual(["withdrawn"]);
  });

  test.each<[string, Said]>([
    ["a server that fails", [500, {}]],
    ["a server that is busy", [429, { error: "slow_down" }]],
    ["a phone whose clock is wrong", [400, { error: "invalid_dpop_proof" }]],
    ["a network that wants a login first", [200, "<html>"]],
  ])("does not take %s for a refusal", async (_what, said) => {
    serve({ "/oid4vci/token": said });
    await expect(ask(card, key)).rejects.toThrow();
    expect(await loadCard()).toEqual(card);
  });
});

describe("a wallet that is refused while it asks for something else", () => {
  const wants: readonly (readonly [string, string, () => Promise<unknown>])[] = [
    ["to lend a code", "/api/v1/qr-tokens", () => lend(card, key)],
    ["the clinics near a place", "/api/v1/me/card", () => clinicsNear(card, key, TUXTLA)],
  ];

  test.each(wants)("%s, keeps that the card is withdrawn", async (_what, path, want) => {
    serve({ "/oid4vci/token": IN_FORCE, [path]: REVOKED });
    await expect(want()).rejects.toMatchObject({ slug: "withdrawn" });
    expect(await loadCard()).toMatchObject({ isWithdrawn: true });
  });

  test.each(wants)("%s, and already the token is refused", async (_what, _path, want) => {
    serve({ "/oid4vci/token": REFUSED });
    await expect(want()).rejects.toMatchObject({ slug: "withdrawn" });
    expect(await loadCard()).toMatchObject({ isWithdrawn: true });
  });

  test("to renew, and the grant ends between two of its requests", async () => {
    serve({ "/oid4vci/token": IN_FORCE, "/api/v1/passes": REVOKED, "/api/v1/me/card": REVOKED });
    expect((await renew(card, key)).card.isWithdrawn).toBe(true);
    expect(await loadCard()).toMatchObject({ isWithdrawn: true });
  });
});
