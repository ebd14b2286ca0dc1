/** When the clinics of `clinics.json` are open, of those that have said so. */
import { minuteOfWeek, openStanding, WEEK, type OpenStanding, type Week, type Zone } from "../core/hours";
import { isRecord } from "../device/api";

/** How a clinic stands at an instant: now, on its own clocks, in minutes since Monday 0:00. */
export interface Opening extends OpenStanding {
  readonly minute: number;
}

export interface HoursFile {
  /** Whether any clinic has hours. */
  readonly isKnown: boolean;
  /** How the clinic of this number stands at an instant, in seconds since 1970; null where its hours are not known. */
  openingOf(n: number, now: number): Opening | null;
}

interface Hours {
  readonly zone: Zone;
  readonly week: Week;
}

const NONE: HoursFile = { isKnown: false, openingOf: () => null };
const isCount = (value: unknown): value is number => Number.isInteger(value) && Number(value) >= 0;

/**
 * The member `hours` of a verified `clinics.json` of `count` units: zones, each hours ahead of UTC in winter and 1 where clocks have a
 * summer; weeks, each the number of its zone and then the minutes since Monday 0:00 at which it opens and closes; unit, the numbers of
 * the units that have hours, each less the one before; week, the number of each one's week.
 *
 *   Raises:  TypeError for columns of another type, or that do not fit the units or one another
 */
export function readHours(told: unknown, count: number): HoursFile {
  if (told === undefined) return NONE;
  if (!isRecord(told)) throw new TypeError("clinics.json: hours");
  const zones = lists(told, "zones").map(zoneOf);
  const weeks = lists(told, "weeks").map((week) => hoursOf(week, zones));
  const [steps, numbers] = [counts(told, "unit"), counts(told, "week")];
  if (steps.length !== numbers.length) throw new TypeError("clinics.json: hours do not fit the units");
  let unit = 0;
  const known = new Map(steps.map((step, n) => [(unit += step), weeks[numbers[n] ?? -1]] as const));
  if (unit >= count || [...known.values()].includes(undefined)) throw new TypeError("clinics.json: hours of no unit");
  return {
    isKnown: known.size > 0,
    openingOf(n, now) {
      const hours = known.get(n);
      if (hours === undefined) return null;
      const minute = minuteOfWeek(now, hours.zone);
      return { ...openStanding(hours.week, minute), minute };
    },
  };
}

function counts(told: Readonly<Record<string, unknown>>, name: string): readonly number[] {
  const values = told[name];
  if (!Array.isArray(values) || !values.every(isCount)) throw new TypeError(`clinics.json: hours.${name}`);
  return values;
}

function lists(told: Readonly<Record<string, unknown>>, name: string): readonly (readonly number[])[] {
  const values = told[name];
  if (!Array.isArray(values) || !values.every((one) => Array.isArray(one) && one.every(Number.isInteger))) throw new TypeError(`clinics.json: hours.${name}`);
  return values as number[][];
}

function zoneOf([offsetH, summer]: readonly number[]): Zone {
  if (offsetH === undefined || summer === undefined) throw new TypeError("clinics.json: hours.zones");
  return { offsetH, hasSummer: summer === 1 };
}

function hoursOf([zoneNumber, ...edges]: readonly number[], zones: readonly Zone[]): Hours {
  const zone = zones[zoneNumber ?? -1];
  const isInOrder = edges.every((edge, n) => edge > (edges[n - 1] ?? -1) && edge <= WEEK);
  if (zone === undefined || edges.length % 2 === 1 || !isInOrder) throw new TypeError("clinics.json: hours.weeks");
  const week = Array.from({ length: edges.length / 2 }, (_, n) => [edges[2 * n] ?? 0, edges[2 * n + 1] ?? 0] as const);
  return { zone, week };
}
