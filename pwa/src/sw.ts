/// <reference lib="webworker" />
/**
 * The service worker, one page: every face opens with the network off.
 *
 * It keeps the shells and chunks of this release, the decoder's wasm once a camera has asked for it, and the pinned root.
 * It never keeps an answer of /api, /oid4vci, /trust or /status: what is verified lives in IndexedDB, and no personal data
 * lies in a cache (J04). A new release waits until a page says "take-over"; nothing reloads by itself.
 */
import { cleanupOutdatedCaches, createHandlerBoundToURL, getCacheKeyForURL, precacheAndRoute } from "workbox-precaching";
import { NavigationRoute, registerRoute } from "workbox-routing";

declare const self: ServiceWorkerGlobalScope;

const ANCHOR = "/anchor.json";
const KEPT = "amate-kept-1";
const FACES = ["wallet", "clinic", "enrolment"];

precacheAndRoute(self.__WB_MANIFEST, { directoryIndex: "index.html" });
cleanupOutdatedCaches();

for (const face of FACES.filter((name) => getCacheKeyForURL(`/${name}/index.html`) !== undefined)) {
  registerRoute(new NavigationRoute(createHandlerBoundToURL(`/${face}/index.html`), { allowlist: [new RegExp(`^/${face}(/|$)`)] }));
}

/** From what is kept, else from the network, and then it is kept. For files whose name carries their hash. */
async function keptFirst(request: Request): Promise<Response> {
  const cache = await caches.open(KEPT);
  const kept = await cache.match(request);
  if (kept !== undefined) return kept;
  const response = await fetch(request);
  if (response.ok) await cache.put(request, response.clone());
  return response;
}

registerRoute(({ url, sameOrigin }) => sameOrigin && /^\/assets\/.+\.wasm$/.test(url.pathname), ({ request }) => keptFirst(request));
registerRoute(({ url, sameOrigin }) => sameOrigin && url.pathname === ANCHOR, ({ request }) => keptFirst(request));

self.addEventListener("install", (event) => {
  // A deployment without a root yet must not keep the faces from installing.
  event.waitUntil(keptFirst(new Request(ANCHOR)).catch(() => undefined));
});

self.addEventListener("message", (event: ExtendableMessageEvent) => {
  if (event.data === "take-over") event.waitUntil(self.skipWaiting());
});
