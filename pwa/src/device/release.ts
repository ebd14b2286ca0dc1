/**
 * The files of one release as the caches keep them: served only byte for byte as they were built (J04).
 *
 * A cache is open to every script of the origin, and a disk may rot; the hashes are in the worker's own script, which is open
 * to neither. What does not match is dropped and fetched anew; without a network that is a network error.
 */

/** The cache of what is kept once it was asked for; pages lay files into it, and only the service worker gives them out. */
export const KEPT = "amate-kept-1";

/** One file, as the build tells of it (pwa/integrity.ts). */
export interface ReleasedFile {
  /** From the origin's root, without the slash in front. */
  readonly url: string;
  /** Tells its contents apart in a cache; null: its name does. */
  readonly revision: string | null;
  /** SHA-256 of its bytes, as in subresource integrity: `sha256-…`, base64. */
  readonly integrity: string;
}

/** The files of a release by their path. */
export type Release = ReadonlyMap<string, ReleasedFile>;

/** Where a file is kept. */
export interface Place {
  /** The cache's name. */
  readonly cache: string;
  /** The address in it. */
  readonly key: string;
}

/** The release that a build's manifest lists. */
export function releaseOf(manifest: readonly ReleasedFile[]): Release {
  return new Map(manifest.map((file) => [`/${file.url}`, file]));
}

/** The path of the file that answers a request; null: none of this release. A face's own page answers for all below it. */
export function pathFor(request: Pick<Request, "method" | "mode" | "url">, origin: string, release: Release): string | null {
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== origin) return null;
  const asked = url.pathname.endsWith("/") ? `${url.pathname}index.html` : url.pathname;
  if (release.has(asked)) return asked;
  const page = `/${url.pathname.split("/")[1] ?? ""}/index.html`;
  return request.mode === "navigate" && release.has(page) ? page : null;
}

/** Whether these are the bytes; the answer itself stays unread, since a browser's compiled script hangs on it. */
export async function isAsBuilt(response: Response, integrity: string): Promise<boolean> {
  const digest = await crypto.subtle.digest("SHA-256", await response.clone().arrayBuffer());
  return `sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}` === integrity;
}

/**
 * A file of the release, from where it is kept, else from the network, and then it is kept.
 *
 * Throws: TypeError when neither has it as it was built
 */
export async function give({ url, integrity }: Pick<ReleasedFile, "url" | "integrity">, place: Place): Promise<Response> {
  const cache = await caches.open(place.cache);
  const kept = await cache.match(place.key);
  if (kept !== undefined) {
    if (await isAsBuilt(kept, integrity)) return kept;
    await cache.delete(place.key);
  }
  // What the browser's own cache holds may be what was kept here.
  const response = await fetch(`/${url}`, { integrity, cache: kept === undefined ? "default" : "reload" });
  await cache.put(place.key, response.clone()).catch(() => undefined); // no room: asked for again next time
  return response;
}

/** Drops from a cache what is neither of the release nor in `others`: paths that belong to no build. */
export async function dropStrangers(cacheName: string, release: Release, others: readonly string[]): Promise<void> {
  const cache = await caches.open(cacheName);
  const strangers = (await cache.keys()).filter(({ url }) => {
    const path = new URL(url).pathname;
    return !release.has(path) && !others.includes(path);
  });
  await Promise.all(strangers.map((request) => cache.delete(request)));
}
