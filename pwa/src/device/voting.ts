/**
 * What several pictures of one code say together.
 *
 * Grain and glare spoil other modules in each picture, and so does a crack on a code that turns. Where none of them alone can be
 * corrected, most are right about nearly every module.
 */

/** A QR code as one picture shows it, its corner marks where they belong. */
export interface QrSymbol {
  /** Modules from side to side. */
  readonly side: number;
  /** Row by row: 1 a dark module, 0 a light one. */
  readonly modules: Uint8Array;
}

export interface Votes {
  /** Takes one more picture. Returns: what it may be with those of the same code before it, the likeliest first; none while it is alone */
  cast(seen: QrSymbol, atMs: number): QrSymbol[];
}

/** A code that a phone turns is seen in all four positions within this time. */
const KEPT_MS = 12_000;
/** Ten pictures a second for that long. */
const MOST = 120;
/**
 * The share of modules in which two pictures of one code agree at least. Where a fifth is wrong in each, 0.68 do; two codes of one size
 * agree in half of what they hold and in their marks, in all less than 0.6.
 */
const ALIKE = 0.65;
/** The share of right modules of its corner marks at which a find is a code at all. */
const MARKED = 0.8;
const MARK_SIDE = 7;
/** Dark where more of the pictures say so than this. Glare only ever hides dark modules, and black glass light ones: hence the others. */
const SHARES = [1 / 2, 1 / 3, 2 / 3] as const;

/** The share in which both are the same. */
function agreement(one: Uint8Array, other: Uint8Array): number {
  let same = 0;
  for (let at = 0; at < one.length; at += 1) if (one[at] === other[at]) same += 1;
  return same / one.length;
}

/** ISO/IEC 18004, finder pattern: a corner mark is dark but for its second ring. */
function isMarkDark(x: number, y: number): boolean {
  const middle = (MARK_SIDE - 1) / 2;
  return Math.max(Math.abs(x - middle), Math.abs(y - middle)) !== middle - 1;
}

function hasMarks({ side, modules }: QrSymbol): boolean {
  const far = side - MARK_SIDE;
  let right = 0;
  for (const [left, top] of [[0, 0], [far, 0], [0, far]] as const) {
    for (let at = 0; at < MARK_SIDE ** 2; at += 1) {
      const [x, y] = [at % MARK_SIDE, Math.floor(at / MARK_SIDE)];
      right += Number((modules[(top + y) * side + left + x] === 1) === isMarkDark(x, y));
    }
  }
  return right >= MARKED * 3 * MARK_SIDE ** 2;
}

/** How many of the pictures show each module dark. */
function tally(all: readonly QrSymbol[], length: number): Uint16Array {
  const dark = new Uint16Array(length);
  for (const { modules } of all) for (let at = 0; at < length; at += 1) dark[at] = (dark[at] ?? 0) + (modules[at] ?? 0);
  return dark;
}

/** Dark where more than so many say so; where exactly so many do, as the last says. */
function elected(dark: Uint16Array, limit: number, last: QrSymbol): QrSymbol {
  const modules = last.modules.map((own, at) => (dark[at] === limit ? own : Number((dark[at] ?? 0) > limit)));
  return { side: last.side, modules };
}

export function createVotes(): Votes {
  let kept: { readonly symbol: QrSymbol; readonly atMs: number }[] = [];

  return {
    cast(seen, atMs) {
      if (!hasMarks(seen)) return [];
      kept = kept.filter((each) => atMs - each.atMs < KEPT_MS).slice(1 - MOST);
      const before = kept.map(({ symbol }) => symbol).filter(({ side, modules }) => side === seen.side && agreement(modules, seen.modules) > ALIKE);
      kept.push({ symbol: seen, atMs });
      if (before.length === 0) return [];
      const dark = tally([...before, seen], seen.modules.length);
      return SHARES.map((share) => elected(dark, share * (before.length + 1), seen));
    },
  };
}
