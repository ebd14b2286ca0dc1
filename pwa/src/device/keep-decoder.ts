/** The decoder is here for work off line also on a first visit, when no service worker looks after this page yet. */
import wasmUrl from "zxing-wasm/reader/zxing_reader.wasm?url";
import { KEPT } from "./release";

/** Keeps the decoder's wasm where the service worker will find it; without a network or room it is asked for again next time. */
export async function keepDecoder(): Promise<void> {
  if (!("caches" in globalThis)) return;
  try {
    const cache = await caches.open(KEPT);
    if ((await cache.match(wasmUrl)) === undefined) await cache.add(wasmUrl);
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof DOMException)) throw error;
  }
}
