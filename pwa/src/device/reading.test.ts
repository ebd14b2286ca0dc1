import { correction, generate, mode } from "lean-qr";
import { beforeAll, beforeEach, describe, expect, it, test, vi } from "vitest";
import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";
import { decoderWasm } from "../testing/decoder";
import { createReader, openDecoder, type OpenDecoder, type Reader } from "./reading";
import type { QrSymbol } from "./qr-patterns";
import { createVotes } from "./voting";

/** As many digits as a phone's pass with its proof has, at the correction that it has room for. */
const DIGITS = 850;
const passOf = (seed: number): string => `1${Array.from(chance(seed, DIGITS), (draw) => Math.floor(draw * 10)).join("")}`;

/** Numbers of [0, 1), the same for the same seed (mulberry32). */
function* chance(seed: number, count = Number.POSITIVE_INFINITY): Generator<number, void> {
  let state = seed;
  for (let drawn = 0; drawn < count; drawn += 1) {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    yield ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}

function symbolOf(text: string): QrSymbol {
  const code = generate(mode.numeric(text), { minCorrectionLevel: correction.L, maxCorrectionLevel: correction.L });
  const modules = Uint8Array.from({ length: code.size ** 2 }, (_, at) => Number(code.get(at % code.size, Math.floor(at / code.size))));
  return { side: code.size, modules };
}

/** Corner marks with what separates them, and the timing patterns: without those nobody finds a code. */
function isMark(side: number, at: number): boolean {
  const [x, y] = [at % side, Math.floor(at / side)];
  return x === 6 || y === 6 || (x < 9 && (y < 9 || y >= side - 8)) || (x >= side - 8 && y < 9);
}

type Spoil = (module: number, draw: number) => number;
const grain = (share: number): Spoil => (module, draw) => (draw < share ? 1 - module : module);
const glare = (share: number): Spoil => (module, draw) => (draw < share ? 0 : module);
const blackGlass = (share: number): Spoil => (module, draw) => (draw < share ? 1 : module);

function spoilt({ side, modules }: QrSymbol, seed: number, spoil: Spoil): QrSymbol {
  const draws = Array.from(chance(seed, modules.length));
  return { side, modules: modules.map((module, at) => (isMark(side, at) ? module : spoil(module, draws[at] ?? 1))) };
}

/** What a camera sees of it: four pixels a module, and a table around its quiet zone. */
function pictureOf({ side, modules }: QrSymbol): ImageData {
  const width = (side + 8) * 4 + 80;
  const data = new Uint8ClampedArray(4 * width * width).fill(90);
  const isDark = (x: number, y: number): boolean => Math.min(x, y) >= 0 && x < side && modules[y * side + x] === 1;
  for (let at = 0; at < width * width; at += 1) {
    const [x, y] = [Math.floor(((at % width) - 40) / 4) - 4, Math.floor((Math.floor(at / width) - 40) / 4) - 4];
    if (x < -4 || y < -4 || x >= side + 4 || y >= side + 4) continue;
    data.fill(isDark(x, y) ? 20 : 235, 4 * at, 4 * at + 3);
  }
  return { data, width, height: width, colorSpace: "srgb" };
}

let open: OpenDecoder;
let reader: Reader;

beforeAll(() => {
  open = openDecoder(decoderWasm());
});

beforeEach(() => {
  reader = createReader(open);
});

/** How many pictures of a code, each spoilt otherwise, the reader needs; null where all are too few. */
async function readAfter(symbol: QrSymbol, text: string, spoil: Spoil, most = 30): Promise<number | null> {
  for (let seen = 1; seen <= most; seen += 1) {
    if ((await reader.readFrame(pictureOf(spoilt(symbol, seen, spoil)), 100 * seen)) === text) return seen;
  }
  return null;
}

describe("several pictures of one code", () => {
  it.each([
    ["grain", grain(0.12), 12],
    ["glare", glare(0.3), 12],
    ["black glass", blackGlass(0.3), 12],
  ])("%s: is read by all of them where none can be", async (_, spoil, most) => {
    const text = passOf(1);
    const symbol = symbolOf(text);
    for (let seed = 1; seed <= most; seed += 1) {
      expect(await createReader(open).readFrame(pictureOf(spoilt(symbol, seed, spoil)), 0), `picture ${seed} alone`).toBeNull();
    }
    expect(await readAfter(symbol, text, spoil, most)).toBeGreaterThan(1);
  });

  it("a good picture is read at once, and a photograph", async () => {
    const text = passOf(1);
    expect(await readAfter(symbolOf(text), text, grain(0))).toBe(1);
    expect(await reader.readPhoto(pictureOf(symbolOf(text)))).toBe(text);
  });

  it("those of another code in between do not spoil them, nor make up a third", async () => {
    const [one, other] = [passOf(1), passOf(2)];
    const read = new Set<string>();
    for (let seen = 1; seen <= 24; seen += 1) {
      const shown = symbolOf(seen % 2 === 0 ? one : other);
      const text = await reader.readFrame(pictureOf(spoilt(shown, seen, grain(0.1))), 100 * seen);
      if (text !== null) read.add(text);
    }
    expect(read).toEqual(new Set([one, other]));
  });

  it("those of a code before the phone renewed it, much of it alike, make up no third", async () => {
    const before = passOf(1);
    const after = before.slice(0, 770) + passOf(2).slice(770);
    const read = new Set<string>();
    for (let seen = 1; seen <= 60; seen += 1) {
      const shown = symbolOf(seen <= 20 ? before : after);
      const text = await reader.readFrame(pictureOf(spoilt(shown, seen, grain(0.1))), 100 * seen);
      if (text !== null) read.add(text);
    }
    expect(read).toEqual(new Set([before, after]));
  });

  it("those of half a minute ago say nothing any more", async () => {
    const symbol = symbolOf(passOf(1));
    for (let seen = 0; seen < 8; seen += 1) {
      expect(await reader.readFrame(pictureOf(spoilt(symbol, seen, grain(0.12))), 30_000 * seen)).toBeNull();
    }
  });

  it("what was read is read again by the pictures that follow, so that it counts as still in view", async () => {
    const text = passOf(1);
    const [symbol, spoil] = [symbolOf(text), grain(0.12)];
    const texts: (string | null)[] = [];
    for (let seen = 1; seen <= 24; seen += 1) texts.push(await reader.readFrame(pictureOf(spoilt(symbol, seen, spoil)), 100 * seen));
    const again = texts.slice(12).filter((read) => read === text);
    expect(again.length).toBeGreaterThan(8);
  });

  it("are no other thing than a pass: a link that no picture gives is not put together", async () => {
    const code = generate(`https://ejemplo.example/${"a".repeat(300)}`, { minCorrectionLevel: correction.L, maxCorrectionLevel: correction.L });
    const modules = Uint8Array.from({ length: code.size ** 2 }, (_, at) => Number(code.get(at % code.size, Math.floor(at / code.size))));
    for (let seen = 1; seen <= 12; seen += 1) {
      expect(await reader.readFrame(pictureOf(spoilt({ side: code.size, modules }, seen, grain(0.12))), 100 * seen)).toBeNull();
    }
  });
});

describe("one picture of a code", () => {
  const text = passOf(3).slice(0, 500);
  const code = generate(mode.numeric(text), { minCorrectionLevel: correction.M, maxCorrectionLevel: correction.M });
  const modules = Uint8Array.from({ length: code.size ** 2 }, (_, at) => Number(code.get(at % code.size, Math.floor(at / code.size))));
  const picture = pictureOf({ side: code.size, modules });

  /** A lamp in the glass: white in its middle, and some of the ink shows at its rim. */
  function under(lamp: { x: number; y: number; radius: number }): ImageData {
    const data = picture.data.slice();
    for (let at = 0; at < data.length; at += 1) {
      const [x, y] = [Math.floor(at / 4) % picture.width, Math.floor(at / 4 / picture.width)];
      const shine = 1 / (1 + (Math.hypot(x / picture.width - lamp.x, y / picture.width - lamp.y) / lamp.radius) ** 6);
      if (at % 4 !== 3) data[at] = (data[at] ?? 0) * (1 - shine) + 255 * shine;
    }
    return { data, width: picture.width, height: picture.height, colorSpace: picture.colorSpace };
  }

  const read = async (seen: ImageData): Promise<string[]> => (await readBarcodes(seen, { formats: ["QRCode"], tryHarder: true })).map((found) => found.text);

  it("of which a lamp hides a part is read where the decoder alone gives nothing, as is a photograph", async () => {
    const seen = under({ x: 0.68, y: 0.68, radius: 0.25 });
    await open();
    expect(await read(seen)).toEqual([]);
    expect(await reader.readFrame(seen, 0)).toBe(text);
    expect(await reader.readPhoto(seen)).toBe(text);
  });

  it("of which much lies at the rim of a wide lamp is read by its highlights", async () => {
    const seen = under({ x: 0.68, y: 0.68, radius: 0.36 });
    expect(await reader.readFrame(seen, 0)).toBe(text);
    expect(await reader.readFrame(seen, 100), "no second look so soon").toBeNull();
  });
});

test("what the decoder found is freed: nobody else does, and a counter reads all day", async () => {
  const overrides = decoderWasm();
  const decoder = await prepareZXingModule({ overrides, fireImmediately: true });
  const read = decoder.readBarcodesFromPixmap;
  const found: ReturnType<typeof read>[] = [];
  decoder.readBarcodesFromPixmap = (...asked) => {
    found.push(read(...asked));
    return found.at(-1) ?? read(...asked);
  };
  const text = passOf(1);
  expect(await createReader(openDecoder(overrides)).readFrame(pictureOf(symbolOf(text)), 0)).toBe(text);
  expect(found.map((each) => (each as unknown as { isDeleted(): boolean }).isDeleted())).toEqual([true]);
});

test.each([
  ["a dim picture is looked at once", 100, 0],
  ["one that may have glare once more", 235, 1],
])("%s", async (_, level, again) => {
  const overrides = decoderWasm();
  const decoder = await prepareZXingModule({ overrides, fireImmediately: true });
  const look = vi.spyOn(decoder, "readBarcodesFromImage");
  const data = new Uint8ClampedArray(4 * 200 * 200).fill(level);
  expect(await createReader(openDecoder(overrides)).readFrame({ data, width: 200, height: 200, colorSpace: "srgb" }, 0)).toBeNull();
  expect(look).toHaveBeenCalledTimes(again);
});

describe("votes", () => {
  const symbol = symbolOf(passOf(1));

  it("one alone says what it shows, two of a kind what they show together", () => {
    const votes = createVotes();
    expect(votes.cast(symbol, 0).map((likely) => likely.symbol)).toEqual([symbol]);
    const together = votes.cast(symbol, 100).map((likely) => likely.symbol);
    expect(together.length).toBeGreaterThan(1);
    for (const likely of together) expect(likely).toEqual(symbol);
  });

  it("what one hides, the other is asked for; what both hide, nobody knows", () => {
    const patch = (from: number): QrSymbol => ({
      side: symbol.side,
      modules: symbol.modules.map((module, at) => (at % symbol.side >= from && at % symbol.side < from + 20 ? 0 : module)),
    });
    const votes = createVotes();
    votes.cast(patch(20), 0);
    const [, shown] = votes.cast(patch(30), 100);
    const place = (x: number): number => 40 * symbol.side + x;
    expect([25, 45].map((x) => shown?.symbol.modules[place(x)])).toEqual([25, 45].map((x) => symbol.modules[place(x)]));
    expect([25, 35, 45].map((x) => shown?.doubts[place(x)])).toEqual([0, 1, 0]);
  });

  it.each([2, 3, 4, 5, 6, 7, 8, 9])("two codes of one size are not of a kind (%i)", (seed) => {
    const votes = createVotes();
    votes.cast(symbolOf(passOf(seed)), 0);
    expect(votes.cast(symbol, 100)).toHaveLength(1);
  });

  it("more looks at one picture are no more pictures", () => {
    const wrong = { side: symbol.side, modules: symbol.modules.map((module, at) => (at % symbol.side === 40 ? 1 - module : module)) };
    const votes = createVotes();
    votes.cast(symbol, 0);
    for (let look = 0; look < 3; look += 1) votes.cast(wrong, 0);
    for (const likely of votes.cast(symbol, 100)) expect(likely.symbol).toEqual(symbol);
  });

  it("what has no corner marks is no code", () => {
    const votes = createVotes();
    const unmarked = { side: symbol.side, modules: symbol.modules.map((module, at) => (isMark(symbol.side, at) ? 0 : module)) };
    votes.cast(unmarked, 0);
    expect(votes.cast(unmarked, 100)).toEqual([]);
  });
});
