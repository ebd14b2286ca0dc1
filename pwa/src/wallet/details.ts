/** The card's face as the server sends it (GET /api/v1/me/card), checked before it is believed. */
import * as v from "valibot";
import type { CardDetails, Clinic } from "./card";

const DAY_MS = 86_400_000;

const text = v.pipe(v.string(), v.maxLength(200));
const clinic = v.pipe(
  v.object({
    clues: text,
    name: text,
    institution: text,
    level: v.nullish(v.number(), null),
    lat: v.pipe(v.number(), v.minValue(-90), v.maxValue(90)),
    lon: v.pipe(v.number(), v.minValue(-180), v.maxValue(180)),
    distance_m: v.nullish(v.number(), null),
    attend: v.nullish(text, null),
  }),
  v.transform(({ distance_m, ...rest }): Clinic => ({ ...rest, distanceM: distance_m })),
);
const clinics = v.pipe(v.array(clinic), v.maxLength(100));

/** A day since 1970-01-01 from a number of days or YYYY-MM-DD. */
const day = v.pipe(
  v.union([v.pipe(v.number(), v.integer()), v.pipe(v.string(), v.isoDate())]),
  v.transform((value) => (typeof value === "number" ? value : Date.parse(value) / DAY_MS)),
);

const roles: Readonly<Record<string, string>> = { "1": "titular", "2": "beneficiaria(o)", "3": "pensionada(o)" };
const role = v.pipe(
  v.union([v.number(), v.string()]),
  v.transform((value) => roles[String(value)] ?? String(value)),
);

const details = v.object({
  name: text,
  curp: text,
  assigned_clinic: v.nullish(clinic, null),
  nearest_clinics: v.optional(clinics, []),
  entitlements: v.optional(v.array(v.object({ label: text, role, until: v.nullish(day, null) })), []),
  renew: v.optional(v.boolean(), false),
});

/** The card's face, and whether the issuer asks for the credential to be fetched anew. */
export interface Fetched {
  readonly details: CardDetails;
  readonly isRenewalAsked: boolean;
}

/** The details of the card. Throws for any other shape. */
export function parseDetails(json: unknown): Fetched {
  const { renew, ...parsed } = v.parse(details, json);
  const face: CardDetails = {
    name: parsed.name,
    curp: parsed.curp,
    assignedClinic: parsed.assigned_clinic,
    nearestClinics: parsed.nearest_clinics,
    entitlements: parsed.entitlements.map(({ until, ...line }) => ({ ...line, untilDay: until })),
  };
  return { details: face, isRenewalAsked: renew };
}
