// Distances on the WGS-84 ellipsoid, and the nearest of many points.
// Source: NIMA TR8350.2 (WGS-84); T. Vincenty, Survey Review XXIII 176 (1975), inverse formula.
import { Malformed } from "./errors"

/** Latitude, longitude in degrees. */
export type Point = readonly [number, number]

const A = 6378137.0
const F = 1 / 298.257223563
const B = A * (1 - F)
const E2 = F * (2 - F)
const MEAN_RADIUS = 6371008.8 // IUGG, (2a + b) / 3
const ROUNDS = 100
const CLOSE = 1e-12 // radians: 0.006 mm on the ground

/**
 * Earth-centred x, y, z in metres of a point on the ellipsoid.
 *
 * Throws: Malformed for a latitude beyond ±90, a longitude beyond ±180, or no number at all
 */
export function toEcef(latitude: number, longitude: number): [number, number, number] {
  check([latitude, longitude])
  const phi = radians(latitude)
  const lam = radians(longitude)
  const n = A / Math.sqrt(1 - E2 * Math.sin(phi) ** 2)
  const across = n * Math.cos(phi)
  return [across * Math.cos(lam), across * Math.sin(lam), n * (1 - E2) * Math.sin(phi)]
}

/**
 * Length in metres of the shortest way over the ellipsoid, to a millimetre.
 *
 * Nearly opposite points of the Earth, where Vincenty's iteration does not settle, get the distance over a sphere
 * (0.6 % off at most).
 * Throws: Malformed as toEcef
 */
export function distanceM(a: Point, b: Point): number {
  check(a)
  check(b)
  if (a[0] === b[0] && a[1] === b[1]) return 0
  return vincenty(a, b) ?? overASphere(a, b)
}

/**
 * The numbers of the points nearest to the origin, nearest first; equal distances by number.
 *
 * ecef: x, y, z of point 0, of point 1, …
 * keep: which points count (all, when not given)
 * Straight chords order points as the ways over the ground do, at any distance that a person travels to a clinic.
 */
export function nearest(
  ecef: Float64Array,
  origin: Point,
  options: { readonly limit: number; readonly keep?: (n: number) => boolean },
): number[] {
  const { limit, keep } = options
  const [x, y, z] = toEcef(...origin)
  const found: { n: number; chord: number }[] = []
  const count = Math.floor(ecef.length / 3)
  let worst = limit > 0 ? Infinity : -1
  for (let n = 0; n < count; n++) {
    const chord = chordOf(ecef, n, x, y, z)
    // The cheap comparison comes first: few points get as far as the predicate.
    if (chord >= worst || (keep !== undefined && !keep(n))) continue
    const at = found.findLastIndex((other) => other.chord <= chord) + 1
    found.splice(at, 0, { n, chord })
    if (found.length > limit) found.pop()
    if (found.length === limit) worst = found[limit - 1]?.chord ?? worst
  }
  return found.map(({ n }) => n)
}

function chordOf(ecef: Float64Array, n: number, x: number, y: number, z: number): number {
  const dx = (ecef[3 * n] ?? NaN) - x
  const dy = (ecef[3 * n + 1] ?? NaN) - y
  const dz = (ecef[3 * n + 2] ?? NaN) - z
  return dx * dx + dy * dy + dz * dz
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180
}

function check(point: Point): void {
  // A comparison with NaN is false, so NaN is refused too.
  if (!(Math.abs(point[0]) <= 90 && Math.abs(point[1]) <= 180)) {
    throw new Malformed("location-out-of-range", "not a latitude and longitude", "location")
  }
}

/** Vincenty's inverse solution, with his names; null when it does not settle. */
function vincenty(a: Point, b: Point): number | null {
  const difference = radians(b[1] - a[1])
  const u1 = Math.atan((1 - F) * Math.tan(radians(a[0])))
  const u2 = Math.atan((1 - F) * Math.tan(radians(b[0])))
  const sinU = Math.sin(u1) * Math.sin(u2)
  const cosU = Math.cos(u1) * Math.cos(u2)
  let lam = difference
  for (let round = 0; round < ROUNDS; round++) {
    const first = Math.cos(u2) * Math.sin(lam)
    const second = Math.cos(u1) * Math.sin(u2) - Math.sin(u1) * Math.cos(u2) * Math.cos(lam)
    const sinSigma = Math.hypot(first, second)
    if (sinSigma === 0) return 0 // apart by less than numbers can tell
    const cosSigma = sinU + cosU * Math.cos(lam)
    const sigma = Math.atan2(sinSigma, cosSigma)
    const sinAlpha = (cosU * Math.sin(lam)) / sinSigma
    const cos2Alpha = 1 - sinAlpha ** 2
    const middle = cos2Alpha > CLOSE ? cosSigma - (2 * sinU) / cos2Alpha : 0
    const c = (F / 16) * cos2Alpha * (4 + F * (4 - 3 * cos2Alpha))
    const bend = middle + c * cosSigma * (2 * middle ** 2 - 1)
    const before = lam
    lam = difference + (1 - c) * F * sinAlpha * (sigma + c * sinSigma * bend)
    if (Math.abs(lam - before) < CLOSE) return lengthOf(cos2Alpha, middle, sigma)
  }
  return null
}

function lengthOf(cos2Alpha: number, middle: number, sigma: number): number {
  const u2 = (cos2Alpha * (A ** 2 - B ** 2)) / B ** 2
  const a = 1 + (u2 / 16384) * (4096 + u2 * (u2 * (320 - 175 * u2) - 768))
  const b = (u2 / 1024) * (256 + u2 * (u2 * (74 - 47 * u2) - 128))
  const sinSigma = Math.sin(sigma)
  const cosSigma = Math.cos(sigma)
  const last = (b / 6) * middle * (4 * sinSigma ** 2 - 3) * (4 * middle ** 2 - 3)
  const delta = b * sinSigma * (middle + (b / 4) * (cosSigma * (2 * middle ** 2 - 1) - last))
  return B * a * (sigma - delta)
}

function overASphere(a: Point, b: Point): number {
  const phi1 = radians(a[0])
  const phi2 = radians(b[0])
  const across = Math.cos(phi1) * Math.cos(phi2) * Math.sin(radians(b[1] - a[1]) / 2) ** 2
  const haversine = Math.sin((phi2 - phi1) / 2) ** 2 + across
  return 2 * MEAN_RADIUS * Math.asin(Math.min(1, Math.sqrt(haversine)))
}
