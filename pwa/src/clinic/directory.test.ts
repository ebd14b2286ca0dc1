import { describe, expect, it } from "vitest";
import { parseTable, type Rights } from "../core/entitlement";
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

const FILE = {
  version: 3,
  env: "demo",
  clues: ["HGIMB000011", "HGIMS000022", "HGIMS000033"],
  name: ["CENTRO DE SALUD SAN JUAN", "UMF 3 LA JOYA", "HOSPITAL GENERAL PACHUCA"],
  institution: ["IMB", "IMS", "IMS"],
  state: ["HG", "HG", "HG"],
  level: [1, 1, 2],
  lat: [20.1, 20.11, 20.2],
  lon: [-98.7, -98.75, -98.7],
  municipality: ["PACHUCA", "PACHUCA", "MINERAL"],
  nearest: [true, false, true],
  aliases: { HGSSA000011: "HGIMB000011" },
};

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
    const lost = parseDirectory({ ...FILE, lat: [null, 20.11, 20.2] });
    expect(lost.nearestFor(URGENT, [20.11, -98.75], { limit: 5 }).map(({ clinic }) => clinic.clues)).toEqual(["HGIMS000033"]);
    expect(lost.find("HGIMB000011")?.at).toBeNull();
  });

  it("keeps to one level when asked", () => {
    expect(directory.nearestFor(URGENT, [20.11, -98.75], { limit: 5, level: 2 }).map(({ clinic }) => clinic.clues)).toEqual(["HGIMS000033"]);
  });

  it("is searched without accents or capitals, by every word", () => {
    expect(directory.search("joyá umf", 5).map(({ clues }) => clues)).toEqual(["HGIMS000022"]);
    expect(directory.search("hgims", 1)).toHaveLength(1);
    expect(directory.search("  ", 5)).toEqual([]);
  });

  it("is searched by whole words first: «UMF 1» is not UMF 21", () => {
    const named = (name: string, clues: string) => ({ name, clues });
    const rows = [named("UMF 21 PACHUCA", "HGIMS000021"), named("UMF 13", "HGIMS000013"), named("UMF 1 TULA", "HGIMS000001")];
    const columns = Object.fromEntries(Object.entries(FILE).map(([column, values]) => [column, Array.isArray(values) ? rows.map(() => values[0]) : values]));
    const found = parseDirectory({ ...columns, name: rows.map(({ name }) => name), clues: rows.map(({ clues }) => clues) });
    expect(found.search("umf 1", 2).map(({ clues }) => clues)).toEqual(["HGIMS000001", "HGIMS000021"]);
  });

  it("is searched by a clinic's own name before its municipality's: «pachuca soto» is first who is called so", () => {
    const clues = ["HGIMS000001", "HGIMS000002", "HGIMS000003"];
    const columns = Object.fromEntries(Object.entries(FILE).map(([column, values]) => [column, Array.isArray(values) ? clues.map(() => values[0]) : values]));
    const name = ["UMF 1", "Hospital General", "C.S. Pachuca de Soto (demo)"];
    const found = parseDirectory({ ...columns, clues, name, municipality: clues.map(() => "Pachuca de Soto") });
    expect(found.search("pachuca soto", 1).map(({ clues: key }) => key)).toEqual(["HGIMS000003"]);
    expect(found.search("umf pachuca", 1).map(({ clues: key }) => key)).toEqual(["HGIMS000001"]);
  });

  it("refuses a file whose columns are not what they should be", () => {
    expect(() => parseDirectory({ ...FILE, lat: ["x"] })).toThrow(TypeError);
    expect(() => parseDirectory([])).toThrow(TypeError);
  });
});
