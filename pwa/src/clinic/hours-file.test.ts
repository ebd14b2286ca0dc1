import { describe, expect, it } from "vitest";
import { WEEK } from "../core/hours";
import { clinicsDocument, type Unit } from "../testing/clinics";
import { parseDirectory, type Directory } from "./directory";
import { readHours } from "./hours-file";
import { openingText } from "./opening-text";

const MONDAY = 1_767_592_800; // 2026-01-05T00:00:00-06:00
const at = (day: number, hour: number, minute = 0): number => MONDAY + ((day * 24 + hour) * 60 + minute) * 60;
const WEEKDAYS = [0, 1, 2, 3, 4].flatMap((day) => [day * 1440 + 480, day * 1440 + 870]);
const UNITS: readonly Unit[] = [
  { clues: "HGIMB000011", at: [20.1, -98.7], week: WEEKDAYS },
  { clues: "HGIMS000022", at: [20.11, -98.75] },
  { clues: "HGIMS000033", at: [20.2, -98.7], week: [0, WEEK] },
  { clues: "HGIMS000044", at: [20.3, -98.7], week: [0, 360, 9960, WEEK] },
  { clues: "HGIMS000055", at: [20.4, -98.7], week: [] },
  { clues: "HGIMS000066", at: [20.5, -98.7], week: [960, 1440] },
];

function textOf(directory: Directory, clues: string, now: number): string {
  const clinic = directory.find(clues);
  return clinic === null ? "" : openingText(directory.opening(clinic, now));
}

describe("the hours of clinics", () => {
  const directory = parseDirectory(clinicsDocument(UNITS, { HGSSA000011: "HGIMB000011" }));

  it.each([
    ["HGIMB000011", at(0, 8), "Abierta hasta las 14:30"],
    ["HGSSA000011", at(0, 14, 29), "Abierta hasta las 14:30"],
    ["HGIMB000011", at(0, 7, 59), "Cerrada: abre a las 08:00"],
    ["HGIMB000011", at(0, 14, 30), "Cerrada: abre mañana a las 08:00"],
    ["HGIMB000011", at(4, 15), "Cerrada: abre el lunes a las 08:00"],
    ["HGIMB000011", at(6, 23, 59), "Cerrada: abre mañana a las 08:00"],
    ["HGIMS000022", at(0, 8), "No sabemos su horario"],
    ["HGIMS000033", at(6, 23), "Abierta las 24 horas"],
    ["HGIMS000044", at(6, 23), "Abierta hasta mañana a las 06:00"],
    ["HGIMS000044", at(0, 5), "Abierta hasta las 06:00"],
    ["HGIMS000044", at(0, 6), "Cerrada: abre el domingo a las 22:00"],
    ["HGIMS000055", at(0, 6), "Cerrada"],
    ["HGIMS000066", at(0, 17), "Abierta hasta las 24:00"],
    ["HGIMS000066", at(0, 15, 59), "Cerrada: abre a las 16:00"],
    ["HGIMS000066", at(1, 0), "Cerrada: abre el lunes a las 16:00"],
  ])("are told of %s at %i", (clues, now, said) => {
    expect(textOf(directory, clues, now)).toBe(said);
  });

  it("leave out who is known to be closed, and nobody else", () => {
    const near = (openAt: number | null) => directory.near([20.1, -98.7], { limit: 9, isWanted: () => true, openAt }).map(({ clinic }) => clinic.clues.slice(-2));
    expect(near(null)).toEqual(["11", "22", "33", "44", "55", "66"]);
    expect(near(at(0, 8))).toEqual(["11", "22", "33"]);
    expect(near(at(6, 23))).toEqual(["22", "33", "44"]);
  });

  it("are known only where somebody has said them", () => {
    const silent = parseDirectory(clinicsDocument(UNITS.map(({ clues, at: place }): Unit => ({ clues, ...(place ? { at: place } : {}) }))));
    expect([directory.knowsHours, silent.knowsHours]).toEqual([true, false]);
    expect(textOf(silent, "HGIMB000011", at(0, 8))).toBe("No sabemos su horario");
  });
});

describe("hours that do not fit", () => {
  const GOOD = { zones: [[-6, 0]], weeks: [[0, 480, 870]], unit: [2], week: [0] };

  it("are read where they do", () => {
    expect(readHours(GOOD, 3).openingOf(2, at(0, 8))).toEqual({ isOpen: true, until: 870, minute: 480 });
    expect(readHours(undefined, 3).openingOf(2, at(0, 8))).toBeNull();
  });

  it.each([
    ["no columns", []],
    ["no zones", { ...GOOD, zones: undefined }],
    ["half a zone", { ...GOOD, zones: [[-6]] }],
    ["a zone that is not there", { ...GOOD, weeks: [[1, 480, 870]] }],
    ["an opening without its end", { ...GOOD, weeks: [[0, 480]] }],
    ["hours out of order", { ...GOOD, weeks: [[0, 870, 480]] }],
    ["hours beyond the week", { ...GOOD, weeks: [[0, 480, WEEK + 1]] }],
    ["text", { ...GOOD, weeks: [["x"]] }],
    ["a unit that is not there", { ...GOOD, unit: [3] }],
    ["a unit before the first", { ...GOOD, unit: [-1] }],
    ["a week that is not there", { ...GOOD, week: [1] }],
    ["more units than weeks", { ...GOOD, unit: [0, 1] }],
  ])("are refused: %s", (_, told) => {
    expect(() => readHours(told, 3)).toThrow(TypeError);
  });
});
