/**
 * The columns of `clinics.json`, read without making an object of each of the country's units.
 *
 * A key is its state, its institution and its digits; where it begins otherwise, digits has it whole. The units stand in the order
 * of a curve over the map: those at one point follow one another, the first to be named first; units without a place come last. lat_e6
 * and lon_e6 are millionths of a degree, each less the one before, of the units with a place; aliases: old keys, and the number of the
 * unit that each stands for now, less the one before.
 */
import { indexPoints, toEcef, type Point, type PointIndex } from "../core/geo";
import { isRecord } from "../device/api";
import { readHours, type HoursFile } from "./hours-file";

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

/** The units by number, 0 to count - 1; a number beyond them gives undefined. */
export interface ClinicsFile {
  readonly version: number;
  readonly count: number;
  /** Where the units with a place are, which come first. */
  readonly places: PointIndex;
  clinic(n: number): Clinic | undefined;
  /** Institution, state and level of a unit. */
  kind(n: number): readonly [string, string, number];
  /** Keys that were replaced, and the number of the unit that each stands for now. */
  readonly aliases: readonly (readonly [string, number])[];
  /** Whether people are sent there. */
  counts(n: number): boolean;
  readonly hours: HoursFile;
  /** Whether two units stand at one point. */
  isSamePoint(n: number, other: number): boolean;
  /** The unit with this key, or the one that took its place. */
  numberOf(clues: string): number | null;
}

const MILLIONTHS = 1e6;
const DIGITS = 6;
const isText = (value: unknown): value is string => typeof value === "string";
const isNumber = (value: unknown): value is number => typeof value === "number";

type Source = Readonly<Record<string, unknown>>;

function column<Value>(source: Source, name: string, is: (value: unknown) => value is Value): readonly Value[] {
  const values = source[name];
  if (!Array.isArray(values) || !values.every(is)) throw new TypeError(`clinics.json: ${name}`);
  return values;
}

/** A column that tells something of every one of `count` units; `absent` is said of a unit that is none. */
function cells<Value>(values: readonly Value[], count: number, absent: Value): (n: number) => Value {
  if (values.length !== count) throw new TypeError("clinics.json: columns of different lengths");
  return (n) => values[n] ?? absent;
}

function accumulated(steps: readonly number[]): number[] {
  let sum = 0;
  return steps.map((step) => (sum += step));
}

function degreesOf(source: Source, name: string, most: number): number[] {
  const degrees = accumulated(column(source, name, isNumber)).map((e6) => e6 / MILLIONTHS);
  if (!degrees.every((value) => Math.abs(value) <= most)) throw new TypeError(`clinics.json: ${name} leaves the Earth`);
  return degrees;
}

function keysOf(source: Source): readonly string[] {
  if (source.clues !== undefined) return column(source, "clues", isText); // 2026-11-30: a file of before, which held them whole
  const digits = column(source, "digits", isText);
  const text = (name: string): ((n: number) => string) => cells(column(source, name, isText), digits.length, "");
  const [state, institution] = [text("state"), text("institution")];
  return digits.map((own, n) => (own.length === DIGITS ? `${state(n)}${institution(n)}${own}` : own));
}

/** The number of each old key's unit. */
function aliasesOf(source: Source, count: number): [string, number][] {
  const { aliases } = source;
  if (!isRecord(aliases)) throw new TypeError("clinics.json: aliases");
  const units = accumulated(column(aliases, "unit", isNumber));
  const old = column(aliases, "clues", isText);
  if (units.length !== old.length || units.some((n) => n < 0 || n >= count)) throw new TypeError("clinics.json: aliases of no unit");
  return old.map((clues, n) => [clues, units[n] ?? 0]);
}

function once<Value>(make: () => Value): () => Value {
  let made: Value | undefined;
  return () => (made ??= make());
}

/**
 * The units in a verified `clinics.json`.
 *
 *   Raises:  TypeError when a column is missing, of another type, or does not fit the others
 */
export function readClinicsFile(source: unknown): ClinicsFile {
  if (!isRecord(source)) throw new TypeError("clinics.json: not an object");
  const keys = keysOf(source);
  const count = keys.length;
  const text = (name: string): ((n: number) => string) => cells(column(source, name, isText), count, "");
  const number = (name: string): ((n: number) => number) => cells(column(source, name, isNumber), count, 0);
  const [name, institution, state, municipality] = [text("name"), text("institution"), text("state"), text("municipality")];
  const [level, counted] = [number("level"), number("nearest")];
  const [lats, lons] = [degreesOf(source, "lat_e6", 90), degreesOf(source, "lon_e6", 180)];
  if (lats.length !== lons.length || lats.length > count) throw new TypeError("clinics.json: places do not fit the units");
  const aliases = aliasesOf(source, count);
  const numbers = once(() => new Map([...aliases, ...keys.map((clues, n): [string, number] => [clues, n])]));

  function pointOf(n: number): Point | null {
    const [lat, lon] = [lats[n], lons[n]];
    return lat === undefined || lon === undefined ? null : [lat, lon];
  }
  const ecef = new Float64Array(3 * lats.length);
  for (const [n, lat] of lats.entries()) ecef.set(toEcef(lat, lons[n] ?? NaN), 3 * n);

  return {
    version: isNumber(source.version) ? source.version : 0,
    count,
    places: indexPoints(ecef),
    aliases,
    clinic(n) {
      const clues = keys[n];
      if (clues === undefined) return undefined;
      return { clues, name: name(n), institution: institution(n), state: state(n), municipality: municipality(n), level: level(n), at: pointOf(n) };
    },
    kind: (n) => [institution(n), state(n), level(n)],
    counts: (n) => counted(n) === 1 && n < lats.length,
    hours: readHours(source.hours, count),
    isSamePoint: (n, other) => n < lats.length && lats[n] === lats[other] && lons[n] === lons[other],
    numberOf: (clues) => numbers().get(clues) ?? null,
  };
}
