import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { verdict } from "../core/verdict";
import { TestIssuer } from "../testing/issuer";
import { PLACE, RevocationsFolder, deltaOf, fileOf, sha256 } from "../testing/revocations-folder";
import { DAY_S, SIGNED_AT, TufRepository } from "../testing/tuf-repository";
import { forgetClock } from "./clock";
import { syncRevocations } from "./revocations";
import { close, get, put, remove } from "./store";
import { syncAll, type Place } from "./sync";
import { loadWorld, NEWEST } from "./trust-store";

const INDEX = 7; // of every pass of the issuer's
const OTHERS = Array.from({ length: 400 }, (_, n) => 100 + n * 2_500); // so many that a delta is shorter than the whole
const BEFORE = [OTHERS];
const AFTER = [[INDEX, ...OTHERS]];
const NOW = SIGNED_AT + 120;
const NOBODY: Place = { isLoggedIn: () => false, clues: null, onState: () => Promise.resolve() };

interface Asked {
  readonly path: string;
  readonly cache: RequestCache | undefined;
}

let issuer: TestIssuer;
let repository: TufRepository;
let folder: RevocationsFolder;
let hasLists: boolean;
let asked: Asked[];

beforeEach(async () => {
  await close();
  forgetClock();
  vi.stubGlobal("indexedDB", new IDBFactory());
  vi.useFakeTimers({ toFake: ["Date"], now: NOW * 1000 });
  [issuer, repository, hasLists, asked] = [new TestIssuer(), new TufRepository(), false, []];
  folder = new RevocationsFolder(issuer);
  repository.publish(issuer.documents(), { expires: SIGNED_AT + 365 * DAY_S });
  folder.publish(BEFORE, SIGNED_AT);
  vi.stubGlobal("fetch", serve);
  await syncAll(NOBODY);
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** The deployment; unless told otherwise its index names no status list, so that only the file can say anything. */
function serve(path: string, ask?: RequestInit): Promise<Response> {
  asked.push({ path, cache: ask?.cache });
  if (path === "/status/index.json") return Promise.resolve(Response.json({ lists: hasLists ? [0] : [] }));
  if (path === "/status/0") return Promise.resolve(new Response(issuer.statusToken(SIGNED_AT)));
  const found = path === "/anchor.json" ? repository.anchor : (folder.files.get(path) ?? repository.files.get(path.replace("/trust/", "")));
  return Promise.resolve(found === undefined ? new Response("", { status: 404 }) : new Response(found));
}

/** Synchronises, and gives what of the folder was asked for. */
async function bring(): Promise<string[]> {
  asked = [];
  await syncRevocations();
  return asked.map(({ path }) => path.replace(`${PLACE}/`, ""));
}

/** What this device says, by what it keeps, of a phone that renewed its pass just now. */
async function says(now = NOW): Promise<unknown[]> {
  const { trust, status, revocations } = await loadWorld(now);
  const opened = (await revocations?.opened) ?? null;
  const given = await verdict(await issuer.shown(now), { trust, status, revocations: opened, clinic: null, now });
  return [given.verdict, ...given.reasons.filter((reason) => reason !== "identity-sealed")];
}

const stored = async (): Promise<string> => JSON.stringify(await get("revocations", NEWEST));
const GOOD = ["valid"];
const REVOKED = ["not_valid", "revoked"];
const UNKNOWN = ["stale", "status-missing"];

describe("the revocations of the country, brought to the device", () => {
  test("whole the first time, then what was added, and idle only the token, which the browser's cache may still have", async () => {
    expect(await says()).toEqual(UNKNOWN);
    const first = sha256(fileOf(BEFORE));
    expect(await bring()).toEqual(["token", first]);
    expect(await says()).toEqual(GOOD);
    const second = folder.publish(AFTER, SIGNED_AT + 60);
    expect(await bring()).toEqual(["token", `${first}-${second}`]);
    expect(await says()).toEqual(REVOKED);
    expect(await bring()).toEqual(["token"]);
    expect(asked.map(({ cache }) => cache)).toEqual(["no-cache"]);
    folder.publish(AFTER, SIGNED_AT + 90); // another day, and nothing was added
    expect(await bring()).toEqual(["token"]);
    expect((await loadWorld(NOW)).revocations?.token.iat).toBe(SIGNED_AT + 90);
  });

  test("gives what is then kept, and what it says is at once what is stored", async () => {
    await syncRevocations();
    folder.publish(AFTER, SIGNED_AT + 60);
    const kept = await syncRevocations();
    const { revocations } = await loadWorld(NOW);
    expect(kept?.encodedJwt).toBe(revocations?.encodedJwt);
    expect((await kept?.opened)?.file.bits.bytes).toEqual((await revocations?.opened)?.file.bits.bytes);
  });

  test.each([
    ["is not there", (): undefined => undefined],
    ["is damaged", (good: Uint8Array): Uint8Array => good.map((byte, at) => (at === 9 ? byte ^ 1 : byte))],
    ["is longer than it may be", (good: Uint8Array): Uint8Array => Uint8Array.of(...good, 0)],
    ["is of another file", (): Uint8Array => deltaOf(1, [5])],
  ])("a delta that %s is passed over for the whole file", async (_, spoil) => {
    await syncRevocations();
    const [first, second] = [sha256(fileOf(BEFORE)), folder.publish(AFTER, SIGNED_AT + 60)];
    const path = `${PLACE}/${first}-${second}`;
    const spoilt = spoil(folder.files.get(path)!);
    if (spoilt === undefined) folder.files.delete(path);
    else folder.files.set(path, Uint8Array.from(spoilt));
    expect(await bring()).toEqual(["token", `${first}-${second}`, second]);
    expect(await says()).toEqual(REVOKED);
  });

  test("a signed delta that leads elsewhere is passed over, too: only the hash of what it makes tells", async () => {
    await syncRevocations();
    const [first, wrong] = [sha256(fileOf(BEFORE)), deltaOf(1, [5])];
    const deltas = [{ from: first, sha256: sha256(wrong), size: wrong.length }];
    const second = folder.publish(AFTER, SIGNED_AT + 60, { deltas });
    folder.files.set(`${PLACE}/${first}-${second}`, wrong);
    expect(await bring()).toEqual(["token", `${first}-${second}`, second]);
    expect(await says()).toEqual(REVOKED);
  });

  test("a server that has none leaves the lists alone, and what was kept", async () => {
    const files = new Map(folder.files);
    folder.files.clear();
    hasLists = true;
    await syncAll(NOBODY);
    expect(await syncRevocations()).toBeNull();
    expect(await says()).toEqual(GOOD);
    for (const [path, bytes] of files) folder.files.set(path, bytes);
    await syncRevocations();
    const before = await stored();
    folder.files.clear();
    expect((await syncRevocations())?.token.iat).toBe(SIGNED_AT);
    expect(await stored()).toBe(before);
  });

  test("either of them is believed when it says that a pass is revoked", async () => {
    hasLists = true;
    await syncAll(NOBODY);
    expect(await says()).toEqual(GOOD);
    folder.publish(AFTER, SIGNED_AT - DAY_S); // older than the list, which does not say so
    await syncRevocations();
    expect(await says()).toEqual(REVOKED);
  });

  test("what they rest on ages from when it was signed, and no clock may be before it", async () => {
    folder.publish(BEFORE, SIGNED_AT + 60);
    await syncRevocations();
    expect((await loadWorld(NOW)).trust?.floor).toBe(SIGNED_AT + 60);
    expect(await says(SIGNED_AT + 60 + DAY_S)).toEqual(["valid", "trust-aging"]);
    expect(await says(SIGNED_AT + 61 + DAY_S)).toEqual(["valid", "trust-aging", "status-aging"]);
  });
});

describe("what a hostile server says of them", () => {
  const keepsWhatIsKept = async (): Promise<void> => {
    const before = await stored();
    await expect(syncRevocations()).rejects.toMatchObject({ slug: expect.stringMatching(/^(revocations-refused|unavailable|unexpected-answer)$/) as string });
    expect(await stored()).toBe(before);
    expect(await says()).toEqual(REVOKED);
  };

  beforeEach(async () => {
    folder.publish(AFTER, SIGNED_AT);
    await syncRevocations();
  });

  test("older than what is kept (C04)", async () => {
    folder.publish(BEFORE, SIGNED_AT - 1);
    await keepsWhatIsKept();
  });

  test("older than what is kept, though its file was spoilt in the store (C04)", async () => {
    await put("revocations", NEWEST, { ...(await get("revocations", NEWEST))!, bytes: Uint8Array.of(1) });
    folder.publish(BEFORE, SIGNED_AT - 1);
    await expect(syncRevocations()).rejects.toMatchObject({ slug: "revocations-refused", detail: "older-revocations" });
    expect(await says()).toEqual(UNKNOWN);
  });

  test("of fewer lists (C04)", async () => {
    folder.publish([], SIGNED_AT + 60);
    await keepsWhatIsKept();
  });

  test.each([
    ["of another place", { sub: "https://other.example/status/revocations" }],
    ["of a list more than the file has", { lists: 2 }],
    ["of a file that is not there", { file: { sha256: "ab".repeat(32), size: 5 } }],
    ["of another size", { file: { sha256: sha256(fileOf([[5]])), size: 5 } }],
  ])("%s", async (_, said) => {
    folder.publish([[5]], SIGNED_AT + 60, said);
    await keepsWhatIsKept();
  });

  test("by a key of nobody's, by none, or no token at all", async () => {
    const stranger = new RevocationsFolder(new TestIssuer());
    stranger.publish(BEFORE, SIGNED_AT + 60);
    const [good, theirs] = [folder.files.get(`${PLACE}/token`)!, stranger.files.get(`${PLACE}/token`)!];
    for (const token of [theirs, good.subarray(0, -3), Uint8Array.of(), Uint8Array.of(...good, 10)]) {
      folder.files.set(`${PLACE}/token`, Uint8Array.from(token));
      await keepsWhatIsKept();
    }
  });

  test("other bytes under the name of the file", async () => {
    const name = folder.publish([[5]], SIGNED_AT + 60, { deltas: [] });
    folder.files.set(`${PLACE}/${name}`, fileOf([[6]]));
    await keepsWhatIsKept();
  });

  test("a file without end is cut at the size that was signed (C06)", async () => {
    const name = folder.publish([[5]], SIGNED_AT + 60, { deltas: [] });
    let sent = 0;
    const pull = (controller: ReadableStreamDefaultController): void => controller.enqueue(new Uint8Array((sent += 65_536) && 65_536));
    vi.stubGlobal("fetch", (path: string) => (path.endsWith(name) ? Promise.resolve(new Response(new ReadableStream({ pull }))) : serve(path)));
    await keepsWhatIsKept();
    expect(sent).toBeLessThan(300_000);
  });

  test("what a key signed that is no longer believed does not count, and is replaced by what the next key signs", async () => {
    issuer.revoke("status");
    repository.publish(issuer.documents(), { signedAt: SIGNED_AT + 60, expires: SIGNED_AT + 365 * DAY_S });
    await syncAll(NOBODY);
    expect(await says()).toEqual(UNKNOWN);
    folder.publish(AFTER, SIGNED_AT - 60); // an older one, by a thief perhaps ahead of time, holds nobody back
    await syncRevocations();
    expect(await says()).toEqual(REVOKED);
  });
});

describe("a store that loses or is written to", () => {
  beforeEach(async () => {
    await syncRevocations();
    folder.publish(AFTER, SIGNED_AT + 60);
  });

  test("a power cut at any request leaves the last good ones", async () => {
    const before = await stored();
    for (let answers = 0; ; answers += 1) {
      let left = answers;
      vi.stubGlobal("fetch", (path: string) => (left-- > 0 ? serve(path) : Promise.reject(new TypeError("off"))));
      const failed = await syncRevocations().then(() => null, (error: unknown) => error);
      if (failed === null) break;
      expect(failed).toMatchObject({ slug: "offline" });
      expect(await stored()).toBe(before);
      expect(await says()).toEqual(GOOD);
    }
    expect(await says()).toEqual(REVOKED);
  });

  test("a power cut at any write leaves the last good ones, and a full disk has its own name", async () => {
    const before = await stored();
    const write = IDBObjectStore.prototype.put;
    for (const [name, slug] of [["UnknownError", "storage-unavailable"], ["QuotaExceededError", "storage-full"]] as const) {
      IDBObjectStore.prototype.put = () => {
        throw new DOMException("off", name);
      };
      await expect(syncRevocations()).rejects.toMatchObject({ slug });
      IDBObjectStore.prototype.put = write;
      expect(await stored()).toBe(before);
      expect(await says()).toEqual(GOOD);
    }
    let writes = 0;
    IDBObjectStore.prototype.put = function (this: IDBObjectStore, ...given): IDBRequest<IDBValidKey> {
      writes += 1;
      return write.apply(this, given);
    };
    await syncRevocations();
    IDBObjectStore.prototype.put = write;
    expect(writes).toBe(1); // token and file are one value: there is no moment between them
    expect(await says()).toEqual(REVOKED);
  });

  test("bytes flipped in the file or the token, or one cut: never green, and the next sync mends it", { timeout: 60_000 }, async () => {
    await syncRevocations();
    const good = (await get("revocations", NEWEST))!;
    const { bytes, token } = good;
    const flipped = (at: number): Uint8Array<ArrayBuffer> => Uint8Array.from(bytes, (byte, place) => (place === at ? byte ^ (1 << at % 8) : byte));
    const files = [...bytes.keys()].filter((at) => at % 7 === 0).map(flipped);
    const cuts = [0, 1, bytes.length >> 1, bytes.length - 1].map((end) => bytes.slice(0, end));
    for (const spoilt of [...files, ...cuts, Uint8Array.of(...bytes, 0), fileOf(BEFORE), fileOf([])]) {
      await put("revocations", NEWEST, { ...good, bytes: spoilt });
      expect(await says()).toEqual(UNKNOWN);
    }
    for (let at = 0; at < token.length; at += 11) {
      const other = token[at] === "A" ? "B" : "A";
      await put("revocations", NEWEST, { ...good, token: token.slice(0, at) + other + token.slice(at + 1) });
      expect([UNKNOWN, REVOKED]).toContainEqual(await says()); // the last bits of a signature's text may mean nothing
    }
    await put("revocations", NEWEST, { ...good, bytes: fileOf(BEFORE) });
    expect(await bring()).toEqual(["token", sha256(fileOf(AFTER))]);
    expect(await says()).toEqual(REVOKED);
  });

  test("without trust there is nobody to believe them from", async () => {
    await remove("trust", "timestamp");
    await expect(syncRevocations()).rejects.toMatchObject({ slug: "no-trust" });
  });
});
