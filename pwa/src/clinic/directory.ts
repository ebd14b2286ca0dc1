/** The clinics that this device knows, by key (old keys too) and by distance, read from the signed `clinics.json`. */
import type { Attend } from "../core/decision-table";
import { answerAt, isAttended, type ClinicFacts, type Rights } from "../core/entitlement";
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
  /** Null when the catalogue does not say where it is. */
  readonly at: Point | null;
}

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
   * Those that have them as whole words come first; of these, those whose own name or key has them all.
   */
  search(text: string, limit: number): Clinic[];
}

function column<Value>(source: Readonly<Record<string, unknown>>, name: string, is: (value: unknown) => value is Value): Value[] {
  const values = source[name];
  if (!Array.isArray(values) || !values.every(is)) throw new TypeError(`clinics.json: ${name}`);
  return values;
}

const isText = (value: unknown): value is string => typeof value === "string";
const isNumber = (value: unknown): value is number => typeof value === "number";
const isDegrees = (value: unknown): value is number | null => value === null || typeof value === "number";
/** Stands for a clinic without a place, which is never among the nearest. */
const NOWHERE: readonly [number, number, number] = [0, 0, 0];
const isCounted = (value: unknown): value is boolean | number => typeof value === "boolean" || value === 0 || value === 1;

function folded(text: string): string {
  return text.normalize("NFD").replace(/\p{Mn}/gu, "").toUpperCase();
}

interface Columns {
  readonly rows: readonly Clinic[];
  readonly counts: readonly (boolean | number)[];
  readonly aliases: ReadonlyMap<string, string>;
}

/** The cells of one column by row; TypeError for a row that the column does not reach. */
function cellsOf<Value>(source: Readonly<Record<string, unknown>>, name: string, is: (value: unknown) => value is Value): (n: number) => Value {
  const values = column(source, name, is);
  return (n) => {
    const value = values[n];
    if (value === undefined) throw new TypeError(`clinics.json: ${name} is short`);
    return value;
  };
}

function pointOf(lat: number | null, lon: number | null): Point | null {
  return lat === null || lon === null ? null : [lat, lon];
}

function columnsOf(source: Readonly<Record<string, unknown>>): Columns {
  const text = (name: string): ((n: number) => string) => cellsOf(source, name, isText);
  const number = (name: string): ((n: number) => number) => cellsOf(source, name, isNumber);
  const [name, institution, state, municipality] = [text("name"), text("institution"), text("state"), text("municipality")];
  const [level, lat, lon] = [number("level"), cellsOf(source, "lat", isDegrees), cellsOf(source, "lon", isDegrees)];
  const rows = column(source, "clues", isText).map((clues, n) => ({
    clues,
    name: name(n),
    institution: institution(n),
    state: state(n),
    municipality: municipality(n),
    level: level(n),
    at: pointOf(lat(n), lon(n)),
  }));
  const aliases = isRecord(source.aliases) ? Object.entries(source.aliases).filter((row): row is [string, string] => isText(row[1])) : [];
  return { rows, counts: column(source, "nearest", isCounted), aliases: new Map(aliases) };
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
function attending(rights: Rights, rows: readonly Clinic[]): IsOne {
  const known = new Map<string, boolean>();
  return (n) => {
    const clinic = rows[n];
    if (clinic === undefined) return false;
    const { institution, state, level } = factsOf(clinic);
    const kind = `${institution} ${state} ${level}`;
    const found = known.get(kind) ?? isAttended(rights, institution, state, level);
    known.set(kind, found);
    return found;
  };
}

/** The rows at one point, the first to be named first; only points that several clinics share. */
function sharedPoints(rows: readonly Clinic[]): ReadonlyMap<number, readonly number[]> {
  const groups = new Map<string, number[]>();
  for (const [n, { at }] of rows.entries()) {
    if (at === null) continue;
    const key = at.join(" ");
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [n]);
    else group.push(n);
  }
  const rank = (n: number): [number, string] => [rows[n]?.level ?? 0, rows[n]?.clues ?? ""];
  const isBefore = ([level, clues]: [number, string], [other, otherClues]: [number, string]): number =>
    level - other || (clues < otherClues ? -1 : 1);
  const shared = [...groups.values()].filter(({ length }) => length > 1);
  for (const group of shared) group.sort((a, b) => isBefore(rank(a), rank(b)));
  return new Map(shared.flatMap((group) => group.map((n) => [n, group] as const)));
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
  const ecef = Float64Array.from(rows.flatMap(({ at }) => (at === null ? NOWHERE : toEcef(...at))));
  const shared = sharedPoints(rows);
  const own = rows.map((clinic) => folded(`${clinic.name} ${clinic.clues}`));
  const names = rows.map((clinic, n) => `${own[n]} ${folded(clinic.municipality)}`);

  return {
    version: isNumber(source.version) ? source.version : 0,
    count: rows.length,
    find: (clues) => byKey.get(clues) ?? byKey.get(aliases.get(clues) ?? "") ?? null,
    nearestFor(rights, at, { limit, level = null }) {
      const counted: IsOne = (n) => Boolean(counts[n]) && rows[n]?.at !== null && (level === null || rows[n]?.level === level);
      const attends = attending(rights, rows);
      const isNamed = (n: number, keep: IsOne): boolean => keep(n) && (shared.get(n) ?? [n]).find(keep) === n;
      const near = (most: number, keep: IsOne): NearClinic[] =>
        nearest(ecef, at, { limit: most, keep: (n) => isNamed(n, keep) }).flatMap((n) => nearOf(rights, at, rows[n]));
      const attended = near(limit, (n) => counted(n) && attends(n));
      const [very] = near(1, counted);
      if (very === undefined || (attended[0] && attended[0].distanceM <= very.distanceM)) return attended;
      return [...attended.slice(0, limit - 1), very];
    },
    distance: (from, to) => (from.at === null || to.at === null ? null : distanceM(from.at, to.at)),
    search(text, limit) {
      const words = folded(text).split(/\s+/).filter(Boolean);
      if (words.length === 0) return [];
      const partly = (name: string): number => words.filter((word) => !` ${name} `.includes(` ${word} `)).length;
      return rows
        .map((clinic, n) => ({ clinic, own: own[n] ?? "", name: names[n] ?? "" }))
        .filter(({ name }) => words.every((word) => name.includes(word)))
        .map((row) => ({ ...row, partly: partly(row.name), elsewhere: words.every((word) => row.own.includes(word)) ? 0 : 1 }))
        .sort((one, other) => one.partly - other.partly || one.elsewhere - other.elsewhere)
        .slice(0, limit)
        .map(({ clinic }) => clinic);
    },
  };
}
