/** The decoder's answer to a picture, and to what several pictures say together. Runs wherever zxing-wasm does: in a worker, and in Node. */
import { prepareZXingModule, readBarcodes, type ReaderOptions, type ReadResult } from "zxing-wasm/reader";
import { hasGlare, highlights, type Pixels } from "./highlights";
import { mended } from "./mending";
import type { QrSymbol } from "./qr-patterns";
import { alone, createVotes, type Likely } from "./voting";

export interface Reader {
  /** The text of a code in one of a camera's pictures (pixels, or a PGM file), or in it and those before together; null if there is none. */
  readFrame(picture: Pixels, atMs: number): Promise<string | null>;
  /** The text of a code on a photograph, null if it shows none. */
  readPhoto(photo: ImageData | Blob): Promise<string | null>;
}

/** QR codes and no kin of theirs: in a code of which a part is hidden rectangular ones are seen, and half the time goes into them. */
const SHARED: ReaderOptions = { formats: ["QRCodeModel2"], tryHarder: true, textMode: "Plain" };
/** A photograph is one chance, so every aid is on. */
const PHOTO: ReaderOptions = { ...SHARED, maxNumberOfSymbols: 8, returnErrors: true, tryRotate: true, tryInvert: true, tryDenoise: true };
/** What cannot be corrected is told, too, and counts among the symbols. */
const FRAME: ReaderOptions = { ...SHARED, maxNumberOfSymbols: 8, returnErrors: true, tryRotate: false, tryDenoise: false };
/** How often a picture that gives nothing is looked at again under its glare: at an empty counter, all day. */
const AGAIN_MS = 400;
/** The decoder takes what is drawn for it under the name of the whole family alone. */
const DRAWN: ReaderOptions = { formats: ["QRCode"], isPure: true, textMode: "Plain" };

/** A pass is one long number; a card may carry other codes beside it. */
const LOOKS_LIKE_A_PASS = /^1[0-9]{99,}$/;
const isPass = (text: string): boolean => LOOKS_LIKE_A_PASS.test(text);

function textOf(found: readonly ReadResult[]): string | null {
  const texts = found.filter((code) => code.isValid).map((code) => code.text);
  return texts.find(isPass) ?? texts[0] ?? null;
}

const isSide = (width: number): boolean => width >= 21 && width <= 177 && width % 4 === 1;

/** The modules of what was found and could not be corrected; null where that is no QR code. */
function symbolOf({ isValid, symbol }: ReadResult): QrSymbol | null {
  const found = symbol as ReadResult["symbol"] | undefined; // its types know of no find without one
  if (isValid || found === undefined || found.width !== found.height || !isSide(found.width)) return null;
  return { side: found.width, modules: Uint8Array.from(found.data, (grey) => Number(grey === 0)) };
}

const symbolsOf = (found: readonly ReadResult[]): QrSymbol[] => found.map(symbolOf).filter((symbol) => symbol !== null);

const PIXELS = 3;
const QUIET = 4;

/** The symbol as a printer would draw it, with its quiet zone. */
export function drawn({ side, modules }: QrSymbol): ImageData {
  const width = (side + 2 * QUIET) * PIXELS;
  const data = new Uint8ClampedArray(4 * width * width).fill(255);
  for (let at = 0; at < width * width; at += 1) {
    const [x, y] = [Math.floor((at % width) / PIXELS) - QUIET, Math.floor(at / width / PIXELS) - QUIET];
    const isInside = x >= 0 && y >= 0 && x < side && y < side;
    if (isInside && modules[y * side + x] === 1) data.fill(0, 4 * at, 4 * at + 3);
  }
  return { data, width, height: width, colorSpace: "srgb" };
}

/** Opens the decoder, once, and asks it nothing yet. */
export type OpenDecoder = () => Promise<void>;

type Search = (...asked: unknown[]) => { delete(): void };
const SEARCHES = ["readBarcodesFromPixmap", "readBarcodesFromImage"] as const;

/** The decoder's wasm, or where it is; without, the library would fetch it from a public CDN. */
export type Wasm = { readonly wasmBinary: ArrayBufferLike } | { readonly locateFile: () => string };

export function openDecoder(overrides: Wasm): OpenDecoder {
  let opened: Promise<void> | null = null;
  const open = async (): Promise<void> => {
    const decoder = await prepareZXingModule({ overrides, fireImmediately: true });
    const searches = decoder as unknown as Record<(typeof SEARCHES)[number], Search>;
    for (const name of SEARCHES) searches[name] = freeing(searches[name]);
  };
  return () => (opened ??= open());
}

/** What the decoder found is an object of its own memory, which the library copies and never frees: 6 kB for each code, all day. */
function freeing(search: Search): Search {
  return (...asked) => {
    const found = search(...asked);
    queueMicrotask(() => found.delete()); // copied by then
    return found;
  };
}

/**
 * open:    the decoder, which is opened for the first picture
 * mayJoin: which texts may be put together from several pictures. Only passes, at a counter: of nothing else does a signature tell
 * that it is what was shown.
 */
export function createReader(open: OpenDecoder, mayJoin: (text: string) => boolean = isPass): Reader {
  const votes = createVotes();
  let looksAgainAt = Number.NEGATIVE_INFINITY;

  /** The text of the first that its correction makes whole. */
  async function mendedText(all: readonly Likely[]): Promise<string | null> {
    for (const { symbol, doubts } of all) {
      const whole = mended(symbol, doubts);
      if (whole === null) continue;
      const text = textOf(await readBarcodes(drawn(whole), DRAWN));
      if (text !== null && mayJoin(text)) return text;
    }
    return null;
  }

  /** What the picture shows under its glare, where it has any and there is time for that. */
  async function foundUnderGlare(picture: Pixels, atMs: number): Promise<ReadResult[]> {
    if (atMs < looksAgainAt || !hasGlare(picture)) return [];
    looksAgainAt = atMs + AGAIN_MS;
    return readBarcodes(highlights(picture), FRAME);
  }

  return {
    async readFrame(picture, atMs) {
      await open();
      const found = await readBarcodes(picture, FRAME);
      const text = textOf(found);
      if (text !== null) return text;
      const again = await foundUnderGlare(picture, atMs);
      return textOf(again) ?? mendedText(symbolsOf([...found, ...again]).flatMap((symbol) => votes.cast(symbol, atMs)));
    },
    async readPhoto(photo) {
      await open();
      const found = await readBarcodes(photo, PHOTO);
      return textOf(found) ?? mendedText(symbolsOf(found).map((symbol) => alone(symbol)));
    },
  };
}
