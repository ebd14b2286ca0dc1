// In the place of a release's service worker while its faces are recalled (AMATE_RECALL_FACES; row J04).
//
// A browser asks for /sw.js at each visit and at least once in 24 hours, past its own cache. A device that gets this one drops
// the release: its caches, its worker, and the pages of it that are open, which load anew from the server. What is the person's
// (keys, credential, receipts: IndexedDB) stays. A page registers this one again and again; since it takes over no page by
// itself, it then finds none to load anew, and takes itself away.
self.addEventListener("install", () => self.skipWaiting())
self.addEventListener("activate", (event) => event.waitUntil(recall()))

async function recall() {
  const pages = await self.clients.matchAll({ type: "window" })
  await Promise.all((await caches.keys()).map((name) => caches.delete(name)))
  await self.registration.unregister()
  // Without the fragment, with which a browser would scroll and load nothing.
  await Promise.all(pages.map((page) => page.navigate(page.url.split("#", 1)[0]).catch(() => undefined)))
}
