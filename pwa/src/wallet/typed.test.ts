import { describe, expect, test } from "vitest";
import { asChallenge, asCode, asTxCode, isLink } from "./typed";

describe("a code that was typed or pasted", () => {
  test.each([
    ["  KGWM-GDQN-PB4Z ", "KGWM-GDQN-PB4Z"],
    ["kgwm gdqn pb4z", "KGWM-GDQN-PB4Z"],
    ["KGWM-GDQN-PB4Z-9", "KGWM-GDQN-PB4Z"],
    ["kgwmg", "KGWM-G"],
    ["", ""],
  ])("«%s» of the module", (typed, kept) => {
    expect(asCode(typed)).toBe(kept);
  });

  test.each([
    ["299 998", true, "299998"],
    [" 299998\n", true, "299998"],
    ["2999987", true, "299998"],
    ["2a9", true, "29"],
    ["ab c-12 3", false, "abc-12"],
  ])("«%s» of six", (typed, isNumeric, kept) => {
    expect(asTxCode(typed, { length: 6, isNumeric })).toBe(kept);
  });
});

describe("a link in the place of the module's code", () => {
  test.each([
    ["openid-credential-offer://?credential_offer_uri=https%3A%2F%2Fa.mx%2F1", true],
    [" HTTPS://amate.mx/#credential_offer_uri=x", true],
    ["http", false],
    ["KGWM-GDQN-PB4Z", false],
  ])("«%s»: %s", (typed, is) => {
    expect(isLink(typed)).toBe(is);
  });
});

test.each([
  [" 493 027 ", "493027"],
  ["493-0270", "493027"],
  ["49a3", "493"],
  ["٤٩٣٠٢٧", ""],
  ["amate:challenge:493027", "493027"],
])("«%s» as a counter's number", (typed, kept) => {
  expect(asChallenge(typed)).toBe(kept);
});
