/**
 * Looks for QR codes in whole pictures, off the main thread, with a decoder served by ourselves.
 *
 * The drawn frame on the screen has no say here: every pixel is searched.
 */
import { prepareZXingModule, readBarcodes, type ReaderOptions } from "zxing-wasm/reader";
import wasmUrl from "zxing-wasm/reader/zxing_reader.wasm?url";
import type { DecodeAnswer, DecodeRequest } from "./frames";

declare const self: DedicatedWorkerGlobalScope;

// Without this the library would fetch its wasm from a public CDN.
prepareZXingModule({ overrides: { locateFile: () => wasmUrl } });

const VIDEO: ReaderOptions = { formats: ["QRCode"], tryHarder: true, maxNumberOfSymbols: 4, textMode: "Plain" };
/** A photograph is one chance, so every aid is on. */
const PHOTO: ReaderOptions = { ...VIDEO, tryRotate: true, tryInvert: true, tryDenoise: true };
const VIDEO_ALL: ReaderOptions = { ...VIDEO, tryRotate: false, tryDenoise: false };
/** Longest side at which a photograph is searched: more pixels only cost time. */
const PHOTO_SIDE_PX = 2000;

/** A pass is one long number; a card may carry other codes beside it. */
const LOOKS_LIKE_A_PASS = /^1[0-9]{99,}$/;

function pixelsOf(bitmap: ImageBitmap): ImageData {
  const scale = Math.min(1, PHOTO_SIDE_PX / Math.max(bitmap.width, bitmap.height));
  const width = Math.max(1, Math.round(bitmap.width * scale));
  const height = Math.max(1, Math.round(bitmap.height * scale));
  const canvas = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  if (!canvas) throw new TypeError("no 2d canvas");
  canvas.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  return canvas.getImageData(0, 0, width, height);
}

async function photoPixels(photo: Blob): Promise<ImageData | Blob> {
  if (!("OffscreenCanvas" in self)) return photo;
  return pixelsOf(await createImageBitmap(photo));
}

async function search(request: DecodeRequest): Promise<string | null> {
  const isPhoto = "photo" in request;
  const picture = "bitmap" in request ? pixelsOf(request.bitmap) : "pixels" in request ? request.pixels : await photoPixels(request.photo);
  const found = await readBarcodes(picture, isPhoto ? PHOTO : VIDEO_ALL);
  const texts = found.filter((code) => code.isValid).map((code) => code.text);
  return texts.find((text) => LOOKS_LIKE_A_PASS.test(text)) ?? texts[0] ?? null;
}

async function answer(request: DecodeRequest): Promise<DecodeAnswer> {
  try {
    return { id: request.id, text: await search(request), failed: false };
  } catch (error) {
    // The slug is all that leaves: a picture of a person must not reach a log.
    return { id: request.id, text: null, failed: error instanceof Error };
  }
}

self.addEventListener("message", (event: MessageEvent<DecodeRequest>) => {
  void answer(event.data).then((reply) => {
    self.postMessage(reply);
  });
});
