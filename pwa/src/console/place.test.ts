import { describe, expect, test } from "vitest";
import { placeOf, toEmergency, toIncident, toProposal, toRules, toSection, type Place } from "./place";

const KID = "UsZMawoSHbHF1Hs_-3pEzmI2SAXRmPA0KZFvTEtgMkH";

describe("where the console is", () => {
  const places: readonly [string, Place][] = [
    [toSection("llaves"), { kind: "desk", section: "llaves" }],
    [toProposal("kp-2a6c9dd461c5"), { kind: "proposal", id: "kp-2a6c9dd461c5" }],
    [toRules, { kind: "rules" }],
    [toEmergency(), { kind: "emergency", kid: "" }],
    [toEmergency(KID), { kind: "emergency", kid: KID }],
    [toIncident(KID, "lost"), { kind: "incident", kid: KID, reason: "lost" }],
  ];

  test.each(places)("is told by an address: %s", (address, place) => {
    expect(placeOf(new URL(address, "https://amate.example").hash)).toEqual(place);
  });

  test("is the page for whatever else an address says", () => {
    expect(["", "#", "#propuesta=", "#nothing=1"].map((hash) => placeOf(hash).kind)).toEqual(["desk", "desk", "desk", "desk"]);
  });
});
