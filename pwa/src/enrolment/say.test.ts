import { expect, it } from "vitest";
import { ageWords } from "./say";

it.each([
  ["2026-11-22", "menos de un mes"],
  ["2026-10-23", "menos de un mes"],
  ["2026-10-22", "1 mes"],
  ["2025-11-23", "11 meses"],
  ["2025-11-22", "1 año"],
  ["2024-11-23", "1 año"],
  ["2024-11-22", "2 años"],
  ["2009-12-01", "16 años"],
])("somebody born on %s is %s old", (born, words) => {
  expect(ageWords(born, "2026-11-22")).toBe(words);
});
