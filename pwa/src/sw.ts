/// <reference lib="webworker" />
/**
 * The service worker, one page: every face opens with the network off; the console, which is no citizen's business, once
 * its own page has kept it (device/keep-face.ts).
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
const CONSOLE = "/console/";

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

/** From the network, else as its page has kept it. */
async function freshFirst(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await (await caches.open(KEPT)).match(CONSOLE);
    if (kept === undefined) throw error;
    return kept;
  }
}

registerRoute(new NavigationRoute(({ request }) => freshFirst(request), { allowlist: [new RegExp(`^${CONSOLE.slice(0, -1)}(/|$)`)] }));
registerRoute(({ url, sameOrigin }) => sameOrigin && /^\/assets\/(.+\.wasm|console-.+)$/.test(url.pathname), ({ request }) => keptFirst(request));
registerRoute(({ url, sameOrigin }) => sameOrigin && url.pathname === ANCHOR, ({ request }) => keptFirst(request));

self.addEventListener("install", (event) => {
  // A deployment without a root yet must not keep the faces from installing.
  event.waitUntil(keptFirst(new Request(ANCHOR)).catch(() => undefined));
});

self.addEventListener("message", (event: ExtendableMessageEvent) => {
  if (event.data === "take-over") event.waitUntil(self.skipWaiting());
});
