/// <reference lib="webworker" />
/**
 * The service worker, one page: every face opens with the network off; the console, which is no citizen's business, once
 * its own page has kept it (device/keep-face.ts).
 *
 * It keeps the shells and chunks of this release, the decoder's wasm once a camera has asked for it, and the pinned root.
 * It never keeps an answer of /api, /oid4vci, /trust or /status: what is verified lives in IndexedDB, and no personal data
 * lies in a cache; and it serves no kept byte that this release has not (J04, device/release.ts). A new release waits until
 * a page says "take-over"; nothing reloads by itself, unless the server recalls the faces (backend/amate/web/recall.js).
 */
import { cacheNames } from "workbox-core";
import { addPlugins, cleanupOutdatedCaches, getCacheKeyForURL, precache } from "workbox-precaching";
import { dropStrangers, give, isAsBuilt, KEPT, pathFor, releaseOf, type Place, type ReleasedFile } from "./device/release";

declare const self: ServiceWorkerGlobalScope;

const ANCHOR = "/anchor.json";
const CONSOLE = "/console/index.html";
/** Not fetched at the installation, but kept once somebody asks for it. */
const LATER = /^(anchor\.json|console\/.+|assets\/(.+\.wasm|console-.+))$/;

const manifest = self.__WB_MANIFEST as ReleasedFile[];
const release = releaseOf(manifest);

addPlugins([
  {
    // What lies there already, when this release installs, is not taken for its own either.
    cachedResponseWillBeUsed: async ({ request, cachedResponse }) => {
      const file = release.get(new URL(request.url).pathname);
      return cachedResponse && file && (await isAsBuilt(cachedResponse, file.integrity)) ? cachedResponse : null;
    },
  },
]);
precache(manifest.filter(({ url }) => !LATER.test(url)));
cleanupOutdatedCaches();

function placeOf(path: string): Place {
  const key = getCacheKeyForURL(path);
  return key === undefined ? { cache: KEPT, key: path } : { cache: cacheNames.precache, key };
}

/** The root of a demo, which no build knows: the first one is kept, and what stands on it is verified by the page. */
async function firstAnchor(): Promise<Response> {
  const cache = await caches.open(KEPT);
  const kept = await cache.match(ANCHOR);
  if (kept !== undefined) return kept;
  const response = await fetch(ANCHOR);
  if (response.ok) await cache.put(ANCHOR, response.clone());
  return response;
}

/** The answer to a request; null: not this worker's. The console's page is the network's, where there is one. */
function answerTo(request: Request): Promise<Response> | null {
  const path = pathFor(request, self.location.origin, release);
  const file = path === null ? undefined : release.get(path);
  if (path !== null && file !== undefined) {
    const kept = (): Promise<Response> => give(file, placeOf(path));
    return path === CONSOLE ? fetch(request).catch(kept) : kept();
  }
  return new URL(request.url).href === new URL(ANCHOR, self.location.origin).href ? firstAnchor() : null;
}

self.addEventListener("fetch", (event) => {
  const answer = answerTo(event.request);
  if (answer !== null) event.respondWith(answer);
});

self.addEventListener("install", (event) => {
  // A deployment without a root yet must not keep the faces from installing.
  event.waitUntil(answerTo(new Request(ANCHOR))?.catch(() => undefined) ?? Promise.resolve());
});

self.addEventListener("activate", (event) => {
  event.waitUntil(dropStrangers(KEPT, release, [ANCHOR]));
});

self.addEventListener("message", (event: ExtendableMessageEvent) => {
  if (event.data === "take-over") event.waitUntil(self.skipWaiting());
});
