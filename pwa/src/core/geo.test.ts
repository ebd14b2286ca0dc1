import { readFileSync } from "node:fs"
import fc from "fast-check"
import { expect, test } from "vitest"
import { distanceM, indexPoints, nearest, type Point, type PointIndex, toEcef } from "./geo"

type Case = { id: string; expect: string; within_m: number } & (
  | { call: "to_ecef"; input: Point; output: number[] }
  | { call: "distance_m"; input: { a: Point; b: Point }; output: number }
  | {
      call: "nearest"
      input: { places: Point[]; origin: Point; limit: number; keep: number[] | null }
      output: number[]
    }
)

const vectors = JSON.parse(readFileSync(new URL("../../../tests/vectors/geo.json", import.meta.url), "utf8")) as {
  cases: Case[]
}

const indexOf = (places: readonly Point[]): PointIndex =>
  indexPoints(Float64Array.from(places.flatMap(([latitude, longitude]) => toEcef(latitude, longitude))))

function checkCase(item: Case): void {
  switch (item.call) {
    case "to_ecef":
      toEcef(...item.input).forEach((metres, axis) => {
        expect(Math.abs(metres - (item.output[axis] ?? NaN))).toBeLessThanOrEqual(item.within_m)
      })
      return
    case "distance_m":
      expect(Math.abs(distanceM(item.input.a, item.input.b) - item.output)).toBeLessThanOrEqual(item.within_m)
      return
    case "nearest": {
      const { places, origin, limit, keep } = item.input
      const options = keep === null ? { limit } : { limit, keep: (n: number) => keep.includes(n) }
      expect(nearest(indexOf(places), origin, options)).toEqual(item.output)
    }
  }
}

test.each(vectors.cases.map((item) => [item.id, item] as const))("%s", (_, item) => {
  if (item.expect === "valid") checkCase(item)
  else expect(() => checkCase(item)).toThrow(expect.objectContaining({ slug: item.expect }))
})

test("what is no number is no place", () => {
  expect(() => distanceM([0, 0], [NaN, 0])).toThrow(expect.objectContaining({ slug: "location-out-of-range" }))
})

const coordinate = (min: number, max: number): fc.Arbitrary<number> => fc.double({ min, max, noNaN: true })
const place: fc.Arbitrary<Point> = fc.tuple(coordinate(14, 33), coordinate(-118.5, -86.5))

test("the nearest are the same as by sorting all distances", () => {
  fc.assert(
    fc.property(place, fc.array(place, { minLength: 1, maxLength: 200 }), fc.integer({ min: 1, max: 8 }), (origin, places, limit) => {
      const byGround = places.map((other) => distanceM(origin, other)).sort((a, b) => a - b)
      nearest(indexOf(places), origin, { limit }).forEach((n, rank) => {
        const metres = distanceM(origin, places[n]!)
        expect(Math.abs(metres - byGround[rank]!)).toBeLessThanOrEqual(0.001 + metres * 1e-5)
      })
    }),
  )
})

test("of so many points that boxes stand in boxes in boxes, the nearest are as by sorting every chord", () => {
  let seed = 137
  const chance = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647
  const somewhere = (): Point => [14.6 + 18 * chance(), -117 + 30.2 * chance()]
  const places = Array.from({ length: 33_000 }, somewhere).sort(([one], [other]) => one - other)
  const index = indexOf(places)
  expect(index.levels.map((boxes) => boxes.length / 6)).toEqual([1032, 33, 2])
  for (let asked = 0; asked < 20; asked++) {
    const origin = somewhere()
    const at = toEcef(...origin)
    const chords = places.map((point, n) => ({ n, chord: toEcef(...point).reduce((sum, value, axis) => sum + (value - at[axis]!) ** 2, 0) }))
    const sorted = chords.filter(({ n }) => n % 3 > 0).sort((one, other) => one.chord - other.chord || one.n - other.n)
    expect(nearest(index, origin, { limit: 5, keep: (n) => n % 3 > 0 })).toEqual(sorted.slice(0, 5).map(({ n }) => n))
  }
})

test("no points have no nearest", () => {
  expect(nearest(indexOf([]), [20, -99], { limit: 5 })).toEqual([])
})

test("many points in many boxes, kept or not, equal or not, are as by sorting every chord", () => {
  const grid = fc.tuple(fc.integer({ min: 15, max: 32 }), fc.integer({ min: -118, max: -87 }))
  const asked = { places: fc.array(grid, { minLength: 100, maxLength: 300 }), origin: grid, every: fc.integer({ min: 1, max: 90 }) }
  fc.assert(
    fc.property(fc.record(asked), ({ places, origin, every }) => {
      const at = toEcef(...origin)
      const chord = (n: number): number => toEcef(...places[n]!).reduce((sum, value, axis) => sum + (value - at[axis]!) ** 2, 0)
      const kept = places.map((_, n) => n).filter((n) => n % every === 0)
      const sorted = kept.map((n) => ({ n, chord: chord(n) })).sort((one, other) => one.chord - other.chord || one.n - other.n)
      const found = nearest(indexOf(places), origin, { limit: 5, keep: (n) => n % every === 0 })
      expect(found).toEqual(sorted.slice(0, 5).map(({ n }) => n))
    }),
  )
})
