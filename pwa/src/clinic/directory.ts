/** The clinics that this device knows, by key (old keys too) and by distance, read from the signed `clinics.json`. */
import { distanceM, nearest, toEcef, type Point } from "../core/geo";
import { isRecord } from "../device/api";

export interface Clinic {
  readonly clues: string;
  readonly name: string;
  /** CLUES institution code such as "IMB". */
  readonly institution: string;
  /** CURP code of the state. */
  readonly state: string;
  readonly municipality: string;
  /** 1..3; 0 when unknown. */
  readonly level: number;
  readonly at: Point;
}

export interface NearClinic {
  readonly clinic: Clinic;
  readonly distanceM: number;
}

export interface Directory {
  readonly version: number;
  readonly count: number;
  /** The clinic of a key, also of a key that was replaced. */
  find(clues: string): Clinic | null;
  /** The nearest clinics that a person can go to, nearest first. level: only this one */
  near(at: Point, options: { readonly limit: number; readonly level?: number }): NearClinic[];
  /** Metres between two clinics. */
  distance(from: Clinic, to: Clinic): number;
  /** Clinics whose name or key contains every word of the text, at most `limit`. */
  search(text: string, limit: number): Clinic[];
}

function column<Value>(source: Readonly<Record<string, unknown>>, name: string, is: (value: unknown) => value is Value): Value[] {
  const values = source[name];
  if (!Array.isArray(values) || !values.every(is)) throw new TypeError(`clinics.json: ${name}`);
  return values;
}

const isText = (value: unknown): value is string => typeof value === "string";
const isNumber = (value: unknown): value is number => typeof value === "number";
const isCounted = (value: unknown): value is boolean | number => typeof value === "boolean" || value === 0 || value === 1;

function folded(text: string): string {
  return text.normalize("NFD").replace(/\p{Mn}/gu, "").toUpperCase();
}

interface Columns {
  readonly rows: readonly Clinic[];
  readonly counts: readonly (boolean | number)[];
  readonly aliases: ReadonlyMap<string, string>;
}

function columnsOf(source: Readonly<Record<string, unknown>>): Columns {
  const clues = column(source, "clues", isText);
  const [name, institution, state, municipality] = ["name", "institution", "state", "municipality"].map((one) => column(source, one, isText));
  const [level, lat, lon] = ["level", "lat", "lon"].map((one) => column(source, one, isNumber));
  const rows = clues.map((key, n) => ({
    clues: key,
    name: name?.[n] ?? key,
    institution: institution?.[n] ?? "",
    state: state?.[n] ?? "",
    municipality: municipality?.[n] ?? "",
    level: level?.[n] ?? 0,
    at: [lat?.[n] ?? Number.NaN, lon?.[n] ?? Number.NaN] as const,
  }));
  const aliases = isRecord(source.aliases) ? Object.entries(source.aliases).filter((row): row is [string, string] => isText(row[1])) : [];
  return { rows, counts: column(source, "nearest", isCounted), aliases: new Map(aliases) };
}

/**
 * The directory in the bytes of a verified `clinics.json`.
 *
 *   Raises:  TypeError when a column is missing or of another type
 */
export function parseDirectory(source: unknown): Directory {
  if (!isRecord(source)) throw new TypeError("clinics.json: not an object");
  const { rows, counts, aliases } = columnsOf(source);
  const byKey = new Map(rows.map((clinic) => [clinic.clues, clinic]));
  const ecef = Float64Array.from(rows.flatMap((clinic) => toEcef(...clinic.at)));
  const names = rows.map((clinic) => folded(`${clinic.name} ${clinic.clues} ${clinic.municipality}`));

  return {
    version: isNumber(source.version) ? source.version : 0,
    count: rows.length,
    find: (clues) => byKey.get(clues) ?? byKey.get(aliases.get(clues) ?? "") ?? null,
    near(at, { limit, level }) {
      const keep = (n: number): boolean => Boolean(counts[n]) && (level === undefined || rows[n]?.level === level);
      const found = nearest(ecef, at, { limit, keep }).map((n) => rows[n]);
      return found.filter((clinic) => clinic !== undefined).map((clinic) => ({ clinic, distanceM: distanceM(at, clinic.at) }));
    },
    distance: (from, to) => distanceM(from.at, to.at),
    search(text, limit) {
      const words = folded(text).split(/\s+/).filter(Boolean);
      if (words.length === 0) return [];
      return rows.filter((_, n) => words.every((word) => names[n]?.includes(word))).slice(0, limit);
    },
  };
}
