import "fake-indexeddb/auto";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createHolderKey, type HolderKey } from "../device/keys";
import { loadCard, saveCard, type Card } from "./card";
import { ask, keep, lend, renew } from "./issuing";

const ORIGIN = "https://amate.example";
const card: Card = {
  issuer: ORIGIN,
  credential: "a.b.c~",
  refreshToken: "rt-0",
  pass: "AA",
  passIat: 1,
  passExp: 2,
  renewAt: null,
  details: { name: "ANA RUIZ", curp: "RUXA000101MDFZXNA0", assignedClinic: null, nearestClinics: [], entitlements: [] },
  renewedAt: 1,
  isWithdrawn: false,
};

/** Locks as browsers have them between tabs: whoever asks waits for those before. */
function locks(): { request<Result>(name: string, work: () => Promise<Result>): Promise<Result> } {
  let last: Promise<unknown> = Promise.resolve();
  return {
    request: (_name, work) => {
      const turn = last.then(work, work);
      last = turn.catch(() => undefined);
      return turn;
    },
  };
}

/** A server whose refresh tokens work once; gives back the tokens it was sent. */
function serve(): string[] {
  const sent: string[] = [];
  const json = (status: number, body: unknown): Response =>
    new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });
  vi.stubGlobal("fetch", async (path: string, init: RequestInit) => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (path !== "/oid4vci/token") return json(200, { text: "123", expires_at: "2026-11-18T00:00:00Z" });
    const token = init.body instanceof URLSearchParams ? (init.body.get("refresh_token") ?? "") : "";
    if (token !== `rt-${sent.length}`) return json(400, { error: "invalid_grant" });
    sent.push(token);
    return json(200, { access_token: "at", token_type: "DPoP", refresh_token: `rt-${sent.length}` });
  });
  return sent;
}

let key: HolderKey;

beforeEach(async () => {
  vi.stubGlobal("location", { origin: ORIGIN, href: `${ORIGIN}/wallet/` });
  vi.stubGlobal("navigator", { locks: locks() });
  key = await createHolderKey();
  await saveCard(card, key);
});
afterEach(() => {
  vi.unstubAllGlobals();
});

describe("two tabs of one wallet", () => {
  test("spend the refresh token one after the other, each the newest", async () => {
    const sent = serve();
    const lent = await Promise.all([lend(card, key), lend(card, key), lend(card, key)]);
    expect(lent.map(({ text }) => text)).toEqual(["123", "123", "123"]);
    expect(sent).toEqual(["rt-0", "rt-1", "rt-2"]);
    expect(await loadCard()).toMatchObject({ refreshToken: "rt-3", isWithdrawn: false });
  });

  test("renew once: the second takes what the first brought, and asks the server nothing", async () => {
    const sent = serve();
    const renewed = { ...card, passIat: 100, passExp: 200, renewedAt: 100, refreshToken: "rt-9" };
    await saveCard(renewed);
    expect(await renew(card, key)).toEqual({ card: renewed, storageSlug: null });
    expect(sent).toEqual([]);
  });

  test("never write over a card that was claimed in the other", async () => {
    serve();
    const other = { ...card, credential: "d.e.f~" };
    await saveCard(other);
    await expect(renew(card, key)).rejects.toMatchObject({ slug: "card-replaced" });
    expect(await loadCard()).toEqual(other);
  });

  test("never mark a card that is claimed while the one before it is being refused", async () => {
    serve();
    const claimed = { ...card, credential: "d.e.f~", refreshToken: "rt-0" };
    const before = { ...card, refreshToken: "rt-of-before" };
    await saveCard(before);
    const fetching = vi.spyOn(globalThis, "fetch");
    const refused = ask(before, key);
    await vi.waitFor(() => expect(fetching).toHaveBeenCalled(), { interval: 1 });
    await keep({ card: claimed, key });
    expect((await refused).card.isWithdrawn).toBe(true);
    expect(await loadCard()).toEqual(claimed);
  });
});
