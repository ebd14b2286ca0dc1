/** Each fault of a CURP, and each disagreement with a person's data, as a sentence that says what to look at. */
import type { Mismatch } from "../core/curp";
import type catalogue from "./es-MX.json";

/** A sentence of the catalogue with its values; `state` and `sex` values are codes that the screen spells out. */
export interface Explanation {
  readonly key: keyof typeof catalogue;
  readonly params: Readonly<Record<string, string | number>>;
}

type Key = Explanation["key"];

const CURP_FAULTS: Readonly<Record<string, Key>> = {
  "curp-length": "curp-length",
  "curp-characters": "curp-characters",
  "curp-date": "curp-date",
  "curp-sex": "curp-sex",
  "curp-state": "curp-state",
  "curp-consonants": "curp-consonants",
  "curp-vowel": "curp-vowel",
  "curp-check-digit": "curp-check-digit",
  "curp-inconvenient-word": "curp-inconvenient-word",
  "curp-unknown-patient": "curp-unknown-patient",
};

const MISMATCHES: Readonly<Record<string, Key>> = {
  "mismatch-first-surname": "mismatch-first-surname",
  "mismatch-second-surname": "mismatch-second-surname",
  "mismatch-given-names": "mismatch-given-names",
  "mismatch-birth-date": "mismatch-birth-date",
  "mismatch-sex": "mismatch-sex",
  "mismatch-birth-state": "mismatch-birth-state",
  "mismatch-consonant": "mismatch-consonant",
};

/** With nothing typed the sentence cannot begin with what was typed. */
const WITHOUT_VALUE: Readonly<Partial<Record<Key, Key>>> = {
  "mismatch-second-surname": "mismatch-second-surname-empty",
  "mismatch-consonant": "mismatch-consonant-empty",
};

/** What only the server knows, or finds in what this form never sends. */
const TOLD: Readonly<Record<string, Key>> = {
  missing: "missing",
  "unknown-field": "unknown-field",
  "curp-unknown-patient": "curp-unknown-patient",
  "name-malformed": "name-malformed",
  "birth-date-future": "birth-date-future",
  "birth-date-too-old": "birth-date-too-old",
  "birth-state-unknown": "birth-state-unknown",
  "sex-unknown": "sex-unknown",
  "nationality-unknown": "nationality-unknown",
  "organ-donation-unknown": "organ-donation-unknown",
  "organ-donation-minor": "organ-donation-minor",
  "location-outside-mexico": "location-outside-mexico",
  "phone-malformed": "phone-malformed",
  "guardian-required": "guardian-required",
  "guardian-same-person": "guardian-same-person",
  "guardian-unknown": "guardian-unknown",
  "guardian-minor": "guardian-minor",
  "guardian-differs": "guardian-differs",
  "person-differs": "person-differs",
};

/** Positions of the inner consonants, counted from one, as the instructivo counts them. */
const CONSONANT_POSITIONS: Readonly<Record<string, number>> = { first_surname: 14, second_surname: 15, given_names: 16 };

/** Why a text is no CURP. */
export function explainCurp(slug: string, written: string): Explanation {
  if (/ñ/i.test(written)) return { key: "curp-enye", params: {} };
  return { key: CURP_FAULTS[slug] ?? "curp-wrong", params: { count: written.length } };
}

/** Where a CURP and a field disagree. */
export function explainMismatch({ field, slug, value, expected, found }: Mismatch): Explanation {
  const key = MISMATCHES[slug] ?? "curp-wrong";
  const sayable = value.trim() === "" ? (WITHOUT_VALUE[key] ?? key) : key;
  return { key: sayable, params: { value: value.trim(), expected, found, position: CONSONANT_POSITIONS[field] ?? "" } };
}

/** What the server finds wrong with one field; its slug has a sentence here, for its `detail` is for programmers. */
export function explainFault(slug: string): Explanation {
  if (slug.startsWith("mismatch-")) return { key: "mismatch-told", params: {} };
  return { key: TOLD[slug] ?? (slug.startsWith("curp-") ? "curp-wrong" : "invalid-value"), params: {} };
}
