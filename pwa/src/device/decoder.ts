/** The decoding worker as one function: a picture in, the text of its QR code out. */
import workerUrl from "./decode.worker.ts?worker&url";
import type { DecodeAnswer, Picture } from "./frames";

export class DecoderFailed extends Error {
  readonly slug = "decoder-failed";
}

export interface Decoder {
  /**
   * Text of the QR code in the picture, null if it shows none.
   *
   *   Raises:  DecoderFailed if the decoder could not be loaded or broke
   */
  decode(picture: Picture): Promise<string | null>;
  close(): void;
}

interface Waiting {
  resolve(text: string | null): void;
  reject(error: DecoderFailed): void;
}

function transfers(picture: Picture): Transferable[] {
  if ("frame" in picture) return [picture.frame];
  if ("bitmap" in picture) return [picture.bitmap];
  return "pixels" in picture ? [picture.pixels.data.buffer] : [];
}

export function createDecoder(): Decoder {
  const worker = new Worker(workerUrl, { type: "module" });
  const waiting = new Map<number, Waiting>();
  let last = 0;

  worker.addEventListener("message", (event: MessageEvent<DecodeAnswer>) => {
    const { id, text, failed } = event.data;
    const caller = waiting.get(id);
    waiting.delete(id);
    if (failed) caller?.reject(new DecoderFailed());
    else caller?.resolve(text);
  });
  worker.addEventListener("error", () => {
    for (const caller of waiting.values()) caller.reject(new DecoderFailed());
    waiting.clear();
  });

  return {
    decode(picture) {
      last += 1;
      const id = last;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        worker.postMessage({ ...picture, id }, transfers(picture));
      });
    },
    close() {
      worker.terminate();
    },
  };
}
