/**
 * What several pictures of one code say together.
 *
 * Grain and glare spoil other modules in each picture, and so does a crack on a code that turns. Where none of them alone can be
 * corrected, most are right about nearly every module; and where a patch hides one, those that see it are asked.
 */
import { patches } from "./mending";
import { dataPlaces } from "./qr-layout";
import type { QrSymbol } from "./qr-patterns";

/** A symbol as it probably is. */
export interface Likely {
  readonly symbol: QrSymbol;
  /** Of each module how little is known of it: 0 nothing speaks against it, 1 nobody saw it. */
  readonly doubts: Float32Array;
}

export interface Votes {
  /** Takes one more picture. Returns: what it may be, alone and with those of the same code before it; none where that is no code */
  cast(seen: QrSymbol, atMs: number): Likely[];
}

/** A code that a phone turns is seen in all four positions within this time. */
const KEPT_MS = 12_000;
/** Ten pictures a second for that long. */
const MOST = 120;
/** By how many standard deviations two pictures of one code agree more than those of two do: of modules that both show, half by chance. */
const SURE = 6;
/** The share of right modules of its corner marks at which a find is a code at all. */
const MARKED = 0.8;
const MARK_SIDE = 7;
/** Dark where more of the pictures say so than this. Small glints only ever hide dark modules, and splinters of black glass light ones. */
const SHARES = [1 / 2, 1 / 3, 2 / 3] as const;

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

interface Vote {
  readonly symbol: QrSymbol;
  /** 1 where something hides the code. */
  readonly hidden: Uint8Array;
  /** 1 where it has no say: where it is hidden, or where another look at the same picture has voted. */
  readonly silent: Uint8Array;
  readonly atMs: number;
  /** Another look at a picture that has voted: it adds what that did not show, and outvotes nobody. */
  readonly isAgain: boolean;
}

/** Whether both show one code, by what neither of them hides; what all codes of a size have alike says nothing. */
function isSameCode(one: Vote, other: Vote): boolean {
  if (one.symbol.side !== other.symbol.side) return false;
  let [same, common] = [0, 0];
  for (const place of dataPlaces(one.symbol.side)) {
    if (one.hidden[place] === 1 || other.hidden[place] === 1) continue;
    common += 1;
    if (one.symbol.modules[place] === other.symbol.modules[place]) same += 1;
  }
  return same > common / 2 + SURE * (Math.sqrt(common) / 2);
}

/** How many pictures show each module, and how many of them dark. */
interface Tally {
  readonly seen: Uint16Array;
  readonly dark: Uint16Array;
}

/** all:  whether those that hide a module are asked as well, each picture once */
function tally(votes: readonly Vote[], length: number, all: boolean): Tally {
  const [seen, dark] = [new Uint16Array(length), new Uint16Array(length)];
  for (const { symbol, silent, isAgain } of votes) {
    if (all && isAgain) continue;
    for (let at = 0; at < length; at += 1) {
      if (!all && silent[at] === 1) continue;
      seen[at] = (seen[at] ?? 0) + 1;
      dark[at] = (dark[at] ?? 0) + (symbol.modules[at] ?? 0);
    }
  }
  return { seen, dark };
}

/** Dark where more than this share says so, and where exactly so many do, as the last says; the nearer to it, the more doubtful. */
function elected({ seen, dark }: Tally, share: number, last: QrSymbol): Likely {
  const doubts = new Float32Array(seen.length);
  const modules = last.modules.map((own, at) => {
    const [asked, yes] = [seen[at] ?? 0, dark[at] ?? 0];
    const limit = share * asked;
    doubts[at] = asked === 0 ? 1 : 1 - Math.abs(yes - limit) / (yes > limit ? asked - limit : limit);
    return yes === limit ? own : Number(yes > limit);
  });
  return { symbol: { side: last.side, modules }, doubts };
}

/** The look without what another at the same picture shows. */
function again(look: Vote, first: Vote): Vote {
  return { ...look, silent: look.silent.map((silent, at) => (first.silent[at] === 0 ? 1 : silent)), isAgain: true };
}

/** What one picture says of itself: what something hides is not known. */
export function alone(symbol: QrSymbol, hidden = patches(symbol)): Likely {
  return { symbol, doubts: Float32Array.from(hidden) };
}

export function createVotes(): Votes {
  let kept: Vote[] = [];

  return {
    cast(symbol, atMs) {
      if (!hasMarks(symbol)) return [];
      const hidden = patches(symbol);
      const look = { symbol, hidden, silent: hidden, atMs, isAgain: false };
      kept = kept.filter((each) => atMs - each.atMs < KEPT_MS).slice(1 - MOST);
      const before = kept.filter((each) => isSameCode(each, look));
      const vote = before.filter((each) => each.atMs === atMs).reduce(again, look);
      kept.push(vote);
      const own = alone(symbol, hidden);
      if (before.length === 0) return [own];
      const length = symbol.modules.length;
      const [shown, all] = [tally([...before, vote], length, false), tally([...before, vote], length, true)];
      return [own, elected(shown, 1 / 2, symbol), ...SHARES.map((share) => elected(all, share, symbol))];
    },
  };
}
