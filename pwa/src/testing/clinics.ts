/** The `clinics.json` of a few units, in the order in which they are given. */

export interface Unit {
  readonly clues: string;
  readonly name?: string;
  readonly institution?: string;
  readonly state?: string;
  readonly municipality?: string;
  readonly level?: number;
  /** Degrees; none for a unit that the catalogue has nowhere, which must come last. */
  readonly at?: readonly [number, number] | null;
  /** Whether people are sent there. */
  readonly nearest?: boolean;
  /** In the centre of the country: minutes since Monday 0:00 at which it opens and closes. */
  readonly week?: readonly number[];
}

const PACHUCA = [20.1, -98.75] as const;

function steps(values: readonly number[]): number[] {
  return values.map((value, n) => value - (values[n - 1] ?? 0));
}

function hoursOf(units: readonly Unit[]): Record<string, unknown> {
  const known = units.flatMap(({ week }, n) => (week === undefined ? [] : [{ n, week: [0, ...week] }]));
  if (known.length === 0) return {};
  return { hours: { zones: [[-6, 0]], weeks: known.map(({ week }) => week), unit: steps(known.map(({ n }) => n)), week: known.map((_, n) => n) } };
}

/** aliases: by old key, the key of one of the units. */
export function clinicsDocument(units: readonly Unit[], aliases: Readonly<Record<string, string>> = {}): Record<string, unknown> {
  const places = units.flatMap(({ at }) => (at === null ? [] : [at ?? PACHUCA]));
  const e6 = (axis: 0 | 1): number[] => steps(places.map((at) => Math.round(at[axis] * 1e6)));
  const old = Object.entries(aliases).map(([alias, clues]) => [alias, units.findIndex((unit) => unit.clues === clues)] as const);
  return {
    version: 1,
    env: "test",
    digits: units.map(({ clues, institution, state }) => (institution === undefined && state === undefined ? clues.slice(5) : clues)),
    name: units.map(({ clues, name }) => name ?? `UNIDAD ${clues.slice(-2)}`),
    institution: units.map(({ clues, institution }) => institution ?? clues.slice(2, 5)),
    state: units.map(({ clues, state }) => state ?? clues.slice(0, 2)),
    municipality: units.map(({ municipality }) => municipality ?? "PACHUCA"),
    level: units.map(({ level }) => level ?? 1),
    nearest: units.map(({ nearest }) => (nearest === false ? 0 : 1)),
    lat_e6: e6(0),
    lon_e6: e6(1),
    ...hoursOf(units),
    aliases: { clues: old.map(([alias]) => alias), unit: steps(old.map(([, n]) => n)) },
  };
}
