// Distances on the WGS-84 ellipsoid, and the nearest of many points.
// Source: NIMA TR8350.2 (WGS-84); T. Vincenty, Survey Review XXIII 176 (1975), inverse formula.
import { Malformed } from "./errors"

/** Latitude, longitude in degrees. */
export type Point = readonly [number, number]
/** x, y, z in metres, Earth-centred. */
export type Ecef = readonly [number, number, number]

const A = 6378137.0
const F = 1 / 298.257223563
const B = A * (1 - F)
const E2 = F * (2 - F)
const MEAN_RADIUS = 6371008.8 // IUGG, (2a + b) / 3
const ROUNDS = 100
const BOX = 32 // points
const CLOSE = 1e-12 // radians: 0.006 mm on the ground

/**
 * Earth-centred x, y, z in metres of a point on the ellipsoid.
 *
 * Throws: Malformed for a latitude beyond ±90, a longitude beyond ±180, or no number at all
 */
export function toEcef(latitude: number, longitude: number): Ecef {
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

/** Points in the order in which they were given, with the boxes around each few that follow one another, and around these. */
export interface PointIndex {
  /** x, y, z of point 0, of point 1, … */
  readonly ecef: Float64Array
  /** Of each level the boxes, least x, y, z and greatest x, y, z: around points 0 to 31, 32 to 63, …; around boxes 0 to 31 of that level, … */
  readonly levels: readonly Float64Array[]
}

/** ecef: x, y, z of point 0, of point 1, …; the nearest are found the faster, the nearer to one another neighbours are */
export function indexPoints(ecef: Float64Array): PointIndex {
  const levels = [boxesAround(ecef, 3)]
  for (let top = levels[0]; top && top.length > 6 * BOX; levels.push(top)) top = boxesAround(top, 6)
  return { ecef, levels }
}

/** The boxes around each few of what has so many numbers, 3 of a point or 6 of a box. */
function boxesAround(of: Float64Array, size: 3 | 6): Float64Array {
  const boxes = new Float64Array(6 * Math.ceil(of.length / size / BOX))
  for (let box = 0; 6 * box < boxes.length; box++) boxes.set(boxAround(of.subarray(size * BOX * box, size * BOX * (box + 1)), size), 6 * box)
  return boxes
}

function boxAround(of: Float64Array, size: 3 | 6): number[] {
  const box = [Infinity, Infinity, Infinity, -Infinity, -Infinity, -Infinity]
  for (const [n, value] of of.entries()) {
    const axis = n % 3
    if (n % size < 3) box[axis] = Math.min(box[axis] ?? value, value)
    if (n % size >= size - 3) box[axis + 3] = Math.max(box[axis + 3] ?? value, value)
  }
  return box
}

/**
 * The numbers of the points nearest to the origin, nearest first; equal distances by number.
 *
 * keep: which points count (all, when not given)
 * Straight chords order points as the ways over the ground do, at any distance that a person travels to a clinic.
 */
export function nearest(
  points: PointIndex,
  origin: Point,
  options: { readonly limit: number; readonly keep?: (n: number) => boolean },
): number[] {
  const { ecef, levels } = points
  const at = toEcef(...origin)
  const found = new Nearest(options)
  // The nearest box first: what it holds tells of nearly all others that they are too far.
  const look = (level: number, begin: number): void => {
    const boxes = levels[level]
    if (boxes === undefined) {
      found.addAll(ecef, begin, at)
      return
    }
    const end = Math.min(begin + BOX, boxes.length / 6)
    const chords = Array.from({ length: end - begin }, (_, n) => ({ box: begin + n, chord: chordToBox(boxes, begin + n, at) }))
    for (const { box, chord } of chords.sort((a, b) => a.chord - b.chord)) if (chord <= found.worst) look(level - 1, BOX * box)
  }
  look(levels.length - 1, 0)
  return found.numbers()
}

/** The nearest points of those that were added. */
class Nearest {
  /** The square of the chord beyond which no point can be one of them. */
  worst: number
  readonly #limit: number
  readonly #keep: (n: number) => boolean
  readonly #found: { readonly n: number; readonly chord: number }[] = []

  constructor({ limit, keep = () => true }: { readonly limit: number; readonly keep?: (n: number) => boolean }) {
    this.#limit = limit
    this.#keep = keep
    this.worst = limit > 0 ? Infinity : -1
  }

  add(n: number, chord: number): void {
    // The cheap comparison comes first: few points get as far as the predicate.
    if (chord > this.worst || !this.#keep(n)) return
    const found = this.#found
    const place = found.findLastIndex((other) => other.chord < chord || (other.chord === chord && other.n < n)) + 1
    found.splice(place, 0, { n, chord })
    if (found.length > this.#limit) found.pop()
    if (found.length === this.#limit) this.worst = found.at(-1)?.chord ?? this.worst
  }

  /** The few points from this one on. */
  addAll(ecef: Float64Array, begin: number, at: Ecef): void {
    const end = Math.min(begin + BOX, ecef.length / 3)
    for (let n = begin; n < end; n++) this.add(n, chordOf(ecef, n, at))
  }

  numbers(): number[] {
    return this.#found.map(({ n }) => n)
  }
}

/** The square of the chord to the nearest place in a box. */
function chordToBox(boxes: Float64Array, box: number, [x, y, z]: Ecef): number {
  const dx = beyond(boxes, 6 * box, x)
  const dy = beyond(boxes, 6 * box + 1, y)
  const dz = beyond(boxes, 6 * box + 2, z)
  return dx * dx + dy * dy + dz * dz
}

/** How far a value lies outside the bounds of one axis. */
function beyond(boxes: Float64Array, axis: number, value: number): number {
  return Math.max((boxes[axis] ?? NaN) - value, value - (boxes[axis + 3] ?? NaN), 0)
}

function chordOf(ecef: Float64Array, n: number, [x, y, z]: Ecef): number {
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
