/** What the form holds, what the CURP fills in by itself, and everything that is still wrong with it. */
import { mismatches, normalise, validate, type Curp } from "../core/curp";
import { dateFromDay, dayAt } from "../core/days";
import { Malformed } from "../core/errors";
import { isRecord } from "../device/api";
import type { Correction } from "./differing";
import { explainCurp, explainFault, explainMismatch, type Explanation } from "./explain";

export const DECISIONS = ["not_stated", "yes", "yes_limited", "no"] as const;
export type OrganDonation = (typeof DECISIONS)[number];

export function isDecision(text: string): text is OrganDonation {
  return (DECISIONS as readonly string[]).includes(text);
}

/** Where the person lives: picked from the lists, or measured by this machine. */
export interface Place {
  readonly state: string;
  readonly municipality: string;
  readonly locality: string;
  readonly lat: number | null;
  readonly lon: number | null;
  /** Metres, when the position was measured; null when it was picked. */
  readonly accuracyM: number | null;
}

export interface Draft {
  readonly curp: string;
  readonly givenNames: string;
  readonly firstSurname: string;
  readonly secondSurname: string;
  readonly sex: string;
  readonly birthDate: string;
  readonly birthState: string;
  readonly nationality: string;
  readonly phone: string;
  /** Empty until somebody asked. */
  readonly organDonation: OrganDonation | "";
  readonly guardianCurp: string;
  /** The desk has seen that this one is responsible now, and not who was registered. */
  readonly isNewGuardian: boolean;
  readonly place: Place;
}

export const NOWHERE: Place = { state: "", municipality: "", locality: "", lat: null, lon: null, accuracyM: null };

export const EMPTY: Draft = {
  curp: "",
  givenNames: "",
  firstSurname: "",
  secondSurname: "",
  sex: "",
  birthDate: "",
  birthState: "",
  nationality: "MEX",
  phone: "",
  organDonation: "",
  guardianCurp: "",
  isNewGuardian: false,
  place: NOWHERE,
};

/** The fields in the order of the screen; also the names that the summary of errors links to. */
export const FIELDS = [
  "curp",
  "given_names",
  "first_surname",
  "second_surname",
  "sex",
  "birth_date",
  "birth_state",
  "nationality",
  "phone",
  "guardian_curp",
  "place",
  "organ_donation",
] as const;

export type FieldName = (typeof FIELDS)[number];

export function isField(name: string): name is FieldName {
  return (FIELDS as readonly string[]).includes(name);
}

export type Problems = Readonly<Partial<Record<FieldName, Explanation>>>;

const ADULT_AGE = 18;
const PHONE = /^[0-9]{10}$/;

/** Today where the module stands, as YYYY-MM-DD. */
export function today(): string {
  return dateFromDay(dayAt(Date.now() / 1000));
}

/** The CURP if it is well written, or why it is not; null while nothing is written. */
export function readCurp(text: string, day = today()): Curp | Explanation | null {
  const written = normalise(text);
  if (written === "") return null;
  try {
    const reading = validate(written);
    // The character at 17 tells the century, and no check digit notices a letter O in the place of a zero.
    return reading.birthDate > day ? { key: "curp-future", params: { year: reading.birthDate.slice(0, 4) } } : reading;
  } catch (error) {
    if (error instanceof Malformed) return explainCurp(error.slug, written);
    throw error;
  }
}

export function isCurp(reading: Curp | Explanation | null): reading is Curp {
  return reading !== null && "birthDate" in reading;
}

/** The draft with a new CURP, and with what that CURP says of its holder. */
export function withCurp(draft: Draft, text: string): Draft {
  const reading = readCurp(text);
  const curp = normalise(text).slice(0, 18);
  if (!isCurp(reading)) return { ...draft, curp };
  const { sex, birthDate, state } = reading;
  return { ...draft, curp, sex, birthDate, birthState: state };
}

/** Whole years from a birth date (YYYY-MM-DD) to a day; null while the date is not whole. */
export function ageOn(birthDate: string, today: string): number | null {
  if (!isDate(birthDate)) return null;
  const years = Number(today.slice(0, 4)) - Number(birthDate.slice(0, 4));
  return today.slice(5) < birthDate.slice(5) ? years - 1 : years;
}

/** Whole months from a birth date to a day; null while the date is not whole. */
export function monthsOn(birthDate: string, today: string): number | null {
  if (!isDate(birthDate)) return null;
  const [born, now] = [birthDate, today].map((date) => Number(date.slice(0, 4)) * 12 + Number(date.slice(5, 7))) as [number, number];
  return now - born - (today.slice(8) < birthDate.slice(8) ? 1 : 0);
}

export function isMinor(draft: Draft, today: string): boolean {
  const age = ageOn(draft.birthDate, today);
  return age !== null && age < ADULT_AGE;
}

function isDate(text: string): boolean {
  if (!/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.valueOf()) && date.toISOString().startsWith(text);
}

const MISSING: Explanation = { key: "missing", params: {} };
const UNDECIDED: Explanation = { key: "donation-missing", params: {} };

function missing(draft: Draft): Partial<Record<FieldName, Explanation>> {
  const needed: readonly (readonly [FieldName, string])[] = [
    ["curp", draft.curp],
    ["given_names", draft.givenNames.trim()],
    ["first_surname", draft.firstSurname.trim()],
    ["sex", draft.sex],
    ["birth_date", draft.birthDate],
    ["birth_state", draft.birthState],
    ["nationality", draft.nationality],
    ["place", draft.place.lat === null ? "" : "somewhere"],
  ];
  return Object.fromEntries(needed.filter(([, value]) => value === "").map(([field]) => [field, MISSING]));
}

function guardianProblem(draft: Draft, today: string): Explanation | null {
  if (!isMinor(draft, today)) return null;
  const guardian = readCurp(draft.guardianCurp);
  if (guardian === null) return MISSING;
  if (!isCurp(guardian)) return guardian;
  if (guardian.text === draft.curp) return { key: "guardian-same", params: {} };
  const age = ageOn(guardian.birthDate, today);
  return age !== null && age < ADULT_AGE ? { key: "guardian-minor", params: {} } : null;
}

function formatProblems(draft: Draft, today: string): Partial<Record<FieldName, Explanation>> {
  const problems: Partial<Record<FieldName, Explanation>> = {};
  if (draft.organDonation === "" && !isMinor(draft, today)) problems.organ_donation = UNDECIDED;
  if (draft.birthDate !== "" && (!isDate(draft.birthDate) || draft.birthDate > today)) {
    problems.birth_date = { key: "date-wrong", params: {} };
  }
  if (draft.phone !== "" && !PHONE.test(draft.phone)) problems.phone = { key: "phone-wrong", params: {} };
  const guardian = guardianProblem(draft, today);
  if (guardian) problems.guardian_curp = guardian;
  return problems;
}

/**
 * Where the CURP disagrees with the rest, one explanation a field, only for fields that have something in them.
 *
 * The second surname counts as filled once the first is: being empty is a statement.
 */
export function disagreements(draft: Draft): Problems {
  const curp = readCurp(draft.curp);
  if (!isCurp(curp)) return {};
  const filled: Partial<Record<string, boolean>> = {
    given_names: draft.givenNames.trim() !== "",
    first_surname: draft.firstSurname.trim() !== "",
    second_surname: draft.firstSurname.trim() !== "" && (draft.secondSurname.trim() !== "" || draft.givenNames.trim() !== ""),
    sex: draft.sex !== "",
    birth_date: isDate(draft.birthDate),
    birth_state: draft.birthState !== "",
  };
  const found: Partial<Record<FieldName, Explanation>> = {};
  for (const mismatch of mismatches(curp, draft)) {
    const { field } = mismatch;
    if (isField(field) && filled[field] === true) found[field] ??= explainMismatch(mismatch);
  }
  return found;
}

/** Everything that keeps the form from being sent, at most one explanation a field; empty when it may go. */
export function problemsOf(draft: Draft, today: string): Problems {
  const curp = readCurp(draft.curp);
  const badCurp = curp !== null && !isCurp(curp) ? { curp } : {};
  return { ...disagreements(draft), ...missing(draft), ...formatProblems(draft, today), ...badCurp };
}

/** What to say before anybody tries to send the form: disagreements, and what was told already and is still so, word for word. */
export function worthTelling(draft: Draft, told: Problems, today: string): Problems {
  const found = problemsOf(draft, today);
  const still = FIELDS.filter((field) => told[field] !== undefined && JSON.stringify(told[field]) === JSON.stringify(found[field]));
  return { ...Object.fromEntries(still.map((field) => [field, told[field]])), ...disagreements(draft) };
}

/** The fields of a refusal (`errors` of the problem document: where, slug, detail) each in our own words. */
export function explainFaults(errors: unknown): Problems {
  if (!Array.isArray(errors)) return {};
  const told = errors.filter(isRecord).flatMap(({ where, slug }): [FieldName, Explanation][] => {
    if (typeof where !== "string" || typeof slug !== "string") return [];
    const name = /^location\b/.test(where) ? "place" : where;
    return isField(name) ? [[name, explainFault(slug)]] : [];
  });
  return Object.fromEntries(told);
}

/** Body of POST /api/v1/enrolments. */
export interface EnrolmentRequest {
  curp: string;
  given_names: string;
  first_surname: string;
  second_surname?: string;
  sex: string;
  birth_date: string;
  birth_state: string;
  nationality: string;
  organ_donation: OrganDonation;
  location: { lat: number; lon: number };
  phone?: string;
  guardian_curp?: string;
  guardian_change?: boolean;
  correction?: Correction;
}

/** The request that a draft without problems becomes; null while it has no place, or no answer on donation. */
export function requestOf(draft: Draft, today: string): EnrolmentRequest | null {
  const { lat, lon } = draft.place;
  if (lat === null || lon === null) return null;
  // LGS art. 326: no decision of a minor is recorded.
  const minor = isMinor(draft, today);
  const decision = minor ? "not_stated" : draft.organDonation;
  if (decision === "") return null;
  return {
    curp: normalise(draft.curp),
    given_names: tidy(draft.givenNames),
    first_surname: tidy(draft.firstSurname),
    ...(tidy(draft.secondSurname) === "" ? {} : { second_surname: tidy(draft.secondSurname) }),
    sex: draft.sex,
    birth_date: draft.birthDate,
    birth_state: draft.birthState,
    nationality: draft.nationality,
    organ_donation: decision,
    location: { lat, lon },
    ...(draft.phone === "" ? {} : { phone: draft.phone }),
    ...(minor ? { guardian_curp: normalise(draft.guardianCurp) } : {}),
    ...(minor && draft.isNewGuardian ? { guardian_change: true } : {}),
  };
}

function tidy(name: string): string {
  return name.trim().replace(/\s+/g, " ");
}
