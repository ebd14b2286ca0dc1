import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it, test, vi } from "vitest";
import { dropStrangers, give, pathFor, releaseOf } from "./release";

const ORIGIN = "https://salud.example";
const BUILT = "export const card = 1;";
const CHANGED = "export const card = 2;";
const integrityOf = (text: string): string => `sha256-${createHash("sha256").update(text).digest("base64")}`;
const file = (url: string) => ({ url, revision: null, integrity: integrityOf(BUILT) });
const FILE = file("assets/card-1.js");
const PLACE = { cache: "kept", key: "/assets/card-1.js" };

/** One cache, as far as the service worker asks it. */
class OneCache {
  readonly held = new Map<string, Response>();
  readonly match = (key: string) => Promise.resolve(this.held.get(key)?.clone());
  readonly delete = (key: string | { url: string }) => Promise.resolve(this.held.delete(typeof key === "string" ? key : new URL(key.url).pathname));
  readonly keys = () => Promise.resolve([...this.held.keys()].map((path) => ({ url: `${ORIGIN}${path}` })));
  put = (key: string, response: Response): Promise<void> => {
    this.held.set(key, response);
    return Promise.resolve();
  };
}

let cache: OneCache;
let asked: [string, RequestInit][];

/** The network as the Fetch standard has it: bytes that are not of the integrity asked for are an error. */
function serve(text: string | null): void {
  vi.stubGlobal("fetch", (url: string, init: RequestInit) => {
    asked.push([url, init]);
    const isRefused = text === null || (init.integrity !== undefined && init.integrity !== integrityOf(text));
    return isRefused ? Promise.reject(new TypeError("Failed to fetch")) : Promise.resolve(new Response(text));
  });
}
const textIn = async (key: string): Promise<string | undefined> => await cache.held.get(key)?.clone().text();

beforeEach(() => {
  cache = new OneCache();
  asked = [];
  vi.stubGlobal("caches", { open: () => Promise.resolve(cache) });
  serve(BUILT);
});
afterEach(() => vi.unstubAllGlobals());

describe("a kept file (J04)", () => {
  it("is given as it is kept, without a request", async () => {
    cache.held.set(PLACE.key, new Response(BUILT, { headers: { "X-Kept": "yes" } }));
    const given = await give(FILE, PLACE);
    expect([await given.text(), given.headers.get("X-Kept")]).toEqual([BUILT, "yes"]);
    expect(asked).toEqual([]);
  });

  it("that was changed is fetched anew, past the browser's own cache, and the right one is kept", async () => {
    cache.held.set(PLACE.key, new Response(CHANGED));
    expect(await (await give(FILE, PLACE)).text()).toBe(BUILT);
    expect(asked).toEqual([["/assets/card-1.js", { integrity: FILE.integrity, cache: "reload" }]]);
    expect(await textIn(PLACE.key)).toBe(BUILT);
  });

  it("that was changed is dropped without a network, and given to nobody", async () => {
    cache.held.set(PLACE.key, new Response(CHANGED));
    serve(null);
    await expect(give(FILE, PLACE)).rejects.toThrow(TypeError);
    expect(cache.held.size).toBe(0);
  });

  it("that is not there is fetched and kept, but only as it was built", async () => {
    serve(CHANGED);
    await expect(give(FILE, PLACE)).rejects.toThrow(TypeError);
    expect(cache.held.size).toBe(0);
    serve(BUILT);
    await give(FILE, PLACE);
    expect(await textIn(PLACE.key)).toBe(BUILT);
    expect(asked.at(-1)?.[1].cache).toBe("default");
  });

  it("that there is no room for is given all the same", async () => {
    cache.put = () => Promise.reject(new DOMException("full", "QuotaExceededError"));
    expect(await (await give(FILE, PLACE)).text()).toBe(BUILT);
  });

  it("of no release and no deployment is dropped, whatever its name", async () => {
    for (const path of ["/assets/card-1.js", "/anchor.json", "/assets/console-old.js", "/more.js"]) cache.held.set(path, new Response(BUILT));
    await dropStrangers("kept", releaseOf([FILE]), ["/anchor.json"]);
    expect([...cache.held.keys()]).toEqual(["/assets/card-1.js", "/anchor.json"]);
  });
});

describe("which file answers a request", () => {
  const release = releaseOf([file("index.html"), file("wallet/index.html"), FILE]);
  const request = (path: string, more: object = {}) => ({ method: "GET", mode: "cors" as RequestMode, url: new URL(path, ORIGIN).href, ...more });
  const page = { mode: "navigate" };

  test.each([
    ["/", page, "/index.html"],
    ["/wallet/", page, "/wallet/index.html"],
    ["/wallet", page, "/wallet/index.html"],
    ["/wallet/card?from=desk", page, "/wallet/index.html"],
    ["/assets/card-1.js", {}, "/assets/card-1.js"],
    ["/wallet/more.js", {}, null],
    ["/assets/card-2.js", {}, null],
    ["/trust/root.json", {}, null],
    ["/docs", page, null],
    ["/wallet/", { method: "POST", ...page }, null],
    ["https://elsewhere.example/assets/card-1.js", {}, null],
  ])("%s %j: %s", (path, more, expected) => {
    expect(pathFor(request(path, more), ORIGIN, release)).toBe(expected);
  });
});
