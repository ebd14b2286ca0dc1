/** A face that is not precached is kept by its own page, where the service worker finds it when there is no network. */
import { KEPT } from "./release";

/** Keeps the page of this face and the files that it loaded, in the place of those of a release before. */
export async function keepFace(face: string): Promise<void> {
  if (!("caches" in globalThis) || !import.meta.env.PROD) return;
  const own = `/assets/${face}-`;
  const loaded = performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname);
  const files = [...new Set(loaded.filter((path) => path.startsWith(own)))];
  try {
    const cache = await caches.open(KEPT);
    await cache.addAll([`/${face}/index.html`, ...files]);
    const kept = (await cache.keys()).map(({ url }) => new URL(url).pathname);
    await Promise.all(kept.filter((path) => path.startsWith(own) && !files.includes(path)).map((path) => cache.delete(path)));
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof DOMException)) throw error; // no network or no room: next time
  }
}
