/**
 * A QR code that is partly hidden, made whole by its own correction.
 *
 * What hides a part of a code, glare, a thumb, black glass, shows: a patch of one colour, which a code of our sizes does not have by
 * itself. What lies there is doubted, and so may be twice as much as what is wrong unnoticed (reed-solomon.ts).
 */
import { CODEWORD, layoutOf, type QrBlock, type QrLayout } from "./qr-layout";
import { drawPatterns, type QrSymbol } from "./qr-patterns";
import { corrected } from "./reed-solomon";

/** A code shows a square of that many equal modules by chance in one of 32,768 places. */
const PATCH_SIDE = 4;
/** Codewords of each block's correction that prove what the doubted were mended to: chance alone passes one block of 2^32. */
const SPARE = 4;
/** How many codewords fewer are doubted with each attempt. */
const STEP = 2;

/** Of each module, 1 where it lies in a patch of one colour or at its edge, 0 where not. */
export function patches({ side, modules }: QrSymbol): Uint8Array {
  const found = new Uint8Array(modules.length);
  const isEven = (left: number, top: number): boolean => {
    const first = modules[top * side + left];
    for (let y = top; y < top + PATCH_SIDE; y += 1) {
      for (let x = left; x < left + PATCH_SIDE; x += 1) if (modules[y * side + x] !== first) return false;
    }
    return true;
  };
  for (let top = 0; top + PATCH_SIDE <= side; top += 1) {
    for (let left = 0; left + PATCH_SIDE <= side; left += 1) if (isEven(left, top)) cover(found, side, left, top);
  }
  return found;
}

/** The patch with one module around it, which is often half hidden. */
function cover(found: Uint8Array, side: number, left: number, top: number): void {
  const [from, to] = [Math.max(0, left - 1), Math.min(side, left + PATCH_SIDE + 1)];
  for (let y = Math.max(0, top - 1); y < Math.min(side, top + PATCH_SIDE + 1); y += 1) found.fill(1, y * side + from, y * side + to);
}

function bitsOf(modules: Uint8Array, layout: QrLayout, codeword: number): number {
  let value = 0;
  for (let bit = 0; bit < CODEWORD; bit += 1) {
    const place = layout.order[codeword * CODEWORD + bit] ?? 0;
    value = (value << 1) | ((modules[place] ?? 0) ^ Number(layout.isMasked(place)));
  }
  return value;
}

function doubtOf(doubts: ArrayLike<number>, layout: QrLayout, codeword: number): number {
  let sum = 0;
  for (let bit = 0; bit < CODEWORD; bit += 1) sum += doubts[layout.order[codeword * CODEWORD + bit] ?? 0] ?? 0;
  return sum;
}

/** The block with its most doubted codewords erased, as many as its correction allows, then fewer, then none (G. D. Forney's generalised minimum distance). */
function blockMended({ codewords, parity }: QrBlock, modules: Uint8Array, doubts: ArrayLike<number>, layout: QrLayout): Uint8Array | null {
  const word = Uint8Array.from(codewords, (codeword) => bitsOf(modules, layout, codeword));
  const doubted = codewords
    .map((codeword, place) => ({ place, doubt: doubtOf(doubts, layout, codeword) }))
    .filter(({ doubt }) => doubt > 0)
    .sort((one, other) => other.doubt - one.doubt)
    .map(({ place }) => place);
  for (let most = Math.min(doubted.length, parity - SPARE); most > 0; most -= STEP) {
    const mended = corrected(word, parity, doubted.slice(0, most), SPARE);
    if (mended !== null) return mended;
  }
  return corrected(word, parity, [], 0);
}

function write(modules: Uint8Array, layout: QrLayout, codeword: number, value: number): void {
  for (let bit = 0; bit < CODEWORD; bit += 1) {
    const place = layout.order[codeword * CODEWORD + bit] ?? 0;
    modules[place] = ((value >> (CODEWORD - 1 - bit)) & 1) ^ Number(layout.isMasked(place));
  }
}

/**
 * The symbol as it was drawn.
 *
 * doubts:  of each module how little is known of it: 0 nothing speaks against it, 1 it was not seen
 *   Returns: null where too much is hidden
 */
export function mended(symbol: QrSymbol, doubts: ArrayLike<number>): QrSymbol | null {
  const layout = layoutOf(symbol);
  const modules = symbol.modules.slice();
  for (const block of layout.blocks) {
    const whole = blockMended(block, symbol.modules, doubts, layout);
    if (whole === null) return null;
    for (const [n, codeword] of block.codewords.entries()) write(modules, layout, codeword, whole[n] ?? 0);
  }
  drawPatterns(modules, symbol.side, layout.format);
  return { side: symbol.side, modules };
}
