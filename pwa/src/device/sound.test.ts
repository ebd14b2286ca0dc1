import { expect, it } from "vitest";
import { MELODIES } from "./sound";

it("no two verdicts share a rhythm, so that the tones differ also for those who do not tell pitches apart", () => {
  const rhythms = Object.values(MELODIES).map((notes) => notes.map(({ atS, forS }) => `${atS}+${forS}`).join(" "));
  expect(new Set(rhythms).size).toBe(rhythms.length);
});

it("the refusal is an octave below every other tone and longer than each", () => {
  const [refusal] = MELODIES.not_valid;
  const others = [...MELODIES.valid, ...MELODIES.check_identity, ...MELODIES.stale];
  expect(Math.min(...others.map(({ hz }) => hz))).toBeGreaterThan(2 * (refusal?.hz ?? 0));
  expect(Math.max(...others.map(({ forS }) => forS))).toBeLessThan(refusal?.forS ?? 0);
});
