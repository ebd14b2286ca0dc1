import { describe, expect, it } from "vitest";
import { parseTable, type Rights } from "../core/entitlement";
import type { Verdict } from "../core/verdict";
import catalogue from "./es-MX.json";
import { clinicsDocument, type Unit } from "../testing/clinics";
import { vectorsOf } from "../testing/vectors";
import shared from "../ui/messages/es-MX.json";
import { parseDirectory } from "./directory";
import { REASONS, codeOf } from "./reasons";
import { viewOf, type Line, type VerdictView } from "./view";
import { t } from "./words";

const CLINICS: readonly Unit[] = [
  { clues: "HGIMS000022", name: "UMF 3 LA JOYA", at: [20.11, -98.75] },
  { clues: "HGIMB000011", name: "C.S. SAN JUAN", at: [20.12, -98.75] },
  { clues: "HGIMS000033", name: "HOSPITAL GENERAL 25", level: 2, at: [20.15, -98.75] },
  { clues: "HGIST000044", name: "CLÍNICA HOSPITAL PACHUCA", level: 2, at: [20.13, -98.75] },
  { clues: "HGIMS000055", name: "UMF 9 EL VALLE", at: [20.2, -98.75] },
];
const DIRECTORY = parseDirectory(clinicsDocument(CLINICS));
const HERE = DIRECTORY.find("HGIMS000022");
const NOW = 1_800_000_000;
const COUNTER = { clinic: HERE, directory: DIRECTORY, now: NOW, behindS: 0, isClockProven: true, staleS: 7 * 86_400 };

const RIGHTS: Rights = {
  table: parseTable(vectorsOf("directory").table),
  entitlements: [{ institution: 2, role: 1, untilDay: 20_802 }],
  assignedClinic: "HGIMS000022",
  service: "general",
  onDay: 20_619,
  birthDay: null,
};
const VALID: Verdict = {
  verdict: "valid",
  reasons: [],
  demo: false,
  profile: 1,
  person: { name: "MARÍA GUADALUPE HERNÁNDEZ GUTIÉRREZ", curp: "HEGG560427MVZRTD00" },
  entitlement: {
    status: "active",
    payer: 2,
    payerLabel: "IMSS",
    attend: "here",
    services: ["general"],
    untilDay: 20_802,
    rule: "own",
    ruleVersion: "1",
  },
  assignedClinic: "HGIMS000022",
  trustAgeS: 3 * 3600,
  statusAgeS: 3600,
  clockSkewS: 1,
  cti: "00112233",
  rights: RIGHTS,
};

const say = (one: Line): string => t(one.key, one.params);

function everyWord(view: VerdictView): string {
  return JSON.stringify(view);
}

describe("clinics of one state alone", () => {
  const directory = parseDirectory(clinicsDocument(CLINICS), { isOneState: true });
  const ofOneState = (change: Partial<Verdict>): boolean => viewOf({ ...VALID, ...change }, { ...COUNTER, directory }).isOneState;

  it("are told as that wherever any are named, and nowhere else", () => {
    expect(ofOneState({})).toBe(true);
    expect(viewOf(VALID, COUNTER).isOneState).toBe(false);
    expect(ofOneState({ verdict: "not_valid", reasons: ["revoked"] })).toBe(false);
    expect(ofOneState({ verdict: "stale", reasons: ["no-trust"], person: null, rights: null })).toBe(false);
    expect(viewOf(VALID, { ...COUNTER, directory: null }).isOneState).toBe(false);
  });
});

describe("a question to the phone", () => {
  it.each([
    ["clock-skewed", 8000, "El reloj del teléfono va 2 h adelantado"],
    ["presentation-stale", -3 * 86_400, "El código es de hace 3 d"],
  ])("%s: by how much", (slug, clockSkewS, words) => {
    expect(say(of({ reasons: [slug], clockSkewS }).lead)).toContain(words);
  });

  it("expired by a clock that may be ahead: which day it says", () => {
    const refused = { ...VALID, verdict: "not_valid", reasons: ["expired"], trustAgeS: 60 * 86_400 } as const;
    expect(say(viewOf(refused, COUNTER).step?.more ?? { key: "expired", params: {} })).toMatch(/^Este equipo dice que hoy es \d+ de \w+ de \d{4}\. Si no lo es, corrija/);
  });

  it("expired by a clock that may be ahead is not red, and still tells nobody's name", () => {
    const refused = { ...VALID, verdict: "not_valid", reasons: ["expired"], person: null, entitlement: null, rights: null } as const;
    const aWeek = 7 * 86_400;
    expect(viewOf({ ...refused, trustAgeS: aWeek }, COUNTER).verdict).toBe("not_valid");
    const view = viewOf({ ...refused, trustAgeS: aWeek + 1 }, COUNTER);
    expect(view.verdict).toBe("stale");
    expect(say(view.lead)).toMatch(/^Para este equipo hoy es .* puede ser su reloj$/);
    expect(view.who).toBeNull();
    for (const reason of ["revoked", "bad-signature", "unknown-issuer", "already-used"]) {
      expect(viewOf({ ...refused, reasons: [reason], trustAgeS: 60 * 86_400 }, COUNTER).verdict).toBe("not_valid");
    }
    expect(viewOf({ ...refused, trustAgeS: 60 }, COUNTER).step?.more?.key).toBe("not-valid-renew-more");
  });

  it("clock-behind: by how much this machine's", () => {
    const late = viewOf({ ...VALID, verdict: "stale", reasons: ["clock-behind"] }, { ...COUNTER, behindS: 7200 });
    expect(say(late.lead)).toContain("está 2 h atrasado");
  });

  it("a code whose time does not fit may be this machine's clock, while nothing vouches for that", () => {
    const said = {
      "presentation-stale": ["El código es de hace 60 min: compare", /^El código es de hace 60 min, o este equipo va adelantado \(dice \d+ \w+, \d\d:\d\d\): compare/],
      "clock-skewed": ["El reloj del teléfono va 60 min adelantado: compare", /^El teléfono va 60 min adelantado, o este equipo atrasado \(dice .*\): compare/],
    } as const;
    for (const [slug, [proven, unproven]] of Object.entries(said)) {
      const doubtful = { ...VALID, verdict: "check_identity", reasons: [slug], clockSkewS: 3600 } as const;
      expect(say(viewOf(doubtful, COUNTER).lead)).toContain(proven);
      const view = viewOf(doubtful, { ...COUNTER, isClockProven: false });
      expect(say(view.lead)).toMatch(unproven);
      expect(view.ages?.params.clock).toBe("reloj sin comprobar");
    }
    const printed = { ...VALID, verdict: "check_identity", reasons: ["printed"] } as const;
    expect(say(viewOf(printed, { ...COUNTER, isClockProven: false }).lead)).toMatch(/^Tarjeta impresa: compare/);
  });

  const of = (changes: Partial<Verdict>): VerdictView => viewOf({ ...VALID, verdict: "check_identity", ...changes }, COUNTER);

  it("is offered where only the time of a phone's code is in doubt", () => {
    for (const slug of ["presentation-stale", "clock-skewed", "challenge-unanswered"]) expect(of({ reasons: [slug] }).canAsk).toBe(true);
    expect(of({ verdict: "stale", reasons: ["clock-behind"] }).canAsk).toBe(true);
  });

  it("is not offered to what has no key to answer with, nor where nothing is in doubt, nor after a refusal", () => {
    expect(of({ reasons: ["printed"], profile: 3 }).canAsk).toBe(false);
    expect(of({ reasons: ["single-use-unproven"], profile: 2 }).canAsk).toBe(false);
    expect(viewOf(VALID, COUNTER).canAsk).toBe(false);
    expect(of({ verdict: "stale", reasons: ["trust-stale"] }).canAsk).toBe(false);
    expect(of({ verdict: "not_valid", reasons: ["revoked"], person: null }).canAsk).toBe(false);
  });

  it("is told of when it was answered, and leads when it was not", () => {
    expect(viewOf({ ...VALID, reasons: ["challenge-met"] }, COUNTER).notes.map(say)).toEqual(["El teléfono respondió al número: la credencial está en él"]);
    expect(say(of({ reasons: ["challenge-unanswered", "clock-skewed"] }).lead)).toBe("El código no responde al número: compare con una identificación");
  });
});

describe("a valid pass", () => {
  const view = viewOf(VALID, COUNTER);

  it("says first what to do, then who it is and what they are entitled to", () => {
    expect(say(view.lead)).toBe("Atienda aquí");
    expect(view.who).toEqual({ name: "MARÍA GUADALUPE HERNÁNDEZ GUTIÉRREZ", curp: "HEGG560427MVZRTD00" });
    expect(view.entitlement && [view.entitlement.title, ...view.entitlement.lines].map(say)).toEqual([
      "IMSS · vigente",
      "Vigente al 14 de diciembre de 2026.",
      "Paga: IMSS.",
      "Servicios aquí: consulta.",
    ]);
  });

  it.each([
    [["general", "urgent", "specialised", "hospital", "maternity", "prevention", "pharmacy", "laboratory"], "Todos los servicios."],
    [["general", "urgent", "specialised", "hospital", "maternity", "pharmacy", "laboratory"], "Todos los servicios, menos prevención."],
    [["prevention", "urgent", "maternity"], "Servicios aquí: urgencias, embarazo y parto, prevención."],
    [["urgent", "a-service-of-tomorrow"], "Servicios aquí: urgencias."],
    [[], undefined],
  ])("names the services of %j as few words as it can", (services, expected) => {
    const entitlement = VALID.entitlement && { ...VALID.entitlement, services };
    const lines = viewOf({ ...VALID, entitlement }, COUNTER).entitlement?.lines.map(say) ?? [];
    expect(lines.find((one) => /ervicios/.test(one))).toBe(expected);
  });

  it("names the assigned clinic as here, the hospital that attends them, and a nearer one of another institution", () => {
    expect(view.places.map(({ name, what, institution, distanceM }) => [name, what, institution, distanceM && Math.round(distanceM)])).toEqual([
      ["UMF 3 LA JOYA", "place-assigned", "IMSS", 0],
      ["HOSPITAL GENERAL 25", "place-hospital", "IMSS", 4428],
      ["CLÍNICA HOSPITAL PACHUCA", "place-urgent", "ISSSTE", 2214],
    ]);
    expect(t("place-urgent")).toBe("Otra institución: solo urgencias");
  });

  it("warns when the lists are more than a day old, and stays valid", () => {
    const old = viewOf({ ...VALID, reasons: ["trust-aging"], trustAgeS: 3 * 86_400 }, COUNTER);
    expect(old.notes.map(say)).toEqual(["Lista de llaves de hace 3 d: sincronice hoy"]);
    expect(old.verdict).toBe("valid");
  });

  it("shows the hint when the identity is sealed to others", () => {
    expect(viewOf({ ...VALID, reasons: ["identity-sealed"], person: { hint: "MHG0427" } }, COUNTER).who).toEqual({ hint: "MHG0427" });
  });

  it("at a clinic of another institution sends nobody there for more than urgent care", () => {
    const elsewhere = viewOf(VALID, { ...COUNTER, clinic: DIRECTORY.find("HGIMB000011"), directory: DIRECTORY });
    expect(elsewhere.places.map(({ name, what, institution }) => [name, what, institution])).toEqual([
      ["UMF 3 LA JOYA", "place-assigned", "IMSS"],
      ["HOSPITAL GENERAL 25", "place-hospital", "IMSS"],
      ["CLÍNICA HOSPITAL PACHUCA", "place-urgent", "ISSSTE"],
    ]);
  });

  it("calls nearest only what is: not another one where this clinic, or their own, is the nearest hospital", () => {
    const at = (levels: readonly number[], here: number, assigned: number): unknown[] => {
      const units = levels.map((level, n): Unit => ({ clues: `HGIMS00007${n}`, name: `UNIDAD ${n}`, level, at: [20 + n / 100, -98.75] }));
      const directory = parseDirectory(clinicsDocument(units));
      const [clinic, own] = [`HGIMS00007${here}`, `HGIMS00007${assigned}`];
      const rights = { ...RIGHTS, assignedClinic: own };
      return viewOf({ ...VALID, assignedClinic: own, rights }, { ...COUNTER, clinic: directory.find(clinic), directory }).places.map(({ what, name }) => `${what} ${name}`);
    };
    expect(at([2, 2, 2], 0, 2), "this clinic is the nearest hospital").toEqual(["place-assigned UNIDAD 2", "place-another UNIDAD 1"]);
    expect(at([1, 2, 2], 0, 1), "their own is the nearest, and a hospital").toEqual(["place-assigned UNIDAD 1"]);
    expect(at([1, 3, 2], 0, 0), "one of the third level takes a referral, and is no nearest one").toEqual([
      "place-assigned UNIDAD 0",
      "place-hospital UNIDAD 2",
      "place-referred UNIDAD 1",
    ]);
  });

  it("names the nearest at a clinic that does not attend them, and another one near at one that does", () => {
    const directory = parseDirectory(clinicsDocument([{ clues: "HGIMS000070" }, { clues: "HGIMS000071", at: [20.2, -98.75] }, { clues: "HGIST000072" }, { clues: "HGIMS000073", at: [21, -98.75] }]));
    const at = (clues: string): unknown[] => {
      const rights = { ...RIGHTS, assignedClinic: "HGIMS000073" };
      return viewOf({ ...VALID, assignedClinic: "HGIMS000073", rights }, { ...COUNTER, clinic: directory.find(clues), directory }).places.map(({ what, name }) => `${what} ${name}`);
    };
    expect(at("HGIST000072")).toContain("place-nearest UNIDAD 70");
    expect(at("HGIMS000070")).toContain("place-another UNIDAD 71");
  });

  it("tells a child without social security where the exchange attends them", () => {
    const rights = { ...RIGHTS, entitlements: [], assignedClinic: "HGIMB000011", birthDay: 16_000 };
    const child = viewOf({ ...VALID, assignedClinic: "HGIMB000011", rights }, { ...COUNTER, clinic: DIRECTORY.find("HGIMB000011"), directory: DIRECTORY });
    expect(child.places.map(({ what, institution }) => [what, institution])).toEqual([
      ["place-assigned", "IMSS-Bienestar"],
      ["place-hospital", "ISSSTE, por intercambio"],
    ]);
  });

  it("says of another clinic when it is open, where that is known, and nothing of this one", () => {
    const friday = 4 * 1440; // NOW is two o'clock of a Friday morning, six hours behind UTC
    const weeks: Readonly<Record<string, readonly number[]>> = { "UMF 3 LA JOYA": [friday + 480, friday + 840], "HOSPITAL GENERAL 25": [friday, friday + 180] };
    const units = CLINICS.map((unit): Unit => {
      const week = weeks[unit.name ?? ""];
      return week === undefined ? unit : { ...unit, week };
    });
    const directory = parseDirectory(clinicsDocument(units));
    const openings = (from: string): unknown[] => viewOf(VALID, { ...COUNTER, clinic: directory.find(from), directory }).places.map(({ name, opening }) => [name, opening]);
    expect(openings("HGIMB000011")).toEqual([
      ["UMF 3 LA JOYA", "Cerrada: abre a las 08:00"],
      ["HOSPITAL GENERAL 25", "Abierta hasta las 03:00"],
      ["CLÍNICA HOSPITAL PACHUCA", null],
    ]);
    expect(openings("HGIMS000022")[0], "here").toEqual(["UMF 3 LA JOYA", null]);
  });

  it("calls a nearer unit of the own institution that wants a referral by what it is", () => {
    const levels = [1, 1, 3, 1, 1];
    const units = CLINICS.map((unit, n): Unit => ({ ...unit, level: levels[n] ?? 1, nearest: n === 2 || n === 4 }));
    const directory = parseDirectory(clinicsDocument(units));
    const view = viewOf(VALID, { ...COUNTER, clinic: HERE, directory });
    expect(view.places.map(({ name, what }) => [name, what])).toEqual([
      ["UMF 3 LA JOYA", "place-assigned"],
      ["HOSPITAL GENERAL 25", "place-referred"],
    ]);
  });
});

describe("no outcome refuses care", () => {
  it.each(["here", "here_by_exchange", "refer", "urgent_only", "something-new"])("attend %s begins with attending", (attend) => {
    const entitlement = VALID.entitlement && { ...VALID.entitlement, attend };
    expect(say(viewOf({ ...VALID, entitlement } as Verdict, COUNTER).lead)).toMatch(/^Atienda/);
  });

  it.each(["trust-stale", "clock-behind", "status-missing"])("stale by %s says attend and register", (reason) => {
    const view = viewOf({ ...VALID, verdict: "stale", reasons: [reason] }, COUNTER);
    expect(view.step && say(view.step.strong)).toBe("Atienda y registre.");
  });

  it("not valid says not to deny care", () => {
    for (const reason of ["revoked", "bad-signature", "expired"]) {
      const view = viewOf({ ...VALID, verdict: "not_valid", reasons: [reason] }, COUNTER);
      expect(view.step && say(view.step.strong)).toBe("No niegue la atención.");
    }
  });
});

describe("a refusal", () => {
  it("shows nothing of the person, even if a defect below handed it over", () => {
    for (const verdict of ["not_valid", "not_a_pass"] as const) {
      const view = viewOf({ ...VALID, verdict, reasons: ["revoked"] }, COUNTER);
      expect(everyWord(view)).not.toMatch(/HERN|HEGG|JOYA|IMSS/);
      expect(view).toMatchObject({ who: null, entitlement: null, places: [] });
    }
  });

  it("carries the code of its reason for the telephone line", () => {
    expect(viewOf({ ...VALID, verdict: "not_valid", reasons: ["revoked"] }, COUNTER).code).toBe("R-204");
    expect(codeOf("a-slug-of-next-year")).toBe("R-000");
  });

  it("asks for the new code where that helps", () => {
    const view = viewOf({ ...VALID, verdict: "not_valid", reasons: ["expired"] }, COUNTER);
    expect(view.step?.more && say(view.step.more)).toContain("código nuevo");
  });
});

describe("check identity", () => {
  it("leads with comparing, and keeps what to do beside the entitlement", () => {
    const view = viewOf({ ...VALID, verdict: "check_identity", reasons: ["printed"] }, COUNTER);
    expect(say(view.lead)).toContain("compare con una identificación");
    expect(view.entitlement?.lines.map(say)[0]).toBe("Atienda aquí");
  });
});

describe("reasons", () => {
  it("have each a code of their own and a sentence", () => {
    expect(new Set(REASONS.map(codeOf)).size).toBe(REASONS.length);
    const words: Readonly<Record<string, string>> = { ...shared, ...catalogue };
    for (const reason of REASONS) expect(words[reason]?.length ?? 0).toBeGreaterThan(10);
  });
});

describe("demonstration", () => {
  it("is marked on every verdict, and its words never reach markup", () => {
    const name = "<img src=x onerror=alert(1)>";
    const view = viewOf({ ...VALID, demo: true, person: { name, curp: "X" } }, COUNTER);
    expect(view.isDemo).toBe(true);
    expect(view.who).toEqual({ name, curp: "X" });
  });
});
