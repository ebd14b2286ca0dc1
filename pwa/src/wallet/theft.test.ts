import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { forgetClock } from "../device/clock";
import { createHolderKey, type HolderKey } from "../device/keys";
import { close } from "../device/store";
import { TestIssuer } from "../testing/issuer";
import { SIGNED_AT, TufRepository } from "../testing/tuf-repository";
import { saveCard, type Card } from "./card";
import { isSignerRevoked, renew } from "./issuing";
import { openStored } from "./showing";

const ORIGIN = "https://amate.example";
const NOW = SIGNED_AT + 60;

let issuer: TestIssuer;
let repository: TufRepository;
let key: HolderKey;
let card: Card;
let asked: string[];

/** The deployment, which asks nobody to renew. */
async function serve(path: string): Promise<Response> {
  asked.push(path);
  if (path === "/anchor.json") return new Response(repository.anchor);
  if (path === "/oid4vci/token") return Response.json({ access_token: "at", token_type: "DPoP" });
  if (path === "/oid4vci/nonce") return Response.json({ c_nonce: "nonce" });
  if (path === "/oid4vci/credential") return Response.json({ credentials: [{ credential: issuer.credentialFor(key.jwk, NOW) }] });
  if (path === "/api/v1/passes") return Response.json({ pass: await issuer.passFor(key.jwk, NOW), renew_at: null });
  if (path === "/api/v1/me/card") return Response.json({ name: "ANA RUIZ", curp: "RUXA000101MDFZXNA0" });
  const found = repository.files.get(path.replace("/trust/", ""));
  return found === undefined ? new Response("", { status: 404 }) : new Response(found);
}

function publish(): void {
  repository.publish(issuer.documents());
}

beforeEach(async () => {
  await close();
  vi.stubGlobal("indexedDB", new IDBFactory());
  vi.useFakeTimers({ toFake: ["Date"], now: NOW * 1000 });
  forgetClock();
  vi.stubGlobal("location", { origin: ORIGIN, href: `${ORIGIN}/wallet/` });
  vi.stubGlobal("navigator", {});
  vi.stubGlobal("fetch", serve);
  [issuer, repository, asked] = [new TestIssuer(), new TufRepository(), []];
  publish();
  key = await createHolderKey();
  card = await issuer.cardFor(key.jwk);
  await saveCard(card, key);
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("a wallet that learns of a theft", () => {
  test("asks in one small request when nothing is new", async () => {
    expect(await isSignerRevoked(card, key)).toBe(false);
    asked = [];
    expect(await isSignerRevoked(card, key)).toBe(false);
    expect(asked).toEqual(["/trust/timestamp.json"]);
  });

  test("has a new pass by another key, and keeps a credential that is believed", async () => {
    issuer.revoke("pass");
    publish();
    expect(await isSignerRevoked(card, key)).toBe(true);
    const { card: renewed } = await renew(card, key);
    expect(asked).not.toContain("/oid4vci/credential");
    expect(renewed.pass).not.toBe(card.pass);
    expect(await isSignerRevoked(renewed, key)).toBe(false);
  });

  test("has its credential anew although the server did not ask, and a pass with it", async () => {
    issuer.revoke("credential");
    publish();
    expect(await isSignerRevoked(card, key)).toBe(true);
    const { card: renewed } = await renew(card, key);
    expect(renewed.credential).not.toBe(card.credential);
    expect(renewed.pass).not.toBe(card.pass);
    expect(await isSignerRevoked(renewed, key)).toBe(false);
  });

  test("does not call its own card tampered with while it could not renew", async () => {
    issuer.revoke("pass");
    publish();
    expect(await isSignerRevoked(card, key)).toBe(true);
    expect(await openStored(NOW)).toMatchObject({ card: { pass: card.pass } });
  });
});
