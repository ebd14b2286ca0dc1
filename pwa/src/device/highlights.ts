/** What a picture shows under its glare. */

/** A camera's picture: in colour, or its light alone as a PGM file. */
export type Pixels = ImageData | Uint8Array;

/**
 * The exponent by which light is spread. Where a lamp shines in the glass, paper is white and ink nearly so: of the brightest, 0.95 and
 * 1 become 0.77 and 1. Higher, and grain in what is white looks like ink.
 */
const GAMMA = 5;
const LEVELS = 256;
/** Every so many pixels are looked at for the brightest. */
const STRIDE = 61;
const ROW_WEIGHT = 4;

/** Glare is white, and covers more than a glint: of all levels the upper third, of all pixels so many within this share of the brightest. */
const WHITE = 170;
const COVERED = 0.015;
const AS_BRIGHT = 0.98;

interface Light {
  readonly width: number;
  readonly height: number;
  /** A byte a pixel, row by row. */
  readonly pixels: Uint8Array;
}

function lightOfFile(file: Uint8Array): Light {
  const end = file.indexOf(10) + 1;
  const [, width = 0, height = 0] = new TextDecoder().decode(file.subarray(0, end)).split(" ").map(Number);
  return { width, height, pixels: file.subarray(end) };
}

function lightOfColours({ data, width, height }: ImageData): Light {
  const pixels = new Uint8Array(width * height);
  for (let at = 0; at < pixels.length; at += 1) {
    pixels[at] = ((data[4 * at] ?? 0) + 2 * (data[4 * at + 1] ?? 0) + (data[4 * at + 2] ?? 0)) >> 2;
  }
  return { width, height, pixels };
}

/** Each pixel twice with both beside it: the horizontal half of a softening by a quarter, a half and a quarter, four times as bright. */
function softenedRows(pixels: Uint8Array): Uint16Array {
  const sums = new Uint16Array(pixels.length);
  let [before, here] = [0, pixels[0] ?? 0];
  for (let at = 0; at < pixels.length; at += 1) {
    const after = pixels[at + 1] ?? 0;
    sums[at] = before + 2 * here + after;
    before = here;
    here = after;
  }
  return sums;
}

function brightestOf(sums: Uint16Array): number {
  let brightest = 1;
  for (let at = 0; at < sums.length; at += STRIDE) brightest = Math.max(brightest, sums[at] ?? 0);
  return brightest / ROW_WEIGHT;
}

/** Whether the picture has glare at all, or paper that might lie in it. */
export function hasGlare(picture: Pixels): boolean {
  const [light, step] = picture instanceof Uint8Array ? [picture, STRIDE] : [picture.data, 4 * STRIDE];
  const levels = new Uint32Array(LEVELS);
  let looked = 0;
  for (let at = step; at < light.length; at += step) {
    const level = light[at] ?? 0;
    levels[level] = (levels[level] ?? 0) + 1;
    looked += 1;
  }
  const brightest = levels.findLastIndex((count) => count > 1);
  const white = levels.reduce((sum, count, level) => (level >= AS_BRIGHT * brightest ? sum + count : sum), 0);
  return brightest >= WHITE && white >= COVERED * looked;
}

/** The vertical half, by which each pixel is its own sixteen times as bright, and its level's place among all. */
function spread(out: Uint8Array, rows: Uint16Array, width: number, levels: Uint8Array): void {
  // The first row and the last stay black: a code has its quiet zone around it.
  const last = rows.length - width;
  for (let at = width; at < last; at += 1) {
    const sum = (rows[at - width] ?? 0) + 2 * (rows[at] ?? 0) + (rows[at + width] ?? 0);
    out[at] = levels[sum >> 4] ?? 0;
  }
}

/** The picture's light, its grain softened and its highlights spread over all levels, as a PGM file. */
export function highlights(picture: Pixels): Uint8Array {
  const { width, height, pixels } = picture instanceof Uint8Array ? lightOfFile(picture) : lightOfColours(picture);
  const rows = softenedRows(pixels);
  const brightest = brightestOf(rows);
  const levels = Uint8Array.from({ length: LEVELS }, (_, level) => (LEVELS - 1) * Math.min(1, level / brightest) ** GAMMA);
  const header = new TextEncoder().encode(`P5 ${width} ${height} 255\n`);
  const file = new Uint8Array(header.length + pixels.length);
  file.set(header);
  spread(file.subarray(header.length), rows, width, levels);
  return file;
}
