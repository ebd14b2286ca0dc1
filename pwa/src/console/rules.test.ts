import { describe, expect, test } from "vitest";
import shipped from "../../../backend/amate/features/entitlement/table.json";
import first from "../../../backend/amate/features/entitlement/drafts/2027.json";
import { daysText, found, institutionRow, rowOf, todayText, type Catalogue } from "./rule-words";
import { differenceOf, parseTable, type Institution, type Rule } from "./rules";

const AT = "2026-11-18T11:06:40Z";
const said = {
  version: shipped.version,
  adult_age: shipped.adult_age,
  institutions: Object.entries(shipped.institutions).map(([code, one]) => ({ code, ...one })),
  payers: Object.fromEntries(Object.entries(shipped.payers).map(([name, { label }]) => [name, label])),
  rules: shipped.rules,
  phases: [{ version: "a", on: "2027-01-01", adds: 3, ends: ["b"], is_adopted: false }],
  versions: [{ version: shipped.version, kid: "k", changed_by: null, adopted_at: AT, published_at: AT, is_in_force: true }],
  release_table: null,
};
const table = parseTable(said);
const TODAY = "2026-11-18";
const rows = table.rules.map((rule, place) => rowOf(rule, place + 1, table, TODAY));
const row = (id: string): (typeof rows)[number] => rows.find((each) => each.id === id) ?? rowOf(table.rules[0] as Rule, 0, table, TODAY);

describe("the decision table", () => {
  test("is believed once every member has its shape", () => {
    expect(table.rules).toHaveLength(shipped.rules.length);
    expect(table.versions[0]).toMatchObject({ changedBy: null, publishedAt: 1_795_000_000, isInForce: true });
    expect(() => parseTable({ ...said, rules: [{ ...said.rules[0], from: "tomorrow" }] })).toThrow();
    expect(() => parseTable({ ...said, versions: [{ ...said.versions[0], published_at: "then" }] })).toThrow();
  });

  test("says each rule in plain Spanish", () => {
    expect(row("exchange-services")).toMatchObject({
      who: "De IMSS, ISSSTE, PEMEX, SEDENA, SEMAR o ISSFAM",
      where: "las de IMSS e ISSSTE o la red pública (IMSS-Bienestar y estatales)",
      service: "prevención y maternidad",
      status: "con derecho vigente o con derecho conservado",
      payer: "su institución",
      attend: "se atiende ahí, por intercambio",
      days: "desde el 16 ene 2026",
    });
    expect(row("third-level-by-referral").where).toBe("la de su institución, nivel 3, que no es su clínica asignada");
    expect(row("minor-without-social-security").who).toBe("Menores de 18 años");
    expect(row("without-social-security-federalised")).toMatchObject({ payer: "IMSS-Bienestar; en los demás estados, Servicios estatales de salud" });
    expect(row("urgent-unconfirmed").payer).toBe("Por confirmar");
    expect(row("otherwise")).toMatchObject({ who: "Cualquier persona", where: "cualquier clínica", service: "cualquier servicio", status: "cualquier situación", days: "siempre" });
  });

  test("has a word for every value of the table in force and of the announced phases", () => {
    const drafted = (first.rules as unknown as Rule[]).map((rule) => ({ ...parseTable({ ...said, rules: [{ ...rule, before: undefined }] }).rules[0] }) as Rule);
    const every = [...rows, ...drafted.map((rule) => rowOf(rule, 1, table, TODAY))];
    for (const each of every) expect(JSON.stringify({ ...each, id: "", source: "" })).not.toMatch(/[a-z]_[a-z]|\b(active|here|insured|own|policy|open)\b/);
  });

  test("says of each institution whom it attends, which ages end a right, what is retained, and where that is written", () => {
    const of = (code: string): ReturnType<typeof institutionRow> => institutionRow(table.institutions.find((each) => each.code === code) as Institution);
    expect(of("2").lines).toEqual([
      "Atiende a sus derechohabientes, y a otros por intercambio.",
      "Hijas e hijos hasta cumplir 16 años; si estudian, 25.",
      "Al terminar el derecho conserva la atención 56 días, si duró 56 días o más: titulares y beneficiarios.",
      "Código 2 de la DGIS; IMS en la CLUES de sus clínicas.",
    ]);
    expect(of("3").lines[2]).toBe("Al terminar el derecho conserva la atención 2 meses, si duró 180 días o más: titulares y beneficiarios.");
    expect(of("4").lines.slice(0, 3)).toEqual([
      "Atiende solo a los suyos.",
      "Hijas e hijos hasta cumplir 18 años; si estudian, 25.",
      "Al terminar el derecho no se conserva la atención.",
    ]);
    expect(of("14").lines.slice(0, 2)).toEqual(["Atiende a quien no tiene seguridad social.", "A ninguna edad se pierde el derecho."]);
    expect(institutionRow({ ...(table.institutions[0] as Institution), studentAge: null }).lines[1]).toBe("Hijas e hijos hasta cumplir 16 años.");
    expect(table.institutions.every(({ basis, source }) => basis !== null && source !== null)).toBe(true);
    expect(of("4").basis).toBe("Política propia");
    const older = parseTable({ ...said, institutions: said.institutions.map((one) => ({ ...one, basis: null, source: null })) });
    expect(institutionRow(older.institutions[0] as Institution)).toMatchObject({ basis: null, source: null });
  });

  test("names what it does not know as it stands", () => {
    const unknown = { ...(table.rules[0] as Rule), then: { payer: "federation", attend: "by_post", services: ["dental"] } };
    expect(rowOf(unknown, 1, table, TODAY)).toMatchObject({ payer: "federation", attend: "by_post", services: "dental" });
    const bare: Catalogue = { institutions: [], adultAge: 18, payers: {} };
    expect(rowOf({ ...unknown, then: { ...unknown.then, payer: "unconfirmed" } }, 1, bare, TODAY).payer).toBe("por confirmar");
  });

  test("is found by any of its words, whatever the accents", () => {
    expect(found(rows, "")).toHaveLength(rows.length);
    expect(found(rows, "PREVENCION issste").map(({ id }) => id)).toContain("exchange-services");
    expect(found(rows, "LISSSTE arts").map(({ id }) => id)).toEqual(["own-institution"]);
    expect(found(rows, "no such thing")).toEqual([]);
  });

  test("tells its days", () => {
    const days = [[null, null], ["2027-01-01", null], [null, "2028-01-01"], ["2027-01-01", "2028-01-01"]] as const;
    expect(days.map(([from, until]) => daysText({ from, until }))).toEqual([
      "siempre",
      "desde el 1 ene 2027",
      "hasta antes del 1 ene 2028",
      "desde el 1 ene 2027 y hasta antes del 1 ene 2028",
    ]);
    const [ended, ahead] = [{ ...(table.rules[0] as Rule), until: TODAY }, { ...(table.rules[0] as Rule), from: "2026-11-19" }];
    expect([rowOf(ended, 1, table, TODAY).isPast, rowOf(ahead, 1, table, TODAY).isAhead]).toEqual([true, true]);
    expect([1_798_783_199, 1_798_783_200].map(todayText)).toEqual(["2026-12-31", "2027-01-01"]);
  });
});

describe("a change of it", () => {
  test("is read where it has its shape, and otherwise not at all", () => {
    const change = { from: "a", to: "b", added: [{ place: 8, rule: shipped.rules[0] }], removed: [], changed: [], moved: [], other: {} };
    expect(differenceOf(change)?.added[0]?.rule.id).toBe("urgent-with-affiliation");
    expect([differenceOf(null), differenceOf({ ...change, added: [{ rule: 1 }] })]).toEqual([null, null]);
  });
});
