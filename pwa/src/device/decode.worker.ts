/**
 * Looks for QR codes in whole pictures, off the main thread, with a decoder served by ourselves.
 *
 * The drawn frame on the screen has no say here: every pixel is searched.
 */
import { prepareZXingModule, readBarcodes, type ReaderOptions } from "zxing-wasm/reader";
import wasmUrl from "zxing-wasm/reader/zxing_reader.wasm?url";
import type { DecodeAnswer, DecodeRequest, Picture } from "./frames";

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

/** Kept from picture to picture: they come ten times a second. */
let canvas: OffscreenCanvas | null = null;

function pixelsOf(image: ImageBitmap | VideoFrame, width: number, height: number): ImageData {
  canvas ??= new OffscreenCanvas(width, height);
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new TypeError("no 2d canvas");
  context.drawImage(image, 0, 0, width, height);
  image.close();
  return context.getImageData(0, 0, width, height);
}

async function photoPixels(photo: Blob): Promise<ImageData | Blob> {
  if (!("OffscreenCanvas" in self)) return photo;
  const bitmap = await createImageBitmap(photo);
  const scale = Math.min(1, PHOTO_SIDE_PX / Math.max(bitmap.width, bitmap.height));
  return pixelsOf(bitmap, Math.max(1, Math.round(bitmap.width * scale)), Math.max(1, Math.round(bitmap.height * scale)));
}

function picturePixels(picture: Picture): ImageData | Promise<ImageData | Blob> {
  if ("frame" in picture) return pixelsOf(picture.frame, picture.frame.displayWidth, picture.frame.displayHeight);
  if ("bitmap" in picture) return pixelsOf(picture.bitmap, picture.bitmap.width, picture.bitmap.height);
  return "pixels" in picture ? picture.pixels : photoPixels(picture.photo);
}

async function search(request: DecodeRequest): Promise<string | null> {
  const found = await readBarcodes(await picturePixels(request), "photo" in request ? PHOTO : VIDEO_ALL);
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
