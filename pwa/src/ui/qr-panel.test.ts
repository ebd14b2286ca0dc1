import { describe, expect, test } from "vitest";
import { qrOf, qrPath, qrSide } from "./qr-panel";
import { distanceText, ageText, shortDayText } from "./format";

describe("the code on the screen", () => {
  test("a device pass of 883 digits fits version 12 at level L (DESIGN §3)", () => {
    expect(qrOf("1".repeat(883)).size).toBe(65);
  });

  test("what is shorter has the correction of a printed card, and is no larger than that", () => {
    expect(qrOf("1".repeat(691)).size).toBe(65);
    expect(qrOf("1".repeat(692)).size).toBe(61);
    expect(qrOf("1".repeat(555)).size, "a lent code: version 11 at M").toBe(61);
  });

  test("has whole device pixels in every module, and never outgrows its room", () => {
    for (const ratio of [1, 1.5, 2, 2.625, 3]) {
      for (const room of [236, 292, 308, 334]) {
        const side = qrSide(73, room, ratio);
        const pixels = (side * ratio) / 73;
        expect(Math.abs(pixels - Math.round(pixels))).toBeLessThan(1e-9);
        expect(side).toBeLessThanOrEqual(room + 1e-9);
      }
    }
    expect(qrSide(73, 292, 1)).toBe(292);
  });

  test("begins behind a quiet zone of 4 modules", () => {
    expect(qrPath(qrOf("12345678"))).toMatch(/^M4 4h7v1h-7z/);
  });
});

test("distances, ages and days as people say them", () => {
  expect([4, 996, 4_832, 62_400].map(distanceText)).toEqual(["10 m", "1.0 km", "4.8 km", "62 km"]);
  expect([5, 600, 10_800, 777_600].map(ageText)).toEqual(["menos de 2 min", "10 min", "3 h", "9 d"]);
  expect(shortDayText(20_801)).toBe("14 dic 2026");
});
