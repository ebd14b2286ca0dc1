/**
 * Reed-Solomon codes as QR codes use them, corrected where some places are known to be spoilt.
 *
 * The decoder we ship corrects only what it has to find. A place that is known to say nothing, an erasure, costs half as much of the
 * correction: a code at level M, of whose codewords 15 % may be wrong, is read with up to 30 % of them hidden. Source: ISO/IEC 18004:2015, 7.5 and annex A;
 * R. E. Blahut, Algebraic Codes for Data Transmission (2003), 7.4 (Berlekamp-Massey with erasures) and 7.5 (Forney).
 */

/** ISO/IEC 18004, 7.5.2: x^8 + x^4 + x^3 + x^2 + 1. */
const FIELD_POLYNOMIAL = 0x11d;
const ORDER = 255;

const EXP = new Uint8Array(2 * ORDER);
const LOG = new Uint8Array(ORDER + 1);
for (let power = 0, value = 1; power < ORDER; power += 1) {
  EXP[power] = value;
  EXP[power + ORDER] = value;
  LOG[value] = power;
  value <<= 1;
  if (value > ORDER) value ^= FIELD_POLYNOMIAL;
}

const at = (of: Uint8Array, place: number): number => of[place] ?? 0;
const times = (one: number, other: number): number => (one === 0 || other === 0 ? 0 : at(EXP, at(LOG, one) + at(LOG, other)));
const over = (one: number, divisor: number): number => (one === 0 ? 0 : at(EXP, at(LOG, one) + ORDER - at(LOG, divisor)));

/** The value at x of a polynomial whose lowest coefficient comes first. */
function valueAt(polynomial: Uint8Array, x: number): number {
  let value = 0;
  for (let power = polynomial.length - 1; power >= 0; power -= 1) value = times(value, x) ^ at(polynomial, power);
  return value;
}

/** What a word without errors leaves at each root of the generator: nothing. */
function syndromesOf(word: Uint8Array, parity: number): Uint8Array {
  return Uint8Array.from({ length: parity }, (_, power) => {
    let value = 0;
    for (const symbol of word) value = times(value, at(EXP, power)) ^ symbol;
    return value;
  });
}

/** The product of (1 - X·x) over the erased places. */
function erasureLocator(word: Uint8Array, erased: readonly number[], parity: number): Uint8Array {
  const locator = new Uint8Array(parity + 1);
  locator[0] = 1;
  for (const place of erased) {
    const x = at(EXP, word.length - 1 - place);
    for (let power = parity; power > 0; power -= 1) locator[power] = at(locator, power) ^ times(at(locator, power - 1), x);
  }
  return locator;
}

/** Berlekamp-Massey, begun with what is known. Returns: the locator of all errors, and how many it says there are */
function errorLocator(syndromes: Uint8Array, known: Uint8Array, erasures: number): { locator: Uint8Array; count: number } {
  let locator = known.slice();
  let before = known.slice();
  let count = erasures;
  for (let step = erasures; step < syndromes.length; step += 1) {
    before = Uint8Array.from({ length: before.length }, (_, power) => (power === 0 ? 0 : at(before, power - 1)));
    let discrepancy = 0;
    for (let power = 0; power <= step; power += 1) discrepancy ^= times(at(locator, power), at(syndromes, step - power));
    if (discrepancy === 0) continue;
    const next = locator.map((coefficient, power) => coefficient ^ times(discrepancy, at(before, power)));
    if (2 * count <= step + erasures) {
      count = step + 1 + erasures - count;
      before = locator.map((coefficient) => over(coefficient, discrepancy));
    }
    locator = next;
  }
  return { locator, count };
}

/** The product of the syndromes and the locator, cut at the correction's length; and the locator's derivative. */
function forneyOf(syndromes: Uint8Array, locator: Uint8Array): { evaluator: Uint8Array; derivative: Uint8Array } {
  const evaluator = Uint8Array.from({ length: syndromes.length }, (_, power) => {
    let sum = 0;
    for (let low = 0; low <= power; low += 1) sum ^= times(at(locator, low), at(syndromes, power - low));
    return sum;
  });
  const derivative = Uint8Array.from({ length: locator.length - 1 }, (_, power) => (power % 2 === 0 ? at(locator, power + 1) : 0));
  return { evaluator, derivative };
}

/** The places at which the locator has a root (Chien). */
function rootsOf(locator: Uint8Array, length: number): number[] {
  return Array.from({ length }, (_, place) => place).filter((place) => valueAt(locator, at(EXP, ORDER - ((length - 1 - place) % ORDER))) === 0);
}

/**
 * The nearest word of the code.
 *
 * word:    one block, its correction last; at most 255 codewords
 * parity:  how many of them are the correction
 * erased:  places of which nothing is known, whatever stands there
 * spare:   how much of the correction must stay unused, so that chance alone does not make a word
 *   Returns: the corrected block; null where it holds too many errors
 */
export function corrected(word: Uint8Array, parity: number, erased: readonly number[], spare: number): Uint8Array | null {
  const syndromes = syndromesOf(word, parity);
  if (syndromes.every((value) => value === 0)) return word;
  if (erased.length + spare > parity) return null;
  const { locator, count } = errorLocator(syndromes, erasureLocator(word, erased, parity), erased.length);
  if (2 * count - erased.length + spare > parity) return null;
  const places = rootsOf(locator, word.length);
  if (places.length !== count) return null;
  const { evaluator, derivative } = forneyOf(syndromes, locator);
  const mended = word.slice();
  for (const place of places) {
    const power = word.length - 1 - place;
    const inverse = at(EXP, ORDER - power);
    mended[place] = at(mended, place) ^ times(at(EXP, power), over(valueAt(evaluator, inverse), valueAt(derivative, inverse)));
  }
  return syndromesOf(mended, parity).every((value) => value === 0) ? mended : null;
}
