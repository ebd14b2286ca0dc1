import "fake-indexeddb/auto";
import { importJWK, jwtVerify, decodeProtectedHeader, decodeJwt } from "jose";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { base64urlEncode } from "../core/encoding";
import { forgetNonce } from "./dpop";
import { createHolderKey } from "./keys";
import { fetchCredential, fetchOffer, fetchPass, fetchQrToken, isOwnIssuer, offerAddress, redeemOffer, refreshTokens, secondsOf, type Offer } from "./oid4vci";

const ORIGIN = "https://amate.example";
const GRANT = "urn:ietf:params:oauth:grant-type:pre-authorized_code";
const offered = {
  credential_issuer: ORIGIN,
  credential_configuration_ids: ["mx.salud.credential"],
  grants: { [GRANT]: { "pre-authorized_code": "code-1", tx_code: { length: 6, input_mode: "numeric" } } },
};
const offer: Offer = { issuer: ORIGIN, code: "code-1", txCode: { length: 6, isNumeric: true } };

interface Sent {
  readonly path: string;
  readonly headers: Headers;
  readonly body: string;
  readonly method: string;
}
type Reply = readonly [status: number, body: unknown, headers?: Readonly<Record<string, string>>];

/** A server that answers each path with the replies given, in order, and remembers what it was sent. */
function serve(replies: Readonly<Record<string, readonly Reply[]>>): Sent[] {
  const sent: Sent[] = [];
  const left = new Map(Object.entries(replies).map(([path, list]) => [path, [...list]]));
  vi.stubGlobal("fetch", (path: string, init: RequestInit) => {
    const body = init.body instanceof URLSearchParams ? init.body.toString() : typeof init.body === "string" ? init.body : "";
    sent.push({ path, headers: new Headers(init.headers), body, method: init.method ?? "" });
    const [status, answer, headers] = left.get(path)?.shift() ?? [404, { type: "/problems/not-found" }];
    return Promise.resolve(new Response(JSON.stringify(answer), { status, headers: { "content-type": "application/json", ...headers } }));
  });
  return sent;
}

beforeEach(() => {
  forgetNonce();
  vi.stubGlobal("location", { origin: ORIGIN, href: `${ORIGIN}/wallet/` });
});
afterEach(() => {
  vi.unstubAllGlobals();
});

describe("an offer", () => {
  const address = `${ORIGIN}/oid4vci/offers/ABCD-1234-EFGH`;

  test.each([
    `${ORIGIN}/wallet/#credential_offer_uri=${encodeURIComponent(address)}`,
    `openid-credential-offer://?credential_offer_uri=${encodeURIComponent(address)}`,
    " abcd1234efgh ",
    "ABCD-1234-EFGH",
  ])("is found in %s", (input) => {
    expect(offerAddress(input)).toBe(address);
  });

  test.each(["", "hola", "https://amate.example/", "ABCD-1234", "14747385441", "openid-credential-offer://?credential_offer_uri=nope"])("is not %s", (input) => {
    expect(() => offerAddress(input)).toThrow("not-an-offer");
  });

  test("of another site is refused before anybody is asked (E06)", async () => {
    const sent = serve({});
    const evil = "openid-credential-offer://?credential_offer_uri=https%3A%2F%2Fsalud-mx.example%2Foid4vci%2Foffers%2FA";
    await expect(fetchOffer(evil)).rejects.toMatchObject({ slug: "foreign-issuer", detail: "salud-mx.example" });
    expect(sent).toEqual([]);
    expect(isOwnIssuer(`${ORIGIN}.evil.example/x`)).toBe(false);
  });

  test("that names another issuer is refused although our own server sent it (E06)", async () => {
    serve({ "/oid4vci/offers/ABCD-1234-EFGH": [[200, { ...offered, credential_issuer: "https://salud-mx.example" }]] });
    await expect(fetchOffer("ABCD-1234-EFGH")).rejects.toMatchObject({ slug: "foreign-issuer", detail: "salud-mx.example" });
  });

  test("is read whole, or not at all", async () => {
    const path = "/oid4vci/offers/ABCD-1234-EFGH";
    serve({ [path]: [[200, offered], [200, { ...offered, grants: {} }], [404, { type: "/problems/offer-invalid", status: 404 }]] });
    expect(await fetchOffer("ABCD-1234-EFGH")).toEqual(offer);
    await expect(fetchOffer("ABCD-1234-EFGH")).rejects.toMatchObject({ slug: "unexpected-answer" });
    await expect(fetchOffer("ABCD-1234-EFGH")).rejects.toMatchObject({ slug: "offer-invalid", status: 404 });
  });
});

describe("tokens", () => {
  test("are asked for with a DPoP proof of the key, again with the server's nonce", async () => {
    const key = await createHolderKey();
    const sent = serve({
      "/oid4vci/token": [
        [400, { error: "use_dpop_nonce" }, { "dpop-nonce": "n-1" }],
        [200, { access_token: "at", token_type: "DPoP", refresh_token: "rt" }],
      ],
    });
    expect(await redeemOffer(key, offer, "123456")).toEqual({ accessToken: "at", refreshToken: "rt" });
    expect(sent).toHaveLength(2);
    const form = new URLSearchParams(sent[1]!.body);
    expect(Object.fromEntries(form)).toEqual({ grant_type: GRANT, "pre-authorized_code": "code-1", tx_code: "123456" });
    const [first, second] = sent.map(({ headers }) => headers.get("dpop") ?? "");
    const { payload, protectedHeader } = await jwtVerify(second!, await importJWK({ ...key.jwk }, "ES256"), { typ: "dpop+jwt" });
    expect(protectedHeader.jwk).toEqual(key.jwk);
    expect(payload).toMatchObject({ htm: "POST", htu: `${ORIGIN}/oid4vci/token`, nonce: "n-1" });
    expect(payload.jti).not.toBe(decodeJwt(first!).jti);
    expect(payload).not.toHaveProperty("ath");
  });

  test("a wrong code comes back in the server's words", async () => {
    serve({ "/oid4vci/token": [[400, { error: "invalid_grant", error_description: "tx_code is wrong" }]] });
    await expect(redeemOffer(await createHolderKey(), offer, "000000")).rejects.toMatchObject({ slug: "invalid_grant", detail: "tx_code is wrong" });
  });

  test("a refresh token that is not replaced stays", async () => {
    serve({ "/oid4vci/token": [[200, { access_token: "at-2" }]] });
    expect(await refreshTokens(await createHolderKey(), "rt")).toEqual({ accessToken: "at-2", refreshToken: "rt" });
  });

  test("without a network the failure says so", async () => {
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("failed to fetch")));
    await expect(refreshTokens(await createHolderKey(), "rt")).rejects.toMatchObject({ slug: "offline" });
  });
});

describe("credential and pass", () => {
  test("prove the key over the issuer's nonce, and once more when it had grown old", async () => {
    const key = await createHolderKey();
    const sent = serve({
      "/oid4vci/nonce": [[200, { c_nonce: "c-1" }], [200, { c_nonce: "c-2" }]],
      "/oid4vci/credential": [[400, { error: "invalid_nonce" }], [200, { credentials: [{ credential: "a.b.c~" }] }]],
    });
    expect(await fetchCredential(key, "at")).toBe("a.b.c~");
    const last = sent.at(-1)!;
    const asked = JSON.parse(last.body) as { credential_configuration_id: string; proofs: { jwt: string[] } };
    expect(Object.keys(asked).sort()).toEqual(["credential_configuration_id", "proofs"]);
    const proof = asked.proofs.jwt[0]!;
    expect(decodeProtectedHeader(proof)).toEqual({ alg: "ES256", typ: "openid4vci-proof+jwt", jwk: key.jwk });
    const { payload } = await jwtVerify(proof, await importJWK({ ...key.jwk }, "ES256"), { audience: ORIGIN });
    expect(payload.nonce).toBe("c-2");
    expect(payload).not.toHaveProperty("iss");
    expect(last.headers.get("authorization")).toBe("DPoP at");
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode("at")));
    expect(decodeJwt(last.headers.get("dpop") ?? "").ath).toBe(base64urlEncode(hash));
  });

  test("a pass and a one-time code are read with their times", async () => {
    const key = await createHolderKey();
    serve({
      "/oid4vci/nonce": [[200, { c_nonce: "c" }]],
      "/api/v1/passes": [[200, { pass: "0oRD", renew_at: "2026-11-23T00:00:00Z" }]],
      "/api/v1/qr-tokens": [[200, { text: "1234", expires_at: "2026-11-22T00:01:30Z" }]],
    });
    expect(await fetchPass(key, "at")).toEqual({ pass: "0oRD", renewAt: 1_795_392_000 });
    expect(await fetchQrToken(key, "at")).toEqual({ text: "1234", expiresAt: 1_795_305_690 });
    expect([secondsOf("x"), secondsOf(null), secondsOf(7)]).toEqual([null, null, 7]);
  });
});
