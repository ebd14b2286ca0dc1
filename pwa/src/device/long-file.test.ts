import "fake-indexeddb/auto";
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { longFileAt } from "./long-file";
import { PART } from "./resuming";
import { close, entries } from "./store";

const PATH = "/trust/targets/abc.clinics.json";
/** Random digits: three parts in gzip. */
const FILE = Buffer.from(Array.from({ length: 20_000 }, (_, n) => createHash("sha256").update(`${n}`).digest("hex")).join(""));
const LAID = gzipSync(FILE, { level: 1 });

/** What becomes of the requests to come, one each; those after them are answered as they should. */
type Deed = "give" | "cut" | "hang";
let deeds: Deed[];
let asked: string[];
let files: Map<string, Uint8Array<ArrayBuffer>>;

beforeEach(async () => {
  await close();
  vi.stubGlobal("indexedDB", new IDBFactory());
  vi.stubGlobal("fetch", serve);
  [deeds, asked] = [[], []];
  files = new Map([[PATH, Uint8Array.from(FILE)], [`${PATH}.gz`, Uint8Array.from(LAID)]]);
});
afterEach(() => vi.unstubAllGlobals());

function serve(path: string, ask: RequestInit): Promise<Response> {
  const range = /^bytes=(\d+)-(\d+)$/.exec(new Headers(ask.headers).get("range") ?? "");
  asked.push(range === null ? path.slice(PATH.length) : `${path.slice(PATH.length)} ${range[1]}`);
  const deed = deeds.shift();
  if (deed === "cut") return Promise.reject(new TypeError("network error"));
  if (deed === "hang") return new Promise(() => undefined);
  const file = files.get(path);
  if (file === undefined) return Promise.resolve(new Response("", { status: 404 }));
  if (range === null) return Promise.resolve(new Response(file));
  const part = file.slice(Number(range[1]), Number(range[2]) + 1);
  const headers = { "content-range": `bytes ${range[1]}-${Number(range[1]) + part.length - 1}/${file.length}` };
  return Promise.resolve(new Response(part, { status: 206, headers }));
}

const bring = async (maxBytes = FILE.length): Promise<boolean | null> => {
  const bytes = await longFileAt(PATH, maxBytes);
  return bytes && Buffer.compare(bytes, FILE) === 0;
};
const kept = async (): Promise<number> => (await entries("settings")).length;

describe("a long file", () => {
  test("is asked for whole at first, and leaves nothing behind", async () => {
    expect(await bring()).toBe(true);
    expect(asked).toEqual([""]);
    expect(await kept()).toBe(0);
  });

  test("comes in parts of its gzip file once the line broke, and each part once", async () => {
    deeds = ["cut", "give", "cut"];
    await expect(bring()).rejects.toThrow("offline");
    await expect(bring()).rejects.toThrow("offline");
    await close();
    expect(await bring()).toBe(true);
    expect(asked).toEqual(["", ".gz 0", `.gz ${PART}`, `.gz ${PART}`, `.gz ${2 * PART}`]);
    expect(LAID.length).toBeLessThanOrEqual(3 * PART);
    expect(await kept()).toBe(0);
  });

  test("comes in parts also where the tab was closed over it", async () => {
    deeds = ["hang"];
    void bring();
    await vi.waitFor(() => expect(asked).toEqual([""]));
    await close();
    expect(await bring()).toBe(true);
    expect(asked[1]).toBe(".gz 0");
  });

  test("is asked for whole again where no part of it comes at all", async () => {
    deeds = ["cut", "cut"];
    await expect(bring()).rejects.toThrow("offline");
    await expect(bring()).rejects.toThrow("offline");
    expect(await bring()).toBe(true);
    expect(asked).toEqual(["", ".gz 0", ""]);
  });

  test("comes whole again of a server that has it in no gzip", async () => {
    files.delete(`${PATH}.gz`);
    deeds = ["cut"];
    await expect(bring()).rejects.toThrow("offline");
    expect(await bring()).toBe(true);
    expect(asked).toEqual(["", ".gz 0", ""]);
    expect(await kept()).toBe(0);
  });

  test("that is not there is not there, in parts neither", async () => {
    files.clear();
    expect(await bring()).toBeNull();
    deeds = ["cut"];
    await expect(bring()).rejects.toThrow("offline");
    expect(await bring()).toBeNull();
  });

  test.each([
    ["a bomb", gzipSync(Buffer.alloc(40_000_000))],
    ["no gzip file", Buffer.from("<html>")],
    ["half a gzip file", LAID.subarray(0, LAID.length - 100)],
  ])("is refused where it is %s, and asked for whole the next time (D06)", async (_, laid) => {
    files.set(`${PATH}.gz`, Uint8Array.from(laid));
    deeds = ["cut"];
    await expect(bring()).rejects.toThrow("offline");
    await expect(bring()).rejects.toThrow("unexpected-answer");
    asked = [];
    expect(await bring()).toBe(true);
    expect(asked).toEqual([""]);
  });

  test("is refused where the server says that its gzip file is longer than the file may be", async () => {
    files.set(`${PATH}.gz`, new Uint8Array(FILE.length + 1));
    deeds = ["cut"];
    await expect(bring()).rejects.toThrow("offline");
    await expect(bring()).rejects.toThrow("unexpected-answer");
    expect(asked).toEqual(["", ".gz 0"]);
  });

  test("that fits into one part is short: it is asked for whole, whatever came before", async () => {
    files.set(PATH, Uint8Array.from(FILE.subarray(0, PART)));
    deeds = ["cut"];
    await expect(longFileAt(PATH, PART)).rejects.toThrow("offline");
    expect((await longFileAt(PATH, PART))?.length).toBe(PART);
    expect(asked).toEqual(["", ""]);
  });
});
