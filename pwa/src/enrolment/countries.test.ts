import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { otherNationalities, STATELESS } from "./countries";
import { NATIONALITIES } from "./states";

const SERVER = readFileSync(new URL("../../../backend/amate/features/enrolment/countries.py", import.meta.url), "utf8");
const TAKEN = /_CODES: Final = """([^"]+)"""/.exec(SERVER)?.[1]?.trim().split(/\s+/) ?? [];

describe("nationalities", () => {
  const others = otherNationalities();

  it("offered are all that the server takes, each once", () => {
    const offered = [...NATIONALITIES, ...others.map(({ value }) => value)];
    expect(TAKEN).toHaveLength(249);
    expect(offered.toSorted()).toEqual([...TAKEN, STATELESS].toSorted());
  });

  it("are named in Spanish, in the order in which people look them up", () => {
    const names = others.map(({ label }) => label);
    expect(names).toEqual(expect.arrayContaining(["Alemania", "Côte d’Ivoire", "Suiza", "Ucrania", "Sin nacionalidad (apátrida)"]));
    expect(names.filter((name) => /^[A-Z]{2,3}$/.test(name))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
    expect(names.indexOf("Líbano")).toBe(names.indexOf("Liberia") - 1);
  });
});
