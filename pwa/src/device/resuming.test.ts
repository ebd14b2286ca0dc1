import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { bytesInParts, PART, type Wanted } from "./resuming";
import { close, entries } from "./store";

const NAME = "a".repeat(64);
const PATH = `/status/revocations/${NAME}`;
const WHOLE = Uint8Array.from({ length: 3 * PART + 77 }, (_, n) => (n * 31 + (n >> 8)) % 256);

/** What a server does with the requests to come, one each; those after them are answered as they should. */
type Deed = "give" | "cut" | "ignore" | "gone" | "refuse" | "other-place" | "short";
let deeds: Deed[];
let ranges: (string | null)[];

beforeEach(async () => {
  await close();
  vi.stubGlobal("indexedDB", new IDBFactory());
  vi.stubGlobal("fetch", serve);
  [deeds, ranges] = [[], []];
});
afterEach(() => vi.unstubAllGlobals());

function serve(_path: string, ask: RequestInit): Promise<Response> {
  const range = new Headers(ask.headers).get("range");
  ranges.push(range);
  const deed = deeds.shift();
  if (deed === "cut") return Promise.reject(new TypeError("network error"));
  if (deed === "gone") return Promise.resolve(new Response("", { status: 404 }));
  if (deed === "refuse") return Promise.resolve(new Response("", { status: 416 }));
  const asked = /^bytes=(\d+)-(\d+)$/.exec(range ?? "");
  if (asked === null || deed === "ignore") return Promise.resolve(new Response(WHOLE));
  const [from, to] = [Number(asked[1]) + (deed === "other-place" ? 1 : 0), Number(asked[2])];
  const part = WHOLE.slice(from, deed === "short" ? to : to + 1);
  return Promise.resolve(new Response(part, { status: 206, headers: { "content-range": `bytes ${from}-${from + part.length - 1}/${WHOLE.length}` } }));
}

const wanted = (name: string, size: number): Wanted => ({ parts: "download", name, size, maxBytes: size });

/** Whether the whole comes. */
const bring = async (): Promise<boolean | null> => {
  const bytes = await bytesInParts(PATH, wanted(NAME, WHOLE.length));
  return bytes && Buffer.compare(bytes, WHOLE) === 0;
};
const kept = async (): Promise<number> => (await entries("settings")).length;
const starts = (): number[] => ranges.map((range) => Number(/=(\d+)-/.exec(range ?? "")?.[1] ?? -1));

describe("a download in parts", () => {
  test("is whole in the end, and leaves nothing behind", async () => {
    expect(await bring()).toBe(true);
    expect(starts()).toEqual([0, PART, 2 * PART, 3 * PART]);
    expect(await kept()).toBe(0);
  });

  test("goes on where the line broke, also after the browser was closed", async () => {
    deeds = ["give", "cut"];
    await expect(bring()).rejects.toThrow("offline");
    expect(await kept()).toBe(1);
    await close();
    ranges = [];
    expect(await bring()).toBe(true);
    expect(starts()[0]).toBe(PART);
    expect(await kept()).toBe(0);
  });

  test("takes the whole of a server that knows no parts, also in the middle", async () => {
    deeds = ["ignore"];
    expect(await bring()).toBe(true);
    deeds = ["give", "ignore"];
    expect(await bring()).toBe(true);
    expect(await kept()).toBe(0);
  });

  test("begins anew where the server has no such part, and where the part is of another place", async () => {
    deeds = ["give", "refuse"];
    expect(await bring()).toBe(true);
    expect(starts().slice(0, 3)).toEqual([0, PART, 0]);
    deeds = ["other-place"];
    await expect(bring()).rejects.toThrow("unexpected-answer");
    expect(await kept()).toBe(0);
  });

  test("takes no part that is shorter than it was asked for: a server could have no end of them (D06)", async () => {
    deeds = ["give", "short"];
    await expect(bring()).rejects.toThrow("unexpected-answer");
    expect(ranges).toHaveLength(2);
  });

  test("of another file begins with nothing of this one", async () => {
    deeds = ["give", "cut"];
    await expect(bring()).rejects.toThrow("offline");
    ranges = [];
    await bytesInParts(PATH, wanted("b".repeat(64), WHOLE.length));
    expect(starts()[0]).toBe(0);
    expect(await kept()).toBe(0);
  });

  test("says so where there is no such file, and forgets what it had of it", async () => {
    deeds = ["give", "gone"];
    expect(await bring()).toBeNull();
    expect(await kept()).toBe(0);
  });

  test("that a server refuses again and again ends", async () => {
    deeds = ["refuse"];
    await expect(bring()).rejects.toThrow();
    deeds = Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? "give" : "refuse"));
    ranges = [];
    await expect(bring()).rejects.toThrow();
    expect(starts()).toEqual([0, PART, 0, PART]);
  });

  test("that fits into one part is asked for as ever", async () => {
    vi.stubGlobal("fetch", (path: string, ask: RequestInit) => serve(path, ask).then(() => new Response(WHOLE.slice(0, 9))));
    expect(await bytesInParts(PATH, wanted(NAME, 9))).toEqual(WHOLE.slice(0, 9));
    expect(ranges).toEqual([null]);
  });
});
