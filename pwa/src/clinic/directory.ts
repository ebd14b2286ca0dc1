/** The clinics that this device knows, by key (old keys too) and by distance, read from the signed `clinics.json` or its like of one state. */
import type { Attend } from "../core/decision-table";
import { answerAt, isAttended, type ClinicFacts, type Rights } from "../core/entitlement";
import { distanceM, nearest, type Point } from "../core/geo";
import { readClinicsFile, type Clinic, type ClinicsFile } from "./clinics-file";
import type { Opening } from "./hours-file";
import { searchOf, type Found } from "./search";

export type { Clinic } from "./clinics-file";
export type { Opening } from "./hours-file";
export type { Found } from "./search";

export interface PlacedClinic {
  readonly clinic: Clinic;
  /** Whole metres. */
  readonly distanceM: number;
}

export interface NearClinic extends PlacedClinic {
  /** What the decision table says of the person there. */
  readonly attend: Attend;
}

/** What a counter may look for: a clinic's institution by its CLUES code, and its level. */
export type ClinicKind = Pick<Clinic, "institution" | "level">;

export interface Directory {
  readonly version: number;
  readonly count: number;
  /** Whether those of the other states are not here yet. */
  readonly isOneState: boolean;
  /** The clinic of a key, also of a key that was replaced. */
  find(clues: string): Clinic | null;
  /**
   * Where a person with these rights is sent: the nearest clinics that attend them, nearest first.
   *
   * Where the very nearest clinic is none of them it comes last: urgent care is given there too.
   * limit: 2 or more; level: only this one
   */
  nearestFor(rights: Rights, at: Point, options: { readonly limit: number; readonly level?: number | null }): NearClinic[];
  /** The nearest clinics where people are sent, nearest first, of those that are wanted; openAt: less those known to be closed then. */
  near(at: Point, options: { readonly limit: number; readonly isWanted: (kind: ClinicKind) => boolean; readonly openAt?: number | null }): PlacedClinic[];
  /** Whether any clinic has said when it is open. */
  readonly knowsHours: boolean;
  /** How a clinic stands at an instant, in seconds since 1970; null where its hours are not known. */
  opening(clinic: Clinic, now: number): Opening | null;
  /** The codes of the institutions to whose clinics people are sent. */
  institutions(): readonly string[];
  /** Metres between two clinics; null when one is nowhere. */
  distance(from: Clinic, to: Clinic): number | null;
  /**
   * Clinics whose name, key or municipality contains every word of the text, at most `limit`.
   *
   * Those where people are sent come first, before private ones; of these, those that have the words whole; of these, those whose own
   * name or key has them all. Where the text is a key that was replaced, or most of one, the clinic that took its place is found.
   */
  search(text: string, limit: number): Found[];
}

/** What the decision table asks about a clinic. */
export function factsOf({ clues, institution, state, level }: Clinic): ClinicFacts {
  return { clues, institution, state, level: level === 0 ? null : level };
}

function placed(at: Point, clinic: Clinic | undefined): PlacedClinic[] {
  return clinic?.at ? [{ clinic, distanceM: Math.round(distanceM(at, clinic.at)) }] : [];
}

function attended(rights: Rights, near: PlacedClinic): NearClinic {
  return { ...near, attend: answerAt(rights, factsOf(near.clinic)).attend };
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
export function parseDirectory(source: unknown, { isOneState = false } = {}): Directory {
  const file = readClinicsFile(source);
  const nearestOf = (at: Point, limit: number, keep: IsOne): PlacedClinic[] =>
    nearest(file.places, at, { limit, keep: firstOf(file, keep) }).flatMap((n) => placed(at, file.clinic(n)));

  return {
    version: file.version,
    count: file.count,
    isOneState,
    find(clues) {
      const n = file.numberOf(clues);
      return n === null ? null : (file.clinic(n) ?? null);
    },
    nearestFor(rights, at, { limit, level = null }) {
      const counted: IsOne = (n) => file.counts(n) && (level === null || file.kind(n)[2] === level);
      const attends = attending(rights, file);
      const here = nearestOf(at, limit, (n) => counted(n) && attends(n)).map((near) => attended(rights, near));
      const [very] = nearestOf(at, 1, counted);
      if (very === undefined || (here[0] && here[0].distanceM <= very.distanceM)) return here;
      return [...here.slice(0, limit - 1), attended(rights, very)];
    },
    near(at, { limit, isWanted, openAt = null }) {
      return nearestOf(at, limit, (n) => {
        const [institution, , level] = file.kind(n);
        if (!file.counts(n) || !isWanted({ institution, level })) return false;
        return openAt === null || file.hours.openingOf(n, openAt)?.isOpen !== false;
      });
    },
    knowsHours: file.hours.isKnown,
    opening({ clues }, now) {
      const n = file.numberOf(clues);
      return n === null ? null : file.hours.openingOf(n, now);
    },
    institutions() {
      const numbers = Array.from({ length: file.count }, (_, n) => n).filter((n) => file.counts(n));
      return [...new Set(numbers.map((n) => file.kind(n)[0]))];
    },
    distance: (from, to) => (from.at === null || to.at === null ? null : distanceM(from.at, to.at)),
    search: searchOf(file),
  };
}
