import { readFileSync } from "node:fs"
import fc from "fast-check"
import { expect, test } from "vitest"
import { distanceM, nearest, type Point, toEcef } from "./geo"

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

const ecefOf = (places: readonly Point[]): Float64Array =>
  Float64Array.from(places.flatMap(([latitude, longitude]) => toEcef(latitude, longitude)))

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
      expect(nearest(ecefOf(places), origin, options)).toEqual(item.output)
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
    fc.property(place, fc.array(place, { minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 8 }), (origin, places, limit) => {
      const byGround = places.map((other) => distanceM(origin, other)).sort((a, b) => a - b)
      nearest(ecefOf(places), origin, { limit }).forEach((n, rank) => {
        const metres = distanceM(origin, places[n]!)
        expect(Math.abs(metres - byGround[rank]!)).toBeLessThanOrEqual(0.001 + metres * 1e-5)
      })
    }),
  )
})
