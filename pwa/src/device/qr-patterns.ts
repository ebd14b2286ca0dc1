/** What every QR code of a size has alike: its marks, and where it tells its format and its version. Source: ISO/IEC 18004:2015, 6.3, 7.9, 7.10. */

/** A QR code as one picture shows it, its corner marks where they belong. */
export interface QrSymbol {
  /** Modules from side to side. */
  readonly side: number;
  /** Row by row: 1 a dark module, 0 a light one. */
  readonly modules: Uint8Array;
}

export const versionOf = (side: number): number => (side - 17) / 4;

/** A module that is dark, one that is light, one that depends on the format or the version, and null for one that carries codewords. */
export type Pattern = 1 | 0 | "told" | null;

const ring = (x: number, y: number): number => Math.max(Math.abs(x), Math.abs(y));

/** Annex E: column and row of the alignment patterns' middles. */
function alignments(side: number): (readonly [number, number])[] {
  const version = versionOf(side);
  if (version === 1) return [];
  const count = Math.floor(version / 7) + 2;
  const step = version === 32 ? 26 : Math.ceil((side - 13) / (2 * count - 2)) * 2;
  const last = side - 7;
  const lines = [6, ...Array.from({ length: count - 1 }, (_, n) => last - n * step)];
  const isCorner = (x: number, y: number): boolean => (x === 6 && (y === 6 || y === last)) || (x === last && y === 6);
  return lines.flatMap((x) => lines.map((y) => [x, y] as const)).filter(([x, y]) => !isCorner(x, y));
}

/** By place, row by row. */
export function patternsOf(side: number): Pattern[] {
  const map = new Array<Pattern>(side * side).fill(null);
  const set = (x: number, y: number, pattern: Pattern): void => {
    if (Math.min(x, y) >= 0 && Math.max(x, y) < side) map[y * side + x] = pattern;
  };
  const mark = (middleX: number, middleY: number, reach: number, isDark: (at: number) => boolean): void => {
    for (let y = -reach; y <= reach; y += 1) for (let x = -reach; x <= reach; x += 1) set(middleX + x, middleY + y, isDark(ring(x, y)) ? 1 : 0);
  };
  for (let at = 0; at < side; at += 1) {
    set(at, 6, at % 2 === 0 ? 1 : 0);
    set(6, at, at % 2 === 0 ? 1 : 0);
  }
  for (const [x, y] of alignments(side)) mark(x, y, 2, (at) => at !== 1);
  for (const [x, y] of [[3, 3], [side - 4, 3], [3, side - 4]] as const) mark(x, y, 4, (at) => at < 2 || at === 3);
  for (const [x, y] of formatPlaces(side)) set(x, y, "told");
  set(8, side - 8, 1);
  for (const [x, y] of versionPlaces(side)) set(x, y, "told");
  return map;
}

/** Annex C: the fifteen bits of a format, level and mask. */
export function formatBits(format: number): number {
  return ((format << 10) | remainder(format << 10, 0x537, 10)) ^ 0x5412;
}

function remainder(value: number, generator: number, degree: number): number {
  let rest = value;
  for (let bit = 17; bit >= degree; bit -= 1) if (((rest >> bit) & 1) === 1) rest ^= generator << (bit - degree);
  return rest;
}

/** 7.9.1, figure 25: column and row of each bit of a format, the lowest first, at both of its places. */
export function formatPlaces(side: number): readonly (readonly [number, number])[] {
  const beside = Array.from({ length: 15 }, (_, bit) => {
    if (bit < 6) return [8, bit] as const;
    if (bit < 8) return [8, bit + 1] as const;
    return bit === 8 ? ([7, 8] as const) : ([14 - bit, 8] as const);
  });
  const apart = Array.from({ length: 15 }, (_, bit) => (bit < 8 ? ([side - 1 - bit, 8] as const) : ([8, side - 15 + bit] as const)));
  return [...beside, ...apart];
}

/** 7.10, figure 28: column and row of each bit of a version, the lowest first, at both of its places; none below version 7. */
function versionPlaces(side: number): readonly (readonly [number, number])[] {
  if (versionOf(side) < 7) return [];
  const places = Array.from({ length: 18 }, (_, bit) => [side - 11 + (bit % 3), Math.floor(bit / 3)] as const);
  return [...places, ...places.map(([x, y]) => [y, x] as const)];
}

/** Draws into the modules all that carries no codeword. */
export function drawPatterns(modules: Uint8Array, side: number, format: number): void {
  for (const [at, pattern] of patternsOf(side).entries()) if (pattern === 1 || pattern === 0) modules[at] = pattern;
  const version = versionOf(side);
  const versionBits = (version << 12) | remainder(version << 12, 0x1f25, 12);
  const bits = formatBits(format);
  for (const [n, [x, y]] of formatPlaces(side).entries()) modules[y * side + x] = (bits >> n % 15) & 1;
  for (const [n, [x, y]] of versionPlaces(side).entries()) modules[y * side + x] = (versionBits >> n % 18) & 1;
}
