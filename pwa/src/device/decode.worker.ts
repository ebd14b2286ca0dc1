/**
 * Looks for QR codes in whole pictures, off the main thread, with a decoder served by ourselves.
 *
 * The drawn frame on the screen has no say here: every pixel is searched.
 */
import wasmUrl from "zxing-wasm/reader/zxing_reader.wasm?url";
import type { DecodeAnswer, DecodeRequest, Picture } from "./frames";
import { luminanceOf } from "./luminance";
import { createReader, openDecoder } from "./reading";

declare const self: DedicatedWorkerGlobalScope;

const reader = createReader(openDecoder({ locateFile: () => wasmUrl }));

/** Longest side at which a photograph is searched: more pixels only cost time. */
const PHOTO_SIDE_PX = 2000;

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

/** The light alone where the frame has that: a canvas takes ten times as long. */
async function lightOf(frame: VideoFrame): Promise<Uint8Array | null> {
  const light = await luminanceOf(frame);
  if (light !== null) frame.close();
  return light;
}

async function lightOrPixels(picture: Exclude<Picture, { photo: Blob }>): Promise<ImageData | Uint8Array> {
  if ("frame" in picture) return (await lightOf(picture.frame)) ?? pixelsOf(picture.frame, picture.frame.displayWidth, picture.frame.displayHeight);
  return "bitmap" in picture ? pixelsOf(picture.bitmap, picture.bitmap.width, picture.bitmap.height) : picture.pixels;
}

async function search(picture: Picture): Promise<string | null> {
  if ("photo" in picture) return reader.readPhoto(await photoPixels(picture.photo));
  return reader.readFrame(await lightOrPixels(picture), performance.now());
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
