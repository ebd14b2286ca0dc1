import { describe, expect, it } from "vitest";
import { parseTable, type Rights } from "../core/entitlement";
import { clinicsDocument, type Unit } from "../testing/clinics";
import { vectorsOf } from "../testing/vectors";
import { parseDirectory } from "./directory";

type Row = [institution: number, role: number, untilDay: number | null];
interface Sent {
  entitlements: Row[];
  assigned_clinic: string | null;
  service: string;
  on_day: number;
  birth_day: number | null;
  at: [number, number];
  limit: number;
  level: number | null;
}

const VECTORS = vectorsOf("directory");
const TABLE = parseTable(VECTORS.table);
const URGENT: Rights = { table: TABLE, entitlements: [], assignedClinic: null, service: "urgent", onDay: 20_619, birthDay: null };

function rightsOf({ entitlements, assigned_clinic: assignedClinic, service, on_day: onDay, birth_day: birthDay }: Sent): Rights {
  const rows = entitlements.map(([institution, role, untilDay]) => ({ institution, role, untilDay }));
  return { table: TABLE, entitlements: rows, assignedClinic, service, onDay, birthDay };
}

const UNITS: readonly Unit[] = [
  { clues: "HGIMB000011", name: "CENTRO DE SALUD SAN JUAN", at: [20.1, -98.7] },
  { clues: "HGIMS000022", name: "UMF 3 LA JOYA", at: [20.11, -98.75], nearest: false },
  { clues: "HGIMS000033", name: "HOSPITAL GENERAL PACHUCA", level: 2, at: [20.2, -98.7], municipality: "MINERAL" },
];
const FILE = clinicsDocument(UNITS, { HGSSA000011: "HGIMB000011" });

describe("shared vectors", () => {
  const directory = parseDirectory(VECTORS.clinics);
  it.each(VECTORS.cases.map((row) => [row.id, row] as const))("%s", (_, row) => {
    const given = row.input as unknown as Sent;
    const near = directory.nearestFor(rightsOf(given), given.at, { limit: given.limit, level: given.level });
    expect(near.map(({ clinic, attend, distanceM }) => [clinic.clues, attend, distanceM])).toEqual(row.output);
  });
});

describe("the directory of clinics", () => {
  const directory = parseDirectory(FILE);

  it("finds a clinic by its key and by the key that it replaced", () => {
    expect(directory.find("HGIMB000011")?.name).toBe("CENTRO DE SALUD SAN JUAN");
    expect(directory.find("HGSSA000011")?.clues).toBe("HGIMB000011");
    expect(directory.find("XXXXX000000")).toBeNull();
  });

  it("names the nearest that count, in order, with metres", () => {
    const near = directory.nearestFor(URGENT, [20.11, -98.75], { limit: 5 });
    expect(near.map(({ clinic }) => clinic.clues)).toEqual(["HGIMB000011", "HGIMS000033"]);
    expect(near[0]?.distanceM).toBeGreaterThan(5000);
    expect(near[0]?.distanceM).toBeLessThan(5500);
  });

  it("leaves out a clinic that is nowhere, but still finds it", () => {
    const lost = parseDirectory(clinicsDocument([...UNITS.slice(1), { clues: "HGIMB000011", at: null }]));
    expect(lost.nearestFor(URGENT, [20.11, -98.75], { limit: 5 }).map(({ clinic }) => clinic.clues)).toEqual(["HGIMS000033"]);
    expect(lost.find("HGIMB000011")?.at).toBeNull();
  });

  it("keeps to one level when asked", () => {
    expect(directory.nearestFor(URGENT, [20.11, -98.75], { limit: 5, level: 2 }).map(({ clinic }) => clinic.clues)).toEqual(["HGIMS000033"]);
  });

  it("is searched without accents or capitals, by every word", () => {
    expect(directory.search("joyá umf", 5).map(({ clinic }) => clinic.clues)).toEqual(["HGIMS000022"]);
    expect(directory.search("hgims", 1)).toHaveLength(1);
    expect(directory.search("  ", 5)).toEqual([]);
  });

  it("is searched by whole words first: «UMF 1» is not UMF 21", () => {
    const named = { HGIMS000021: "UMF 21 PACHUCA", HGIMS000013: "UMF 13", HGIMS000001: "UMF 1 TULA" };
    const found = parseDirectory(clinicsDocument(Object.entries(named).map(([clues, name]) => ({ clues, name }))));
    expect(found.search("umf 1", 2).map(({ clinic }) => clinic.clues)).toEqual(["HGIMS000001", "HGIMS000021"]);
  });

  it("is searched by a clinic's own name before its municipality's: «pachuca soto» is first who is called so", () => {
    const names = ["UMF 1", "Hospital General", "C.S. Pachuca de Soto (demo)"];
    const units = names.map((name, n) => ({ clues: `HGIMS00000${n + 1}`, name, municipality: "Pachuca de Soto" }));
    const found = parseDirectory(clinicsDocument(units));
    expect(found.search("pachuca soto", 1).map(({ clinic }) => clinic.clues)).toEqual(["HGIMS000003"]);
    expect(found.search("umf pachuca", 1).map(({ clinic }) => clinic.clues)).toEqual(["HGIMS000001"]);
  });

  it("is searched by keys that were replaced, too, and says under which it was found", () => {
    const keys = (text: string) => directory.search(text, 5).map(({ clinic, former }) => [clinic.clues, former]);
    for (const typed of ["HGSSA000011", "hgssa 000011", "hgssa-000011 ", "HGSSA000"]) expect(keys(typed)).toEqual([["HGIMB000011", "HGSSA000011"]]);
    expect(keys("HGIMB000011")).toEqual([["HGIMB000011", null]]);
    expect(keys("HGSSA")).toEqual([]);
    expect(keys("HGSSA000012")).toEqual([]);
  });

  it("names the nearest of an institution and level, where people are sent", () => {
    const near = (isWanted: (kind: { institution: string; level: number }) => boolean) => directory.near([20.11, -98.75], { limit: 5, isWanted });
    expect(near(() => true).map(({ clinic }) => clinic.clues)).toEqual(["HGIMB000011", "HGIMS000033"]);
    expect(near(({ institution }) => institution === "IMS").map(({ clinic }) => clinic.clues)).toEqual(["HGIMS000033"]);
    expect(near(({ level }) => level === 3)).toEqual([]);
    expect(directory.institutions()).toEqual(["IMB", "IMS"]);
  });

  it("names one clinic at a point: the first of those that are asked for", () => {
    const units = ["HGIMB000011", "HGIMS000022", "HGIMS000033"].map((clues, n): Unit => ({ clues, level: n < 2 ? 1 : 2, at: [20.1, -98.7] }));
    const shared = parseDirectory(clinicsDocument(units));
    const named = (level: number | null): string[] => shared.nearestFor(URGENT, [20.11, -98.75], { limit: 5, level }).map(({ clinic }) => clinic.clues);
    expect([named(null), named(2)]).toEqual([["HGIMB000011"], ["HGIMS000033"]]);
  });

  it("is searched for public clinics before private ones of the same name", () => {
    const units: Unit[] = ["HGSMP000011", "HGSMP000022", "HGIMB000033"].map((clues) => ({ clues, name: "SAN JOSÉ", nearest: clues.includes("IMB") }));
    const found = parseDirectory(clinicsDocument(units)).search("san jose", 2);
    expect(found.map(({ clinic }) => clinic.clues)).toEqual(["HGIMB000033", "HGSMP000011"]);
    const town: Unit[] = [{ clues: "HGSMP000044", name: "SANATORIO TULA", nearest: false }, { clues: "HGIMB000055", name: "CENTRO", municipality: "TULA" }];
    expect(parseDirectory(clinicsDocument(town)).search("tula", 1).map(({ clinic }) => clinic.clues)).toEqual(["HGIMB000055"]);
  });

  it("joins a key of state, institution and digits, but for one that begins otherwise", () => {
    const moved: Unit = { clues: "HGIMB000055", institution: "IMO", at: [20.3, -98.7] };
    const { digits } = clinicsDocument([...UNITS, moved]) as { digits: string[] };
    expect(digits).toEqual(["000011", "000022", "000033", "HGIMB000055"]);
    expect(parseDirectory(clinicsDocument([...UNITS, moved])).find("HGIMB000055")?.institution).toBe("IMO");
  });

  it("reads a file of before, which held its keys whole", () => {
    const before = parseDirectory({ ...FILE, digits: undefined, clues: UNITS.map(({ clues }) => clues) });
    expect(UNITS.map(({ clues }) => before.find(clues))).toEqual(UNITS.map(({ clues }) => directory.find(clues)));
  });

  const column = (name: string): unknown[] => [...(FILE[name] as unknown[])];
  it.each([
    ["no file", []],
    ["a file of another release", { ...FILE, lat_e6: undefined, lat: [20.1, 20.11, 20.2] }],
    ["a column of another type", { ...FILE, lat_e6: ["x", 1, 1] }],
    ["no keys", { ...FILE, digits: undefined }],
    ["a short column of keys", { ...FILE, digits: column("digits").slice(1) }],
    ["a short column", { ...FILE, name: column("name").slice(1) }],
    ["places that do not fit one another", { ...FILE, lat_e6: column("lat_e6").slice(1) }],
    ["more places than units", { ...FILE, lat_e6: [...column("lat_e6"), 1], lon_e6: [...column("lon_e6"), 1] }],
    ["a place beyond the Earth", { ...FILE, lat_e6: [91_000_000, 0, 0] }],
    ["an old key of no unit", { ...FILE, aliases: { clues: ["HGSSA000011"], unit: [3] } }],
    ["an old key before the first unit", { ...FILE, aliases: { clues: ["HGSSA000011"], unit: [-1] } }],
    ["old keys without units", { ...FILE, aliases: { clues: ["HGSSA000011"], unit: [] } }],
  ])("refuses %s", (_, source) => {
    expect(() => parseDirectory(source)).toThrow(TypeError);
  });
});
