import { expect, test } from "vitest";
import { ageText, untilText } from "./format";

const at = (day: number, hour: number, minute: number): number => new Date(2026, 10, day, hour, minute).getTime() / 1000;

test.each([
  [at(22, 16, 18), at(22, 9, 0), "las 16:18"],
  [at(23, 16, 18), at(22, 16, 19), "mañana a las 16:18"],
  [at(23, 0, 1), at(22, 23, 59), "mañana a las 00:01"],
  [at(24, 16, 18), at(22, 16, 18), "el 24 nov a las 16:18"],
])("an end is said with its day when that is not today (%#)", (end, now, said) => {
  expect(untilText(end, now)).toBe(said);
});

test.each([
  [89, "menos de 2 min"],
  [90, "2 min"],
  [5400, "2 h"],
  [129_600, "2 d"],
  [730 * 86_400, "730 d"],
  [731 * 86_400, "2 años"],
  [2190 * 86_400, "6 años"],
])("an age is said in its largest sensible unit (%#)", (seconds, said) => {
  expect(ageText(seconds)).toBe(said);
});
