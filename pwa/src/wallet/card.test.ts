import "fake-indexeddb/auto";
import { coseFromKey } from "../core/cose";
import { base64urlDecode, base64urlEncode, encodeCbor } from "../core/encoding";
import { parseIssuers, parsePolicy, makeTrust, type Trust } from "../core/trust";
import { signPass } from "../core/qr-pass";
import { describe, expect, test } from "vitest";
import { createHolderKey, sign, type HolderKey } from "../device/keys";
import { get, put } from "../device/store";
import { TestIssuer } from "../testing/issuer";
import { SIGNED_AT } from "../testing/tuf-repository";
import { dropCard, holdingOf, loadCard, maskedName, passOf, saveCard, type Card } from "./card";
import { parseDetails } from "./details";

const card: Card = {
  issuer: "https://amate.example",
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

describe("the stored card", () => {
  test("comes back as it was kept, with its key, and goes without a trace", async () => {
    expect(await loadCard()).toBeNull();
    await saveCard(card, await createHolderKey());
    expect(await loadCard()).toEqual(card);
    await put("settings", "activity", []);
    await dropCard();
    expect(await loadCard()).toBeNull();
    expect(await get("keys", "holder")).toBeUndefined();
    expect(await get("settings", "activity")).toBeUndefined();
  });

  test("is refused when one byte of it changed (J07)", async () => {
    await saveCard(card);
    const sealed = await get("card", "mine");
    if (sealed === undefined) throw new Error("not kept");
    const bytes = new Uint8Array(sealed.ciphertext.slice(0));
    bytes[9] = (bytes[9] ?? 0) ^ 1;
    await put("card", "mine", { iv: sealed.iv, ciphertext: bytes.buffer });
    expect(await loadCard()).toBe("tampered");
  });

  test("a pass that is no pass, or another phone's, does not hold", async () => {
    const key = await createHolderKey();
    expect(await holdingOf("AA", key, null)).toBe("broken");
    const cose = encodeCbor(await coseFromKey(key.pair.publicKey));
    expect(await holdingOf(base64urlEncode(cose), key, null)).toBe("broken");
  });
});

/** What a phone believes that has synchronised with this issuer. */
async function trustIn(issuer: TestIssuer): Promise<Trust> {
  const documents = issuer.documents();
  const [issuers, policy] = [documents["issuers.json"] ?? new Uint8Array(), documents["policy.json"] ?? new Uint8Array()];
  return makeTrust(await parseIssuers(issuers), parsePolicy(policy), { refreshedAt: SIGNED_AT, floor: SIGNED_AT, sealing: new Map() });
}

/** What the wallet says of a pass that it sealed itself and opened again. */
async function keptAndOpened(pass: string, key: HolderKey, trust: Trust): Promise<string> {
  await saveCard({ ...card, pass }, key);
  const opened = await loadCard();
  return opened === null || opened === "tampered" ? "lost" : holdingOf(opened.pass, key, trust);
}

describe("a pass in a card that this phone sealed (J07)", () => {
  test("is broken when any one byte of its payload or signature is another, as it holds when none is", async () => {
    const [issuer, key] = [new TestIssuer(), await createHolderKey()];
    const [trust, pass] = [await trustIn(issuer), await issuer.passFor(key.jwk, SIGNED_AT)];
    expect(await keptAndOpened(pass, key, trust)).toBe("holds");
    const bytes = base64urlDecode(pass);
    const payload = passOf(pass)?.sign1.payload.length ?? 0;
    expect(payload).toBeGreaterThan(100);
    const first = bytes.length - 64 - 2 - payload; // the signature's own length takes two bytes
    for (let at = first; at < bytes.length; at += 1) {
      const changed = Uint8Array.from(bytes, (byte, n) => (n === at ? byte ^ 1 : byte));
      expect([at, await keptAndOpened(base64urlEncode(changed), key, trust)]).toEqual([at, "broken"]);
    }
  });

  test("is broken when another issuer's key, or this phone's own, signed what it says under the issuer's name", async () => {
    const [issuer, key, stranger] = [new TestIssuer(), await createHolderKey(), await createHolderKey()];
    const trust = await trustIn(issuer);
    const honest = passOf(await issuer.passFor(key.jwk, SIGNED_AT));
    if (honest === null) throw new Error("no pass");
    for (const signer of [stranger, key]) {
      const forged = await signPass(honest.claims, { kid8: honest.kid8, sign: (message) => sign(signer, message) });
      expect(await keptAndOpened(base64urlEncode(forged), key, trust)).toBe("broken");
    }
  });

  test("is broken when its issuer's key signed it for another phone", async () => {
    const [issuer, key, stranger] = [new TestIssuer(), await createHolderKey(), await createHolderKey()];
    expect(await keptAndOpened(await issuer.passFor(stranger.jwk, SIGNED_AT), key, await trustIn(issuer))).toBe("broken");
  });
});

test("a masked name is recognised by its owner only (F03)", () => {
  expect(maskedName("María Guadalupe Ruiz de la O")).toBe("Mar•• Gua•••••• R••• d• l• O•");
});

describe("the card's face from the server", () => {
  const clinic = { clues: "HGIMB000011", name: "C.S. Actopan", institution: "IMB", level: 1, lat: 20.27, lon: -98.94, distance_m: 900 };
  const sent = { name: "ANA RUIZ", curp: "RUXA000101MDFZXNA0", assigned_clinic: clinic, nearest_clinics: [clinic], entitlements: [{ institution: 2, label: "IMSS", role: 1, until: "2026-12-15" }] };

  test("is read into our own words", () => {
    const { details, isRenewalAsked } = parseDetails(sent);
    expect(isRenewalAsked).toBe(false);
    expect(parseDetails({ ...sent, renew: true }).isRenewalAsked).toBe(true);
    expect(details.assignedClinic).toMatchObject({ clues: "HGIMB000011", distanceM: 900 });
    expect(details.entitlements).toEqual([{ label: "IMSS", role: "titular", untilDay: 20_802 }]);
  });

  test.each([null, {}, { ...sent, name: 7 }, { ...sent, nearest_clinics: [{ ...clinic, lat: 91 }] }, { ...sent, entitlements: [{ label: "IMSS", role: 1, until: "mañana" }] }])(
    "of another shape is not believed: %j",
    (json) => {
      expect(() => parseDetails(json)).toThrow();
    },
  );
});
