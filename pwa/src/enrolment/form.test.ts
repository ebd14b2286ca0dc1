import { describe, expect, it, vi } from "vitest";
import { build } from "../core/curp";
import {
  EMPTY,
  ageOn,
  disagreements,
  explainFaults,
  isMinor,
  problemsOf,
  readCurp,
  requestOf,
  withCurp,
  worthTelling,
  type Draft,
  type FieldName,
  type Problems,
} from "./form";

const TODAY = "2026-11-22";
const MARIA = {
  givenNames: "María Guadalupe",
  firstSurname: "Hernández",
  secondSurname: "Gutiérrez",
  sex: "M",
  birthDate: "1956-04-27",
  birthState: "VZ",
};
const CURP = build(MARIA);
const PLACE = { state: "VZ", municipality: "087", locality: "Xalapa", lat: 19.54, lon: -96.91, accuracyM: null };
const WHOLE: Draft = { ...EMPTY, ...MARIA, curp: CURP, place: PLACE, organDonation: "not_stated" };

describe("the CURP fills the form", () => {
  it("with sex, date and state of birth, also when written with small letters and spaces", () => {
    const draft = withCurp(EMPTY, ` ${CURP.toLowerCase()} `);
    expect(draft).toMatchObject({ curp: CURP, sex: "M", birthDate: "1956-04-27", birthState: "VZ" });
  });

  it("leaves the rest alone while it is not whole", () => {
    expect(withCurp({ ...EMPTY, sex: "H" }, CURP.slice(0, 10))).toMatchObject({ sex: "H", birthDate: "" });
  });

  it("says in words what is wrong with it", () => {
    const wrongDigit = CURP.slice(0, 17) + String((Number(CURP.charAt(17)) + 1) % 10);
    expect(readCurp(wrongDigit)).toMatchObject({ key: "curp-check-digit" });
    expect(readCurp("HEGG")).toEqual({ key: "curp-length", params: { count: 4 } });
    expect(readCurp(CURP.replace("0427", "0231"))).toMatchObject({ key: "curp-date" });
    expect(readCurp(`${CURP.slice(0, 11)}ZZ${CURP.slice(13)}`)).toMatchObject({ key: "curp-state" });
    expect(readCurp("HEÑ")).toEqual({ key: "curp-enye", params: {} });
    expect(readCurp(CURP.replace("G", "ñ"))).toEqual({ key: "curp-enye", params: {} });
    expect(readCurp("")).toBeNull();
    expect(readCurp("IABV500807MCSSTLO7", "2026-11-28")).toEqual({ key: "curp-future", params: { year: "2050" } });
    expect(readCurp("IABV500807MCSSTLO7", "2050-08-07")).toMatchObject({ birthDate: "2050-08-07" });
  });

  it("counts days where the module stands, not in Greenwich", () => {
    vi.useFakeTimers({ now: Date.UTC(2050, 7, 7, 3) }); // nine in the evening of the 6th in Mexico
    expect(readCurp("IABV500807MCSSTLO7")).toEqual({ key: "curp-future", params: { year: "2050" } });
    vi.useRealTimers();
  });
});

describe("before anybody tries to send the form", () => {
  const wrong: Draft = { ...EMPTY, curp: "IABV500807MCSSTL08" };
  const toldOf = (field: FieldName, draft: Draft): Problems => {
    const found = problemsOf(draft, TODAY)[field];
    return found === undefined ? {} : { [field]: found };
  };
  const told = toldOf("curp", wrong);

  it("what was told of a field stays while another is written", () => {
    expect(told.curp?.key).toBe("curp-check-digit");
    expect(worthTelling({ ...wrong, givenNames: "Violeta" }, told, TODAY)).toEqual(told);
    const both = { ...told, ...toldOf("phone", { ...wrong, phone: "55" }) };
    expect(Object.keys(both)).toEqual(["curp", "phone"]);
    expect(worthTelling({ ...wrong, phone: "55", sex: "M" }, both, TODAY)).toEqual(both);
  });

  it("it goes once the field is right, or wrong otherwise", () => {
    expect(worthTelling({ ...WHOLE, organDonation: "" }, told, TODAY)).toEqual({});
    expect(worthTelling({ ...wrong, curp: wrong.curp.slice(0, 17) }, told, TODAY)).toEqual({});
    expect(worthTelling({ ...EMPTY, curp: "IABV5" }, toldOf("curp", { ...EMPTY, curp: "IABV" }), TODAY)).toEqual({});
  });

  it("nothing else is told but disagreements", () => {
    expect(worthTelling({ ...EMPTY, phone: "5" }, {}, TODAY)).toEqual({});
    const disagreeing = { ...WHOLE, firstSurname: "Fernández" };
    expect(worthTelling(disagreeing, {}, TODAY)).toEqual(disagreements(disagreeing));
  });
});

describe("each disagreement is explained at its field", () => {
  it("a surname with other letters", () => {
    const found = disagreements({ ...WHOLE, firstSurname: "Fernández" });
    expect(found.first_surname).toEqual({
      key: "mismatch-first-surname",
      params: { value: "Fernández", expected: "FE", found: "HE", position: 14 },
    });
  });

  it("a second surname that is left out", () => {
    expect(disagreements({ ...WHOLE, secondSurname: "" }).second_surname?.key).toBe("mismatch-second-surname-empty");
  });

  it("a given name, a date, a sex and a state", () => {
    const found = disagreements({ ...WHOLE, givenNames: "Rosa", birthDate: "1956-04-28", sex: "H", birthState: "HG" });
    expect(Object.keys(found).sort()).toEqual(["birth_date", "birth_state", "given_names", "sex"]);
    expect(found.birth_date?.params).toMatchObject({ expected: "1956-04-28", found: "1956-04-27" });
  });

  it("an inner consonant, by its position", () => {
    const found = disagreements({ ...WHOLE, firstSurname: "Hevia" });
    expect(found.first_surname).toMatchObject({ key: "mismatch-consonant", params: { position: 14, expected: "V", found: "R" } });
  });

  it("says nothing of fields that are still empty", () => {
    expect(disagreements(withCurp(EMPTY, CURP))).toEqual({});
  });

  it("finds none where the instructivo's own exceptions apply", () => {
    expect(disagreements(WHOLE)).toEqual({});
  });
});

describe("what keeps the form from being sent", () => {
  it("nothing, when it is whole", () => {
    expect(problemsOf(WHOLE, TODAY)).toEqual({});
  });

  it("every field that is missing, but not the optional ones", () => {
    expect(Object.keys(problemsOf(EMPTY, TODAY)).sort()).toEqual(
      ["birth_date", "birth_state", "curp", "first_surname", "given_names", "organ_donation", "place", "sex"],
    );
  });

  it("a telephone that is not ten digits and a date to come", () => {
    const problems = problemsOf({ ...WHOLE, phone: "123", birthDate: "2030-01-01" }, TODAY);
    expect(problems.phone?.key).toBe("phone-wrong");
    expect(problems.birth_date?.key).toBe("date-wrong");
  });

  it("the 31st of February", () => {
    expect(problemsOf({ ...WHOLE, birthDate: "1956-02-31" }, TODAY).birth_date?.key).toBe("date-wrong");
  });
});

describe("minors", () => {
  const child = { ...MARIA, birthDate: "2015-03-02" };
  const minor: Draft = { ...WHOLE, ...child, curp: build(child), organDonation: "yes" };

  it("turn adult on their eighteenth birthday", () => {
    expect(ageOn("2008-11-22", TODAY)).toBe(18);
    expect(ageOn("2008-11-23", TODAY)).toBe(17);
    expect(isMinor(minor, TODAY)).toBe(true);
  });

  it("need a guardian, who is another person and an adult", () => {
    expect(problemsOf(minor, TODAY).guardian_curp?.key).toBe("missing");
    expect(problemsOf({ ...minor, guardianCurp: minor.curp }, TODAY).guardian_curp?.key).toBe("guardian-same");
    const other = build({ ...child, givenNames: "Rosa" });
    expect(problemsOf({ ...minor, guardianCurp: other }, TODAY).guardian_curp?.key).toBe("guardian-minor");
    expect(problemsOf({ ...minor, guardianCurp: CURP }, TODAY)).toEqual({});
  });

  it("state no decision on donation, whatever was chosen before", () => {
    const request = requestOf({ ...minor, guardianCurp: CURP.toLowerCase() }, TODAY);
    expect(request).toMatchObject({ organ_donation: "not_stated", guardian_curp: CURP });
  });
});

describe("the request", () => {
  it("leaves out what is empty and tidies names", () => {
    const request = requestOf({ ...WHOLE, givenNames: "  María   Guadalupe ", secondSurname: " ", guardianCurp: CURP }, TODAY);
    expect(request).toMatchObject({ given_names: "María Guadalupe", location: { lat: 19.54, lon: -96.91 } });
    expect(Object.keys(request ?? {})).not.toContain("second_surname");
    expect(Object.keys(request ?? {})).not.toContain("phone");
    expect(Object.keys(request ?? {})).not.toContain("guardian_curp");
  });

  it("does not exist without a place, or without an answer on donation", () => {
    expect(requestOf({ ...WHOLE, place: EMPTY.place }, TODAY)).toBeNull();
    expect(requestOf({ ...WHOLE, organDonation: "" }, TODAY)).toBeNull();
  });
});

describe("what the server finds wrong", () => {
  it("is told at its fields, and what is nobody's field is left to the message above", () => {
    const told = explainFaults([
      { where: "guardian_curp", slug: "guardian-unknown", detail: "Enrol them first." },
      { where: "location.lat", slug: "location-outside-mexico", detail: "Not in Mexico." },
      { where: "first_surname", slug: "mismatch-first-surname", detail: "x" },
      { where: "sex", slug: "of-tomorrow", detail: "x" },
      { where: "affiliations.0", slug: "affiliation-unknown", detail: "x" },
      "garbage",
    ]);
    expect(told).toEqual({
      guardian_curp: { key: "guardian-unknown", params: {} },
      place: { key: "location-outside-mexico", params: {} },
      first_surname: { key: "mismatch-told", params: {} },
      sex: { key: "invalid-value", params: {} },
    });
    expect(explainFaults({ json: {} })).toEqual({});
  });
});
