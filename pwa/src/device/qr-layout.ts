/** Where a QR code's codewords lie, and how they make blocks. Source: ISO/IEC 18004:2015, 7.5-7.9. */
import { formatBits, formatPlaces, patternsOf, versionOf, type QrSymbol } from "./qr-patterns";

/** Table 9: codewords of correction in each block, and blocks, by version, at each level. */
const PARITY = {
  L: [7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28, 28, 28, 30, 30, 26, 28, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30],
  M: [10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26, 26, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28],
  Q: [13, 22, 18, 26, 18, 24, 18, 22, 20, 24, 28, 26, 24, 20, 30, 24, 28, 28, 26, 30, 28, 30, 30, 30, 30, 28, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30],
  H: [17, 28, 22, 16, 22, 28, 26, 26, 24, 28, 24, 28, 22, 24, 24, 30, 28, 28, 26, 28, 30, 24, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30],
} as const;
const BLOCKS = {
  L: [1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8, 8, 9, 9, 10, 12, 12, 12, 13, 14, 15, 16, 17, 18, 19, 19, 20, 21, 22, 24, 25],
  M: [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16, 17, 17, 18, 20, 21, 23, 25, 26, 28, 29, 31, 33, 35, 37, 38, 40, 43, 45, 47, 49],
  Q: [1, 1, 2, 2, 4, 4, 6, 6, 8, 8, 8, 10, 12, 16, 12, 17, 16, 18, 21, 20, 23, 23, 25, 27, 29, 34, 34, 35, 38, 40, 43, 45, 48, 51, 53, 56, 59, 62, 65, 68],
  H: [1, 1, 2, 4, 4, 4, 5, 6, 8, 8, 11, 11, 16, 16, 18, 16, 19, 21, 25, 25, 25, 34, 30, 32, 35, 37, 40, 42, 45, 48, 51, 54, 57, 60, 63, 66, 70, 74, 77, 81],
} as const;
type Level = keyof typeof PARITY;
/** 7.9.1, table 12: by the two bits that tell it. */
const LEVELS: readonly Level[] = ["M", "L", "H", "Q"];
/** Modules of a codeword. */
export const CODEWORD = 8;

/** 7.8.2, table 10: dark and light are changed where this holds. */
const MASKS: readonly ((row: number, column: number) => boolean)[] = [
  (row, column) => (row + column) % 2 === 0,
  (row) => row % 2 === 0,
  (_, column) => column % 3 === 0,
  (row, column) => (row + column) % 3 === 0,
  (row, column) => (Math.floor(row / 2) + Math.floor(column / 3)) % 2 === 0,
  (row, column) => ((row * column) % 2) + ((row * column) % 3) === 0,
  (row, column) => (((row * column) % 2) + ((row * column) % 3)) % 2 === 0,
  (row, column) => (((row + column) % 2) + ((row * column) % 3)) % 2 === 0,
];

export interface QrBlock {
  /** The first module of each codeword is `codewords[n] * CODEWORD` in `order`; data first, then correction. */
  readonly codewords: readonly number[];
  readonly parity: number;
}

export interface QrLayout {
  /** The five bits of level and mask. */
  readonly format: number;
  /** As of dataPlaces. */
  readonly order: Uint16Array;
  readonly blocks: readonly QrBlock[];
  /** Whether a place of `modules` is changed by the mask. */
  isMasked(place: number): boolean;
}

/** 7.7.3: two columns at a time from the right, up and down. */
function orderOf(side: number): Uint16Array {
  const taken = patternsOf(side);
  const order: number[] = [];
  let isUp = true;
  for (let right = side - 1; right > 0; right -= 2) {
    if (right === 6) right = 5;
    for (let n = 0; n < side; n += 1) {
      const y = isUp ? side - 1 - n : n;
      for (const x of [right, right - 1]) if (taken[y * side + x] === null) order.push(y * side + x);
    }
    isUp = !isUp;
  }
  return Uint16Array.from(order);
}

/** The format whose bits are the nearest to what both its places show. */
function formatOf({ side, modules }: QrSymbol): number {
  const seen = formatPlaces(side).map(([x, y]) => modules[y * side + x] ?? 0);
  const wrong = (format: number): number => seen.filter((bit, n) => bit !== ((formatBits(format) >> n % 15) & 1)).length;
  const formats = Array.from({ length: 32 }, (_, format) => format);
  return formats.reduce((best, each) => (wrong(each) < wrong(best) ? each : best));
}

/** 7.5.1, 7.6: codewords are dealt to the blocks in turn, data and then correction; the last blocks have one more of data. */
function blocksOf(codewords: number, level: Level, version: number): QrBlock[] {
  const parity = PARITY[level][version - 1] ?? 0;
  const count = BLOCKS[level][version - 1] ?? 1;
  const shortest = Math.floor(codewords / count) - parity;
  const longer = codewords % count;
  const firstOfParity = codewords - parity * count;
  return Array.from({ length: count }, (_, block) => {
    const data = Array.from({ length: shortest }, (__, n) => n * count + block);
    if (block >= count - longer) data.push(shortest * count + block - (count - longer));
    return { codewords: [...data, ...Array.from({ length: parity }, (__, n) => firstOfParity + n * count + block)], parity };
  });
}

const orders = new Map<number, Uint16Array>();

/** The modules that carry codewords in a code of this size, as places of `modules`, in the order of their bits. */
export function dataPlaces(side: number): Uint16Array {
  const order = orders.get(side) ?? orderOf(side);
  orders.set(side, order);
  return order;
}

/** How the codewords of a symbol lie, by its size and by the format that it shows. */
export function layoutOf(symbol: QrSymbol): QrLayout {
  const { side } = symbol;
  const order = dataPlaces(side);
  const format = formatOf(symbol);
  const level = LEVELS[format >> 3] ?? "M";
  const mask = MASKS[format & 7] ?? (() => false);
  return {
    format,
    order,
    blocks: blocksOf(Math.floor(order.length / CODEWORD), level, versionOf(side)),
    isMasked: (place) => mask(Math.floor(place / side), place % side),
  };
}
