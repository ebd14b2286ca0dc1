import { correction, generate, mode } from "lean-qr";
import { describe, expect, it } from "vitest";
import { readBarcodes } from "zxing-wasm/reader";
import { decoderWasm } from "../testing/decoder";
import { mended, patches } from "./mending";
import type { QrSymbol } from "./qr-patterns";
import { drawn, openDecoder } from "./reading";

const LEVELS = ["L", "M", "Q", "H"] as const;
type Level = (typeof LEVELS)[number];
/** Digits enough for a code of version 10 at level M to be full. */
const DIGITS = "17346590823".repeat(45);

/** By an encoder that we did not write. */
function symbolOf(version: number, level: Level, text = "1734659", mask: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | null = null): QrSymbol {
  const asked = { minVersion: version, maxVersion: version, minCorrectionLevel: correction[level], maxCorrectionLevel: correction[level], mask };
  const code = generate(mode.numeric(text), asked);
  const isDark = (at: number): boolean => code.get(at % code.size, Math.floor(at / code.size));
  return { side: code.size, modules: Uint8Array.from({ length: code.size ** 2 }, (_, at) => Number(isDark(at))) };
}

/** A lamp's round patch; middle and radius in modules. */
function hiddenBy(symbol: QrSymbol, [middleX, middleY]: readonly [number, number], radius: number, colour = 0): QrSymbol {
  const isHidden = (at: number): boolean => Math.hypot((at % symbol.side) - middleX, Math.floor(at / symbol.side) - middleY) < radius;
  return { side: symbol.side, modules: symbol.modules.map((module, at) => (isHidden(at) ? colour : module)) };
}

const nothing = ({ modules }: QrSymbol): Uint8Array => new Uint8Array(modules.length);
const everything = ({ modules }: QrSymbol): Uint8Array => new Uint8Array(modules.length).fill(1);

/** Numbers of [0, 1), the same for the same seed (a linear congruential generator; Numerical Recipes). */
function chance(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
}

describe("a code that nothing hides", () => {
  it.each(LEVELS)("is what it was, at every version of level %s", (level) => {
    for (let version = 1; version <= 40; version += 1) {
      const symbol = symbolOf(version, level);
      expect(mended(symbol, nothing(symbol)), `version ${version}`).toEqual(symbol);
    }
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 7] as const)("is what it was under mask %i", (mask) => {
    const symbol = symbolOf(10, "M", DIGITS, mask);
    expect(mended(symbol, nothing(symbol))).toEqual(symbol);
  });

  it("has no patch of one colour, but for its marks", () => {
    const symbol = symbolOf(10, "M", DIGITS);
    expect(patches(symbol).filter((hidden) => hidden === 1).length).toBeLessThan(60);
  });
});

describe("a code that is partly hidden", () => {
  const symbol = symbolOf(10, "M", DIGITS);
  const most = 14;
  const places = [[40, 40], [28, 30], [50, 22], [20, 48]] as const;

  it.each(places)("by a lamp at %i, %i is whole again, where the decoder alone gives nothing", async (x, y) => {
    await openDecoder(decoderWasm())();
    const spoilt = hiddenBy(symbol, [x, y], most);
    expect((await readBarcodes(drawn(spoilt), { formats: ["QRCode"], isPure: true })).map((code) => code.text)).toEqual([]);
    expect(mended(spoilt, patches(spoilt))).toEqual(symbol);
  });

  it("by black glass is whole again", () => {
    const spoilt = hiddenBy(symbol, [40, 40], most, 1);
    expect(mended(spoilt, patches(spoilt))).toEqual(symbol);
  });

  it("its format, a mark and the timing lines, too, are drawn anew", () => {
    const spoilt = hiddenBy(symbol, [4, 52], 9);
    expect(mended(spoilt, patches(spoilt))).toEqual(symbol);
  });

  it("and grainy elsewhere is whole again", () => {
    const random = chance(7);
    const spoilt = hiddenBy(symbol, [40, 40], 11);
    const grainy = { side: symbol.side, modules: spoilt.modules.map((module) => (random() < 0.006 ? 1 - module : module)) };
    expect(mended(grainy, patches(grainy))).toEqual(symbol);
  });

  it("for the most part is given up", () => {
    const spoilt = hiddenBy(symbol, [28, 28], 26);
    expect(mended(spoilt, patches(spoilt))).toBeNull();
  });
});

describe("what is no code", () => {
  it("is not made one by chance, however much of it is doubted", () => {
    const random = chance(11);
    for (let tried = 0; tried < 300; tried += 1) {
      const noise = { side: 57, modules: Uint8Array.from({ length: 57 ** 2 }, () => Number(random() < 0.5)) };
      expect(mended(noise, everything(noise))).toBeNull();
      expect(mended(noise, nothing(noise))).toBeNull();
    }
  });
});
