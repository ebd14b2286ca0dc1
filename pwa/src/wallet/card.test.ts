import "fake-indexeddb/auto";
import { coseFromKey } from "../core/cose";
import { base64urlEncode, encodeCbor } from "../core/encoding";
import { describe, expect, test } from "vitest";
import { createHolderKey } from "../device/keys";
import { get, put } from "../device/store";
import { dropCard, holdingOf, loadCard, maskedName, saveCard, type Card } from "./card";
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
