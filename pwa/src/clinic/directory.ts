/** The clinics that this device knows, by key (old keys too) and by distance, read from the signed `clinics.json`. */
import type { Attend } from "../core/decision-table";
import { answerAt, isAttended, type ClinicFacts, type Rights } from "../core/entitlement";
import { distanceM, nearest, type Point } from "../core/geo";
import { readClinicsFile, type Clinic, type ClinicsFile } from "./clinics-file";
import { searchOf, type Found } from "./search";

export type { Clinic } from "./clinics-file";
export type { Found } from "./search";

export interface NearClinic {
  readonly clinic: Clinic;
  /** Whole metres. */
  readonly distanceM: number;
  /** What the decision table says of the person there. */
  readonly attend: Attend;
}

export interface Directory {
  readonly version: number;
  readonly count: number;
  /** The clinic of a key, also of a key that was replaced. */
  find(clues: string): Clinic | null;
  /**
   * Where a person with these rights is sent: the nearest clinics that attend them, nearest first.
   *
   * Where the very nearest clinic is none of them it comes last: urgent care is given there too.
   * limit: 2 or more; level: only this one
   */
  nearestFor(rights: Rights, at: Point, options: { readonly limit: number; readonly level?: number | null }): NearClinic[];
  /** Metres between two clinics; null when one is nowhere. */
  distance(from: Clinic, to: Clinic): number | null;
  /**
   * Clinics whose name, key or municipality contains every word of the text, at most `limit`.
   *
   * Those that have them as whole words come first; of these, those whose own name or key has them all. Where the text is a key that
   * was replaced, or most of one, the clinic that took its place is found.
   */
  search(text: string, limit: number): Found[];
}

/** What the decision table asks about a clinic. */
export function factsOf({ clues, institution, state, level }: Clinic): ClinicFacts {
  return { clues, institution, state, level: level === 0 ? null : level };
}

function nearOf(rights: Rights, at: Point, clinic: Clinic | undefined): NearClinic[] {
  if (!clinic?.at) return [];
  return [{ clinic, distanceM: Math.round(distanceM(at, clinic.at)), attend: answerAt(rights, factsOf(clinic)).attend }];
}

type IsOne = (n: number) => boolean;

/** Whether a clinic attends these rights, asked of the table once for each kind of clinic. */
function attending(rights: Rights, file: ClinicsFile): IsOne {
  const known = new Map<string, boolean>();
  return (n) => {
    const [institution, state, level] = file.kind(n);
    const kind = `${institution} ${state} ${level}`;
    const found = known.get(kind) ?? isAttended(rights, institution, state, level === 0 ? null : level);
    known.set(kind, found);
    return found;
  };
}

/** Whether a clinic is the first to be named, of those at its point that are to be kept. */
function firstOf(file: ClinicsFile, keep: IsOne): IsOne {
  return (n) => {
    if (!keep(n)) return false;
    for (let before = n - 1; file.isSamePoint(before, n); before--) if (keep(before)) return false;
    return true;
  };
}

/**
 * The directory in the bytes of a verified `clinics.json`.
 *
 *   Raises:  TypeError when a column is missing, of another type, or does not fit the others
 */
export function parseDirectory(source: unknown): Directory {
  const file = readClinicsFile(source);

  return {
    version: file.version,
    count: file.count,
    find(clues) {
      const n = file.numberOf(clues);
      return n === null ? null : (file.clinic(n) ?? null);
    },
    nearestFor(rights, at, { limit, level = null }) {
      const counted: IsOne = (n) => file.counts(n) && (level === null || file.kind(n)[2] === level);
      const attends = attending(rights, file);
      const near = (most: number, keep: IsOne): NearClinic[] =>
        nearest(file.places, at, { limit: most, keep: firstOf(file, keep) }).flatMap((n) => nearOf(rights, at, file.clinic(n)));
      const attended = near(limit, (n) => counted(n) && attends(n));
      const [very] = near(1, counted);
      if (very === undefined || (attended[0] && attended[0].distanceM <= very.distanceM)) return attended;
      return [...attended.slice(0, limit - 1), very];
    },
    distance: (from, to) => (from.at === null || to.at === null ? null : distanceM(from.at, to.at)),
    search: searchOf(file),
  };
}
