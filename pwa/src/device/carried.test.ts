import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { verdict } from "../core/verdict";
import { TestIssuer } from "../testing/issuer";
import { RevocationsFolder } from "../testing/revocations-folder";
import { bytesOfText, tarOf } from "../testing/tar";
import { DAY_S, SIGNED_AT, TufRepository } from "../testing/tuf-repository";
import { takeIn } from "./carried";
import { forgetClock } from "./clock";
import { close, entries, get, put } from "./store";
import { syncAll, syncStatus, type Place } from "./sync";
import { syncRevocations } from "./revocations";
import { loadWorld } from "./trust-store";

const INDEX = 7; // of every pass of the issuer's
const NOBODY: Place = { isLoggedIn: () => false, clues: null, onState: () => Promise.resolve() };
const LATER = SIGNED_AT + 3 * DAY_S;
const YEAR = { expires: SIGNED_AT + 365 * DAY_S };
const GOOD = ["valid"];
const REVOKED = ["not_valid", "revoked"];

let issuer: TestIssuer;
let repository: TufRepository;
let folder: RevocationsFolder;
let statusToken: string;

beforeEach(async () => {
  await close();
  forgetClock();
  vi.stubGlobal("indexedDB", new IDBFactory());
  vi.useFakeTimers({ toFake: ["Date"], now: (SIGNED_AT + 120) * 1000 });
  [issuer, repository] = [new TestIssuer(), new TufRepository()];
  folder = new RevocationsFolder(issuer);
  repository.publish(issuer.documents(), YEAR);
  folder.publish([[]], SIGNED_AT);
  statusToken = issuer.statusToken(SIGNED_AT);
  vi.stubGlobal("fetch", serve);
  await syncAll(NOBODY);
  await syncRevocations();
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const parts = (): [string, Uint8Array][] => [
  ["anchor.json", repository.anchor],
  ["published/status/0", bytesOfText(statusToken)],
  ["published/status/index.json", bytesOfText('{"lists": [0]}')],
  ...Array.from(folder.files, ([path, bytes]): [string, Uint8Array] => [`published${path}`, bytes]),
  ...Array.from(repository.files, ([path, bytes]): [string, Uint8Array] => [`published/trust/${path}`, bytes]),
];

/** As `amate pack export` writes what is published now. */
const written = (files = parts()): Blob => new Blob([tarOf(files)]);

function serve(path: string): Promise<Response> {
  if (path === "/status/index.json") return Promise.resolve(Response.json({ lists: [0] }));
  const name = path === "/anchor.json" ? "anchor.json" : `published${path}`;
  const found = parts().find(([each]) => each === name)?.[1];
  return Promise.resolve(found === undefined ? new Response("", { status: 404 }) : new Response(Uint8Array.from(found)));
}

/** Three days on, without a network: the pass of the issuer's is revoked, and all is published anew. */
function publishLater(): void {
  vi.setSystemTime((LATER + 120) * 1000);
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("no network")));
  repository.publishAgain({ ...YEAR, signedAt: LATER });
  folder.publish([[INDEX]], LATER);
  statusToken = issuer.statusToken(LATER);
}

/** What this device says, by what it keeps, of a phone that renewed its pass just now. */
async function says(): Promise<unknown[]> {
  const now = Date.now() / 1000;
  const { trust, status, revocations } = await loadWorld(now);
  const opened = (await revocations?.opened) ?? null;
  const given = await verdict(await issuer.shown(now), { trust, status, revocations: opened, clinic: null, now });
  return [given.verdict, ...given.reasons.filter((reason) => reason !== "identity-sealed")];
}

const all = async (): Promise<unknown> => [await entries("trust"), await entries("status"), await entries("revocations")];

describe("a pack that was carried to a counter without a network", () => {
  test("renews trust, lists and revocations, and asks nobody", async () => {
    publishLater();
    expect(await says()).not.toEqual(REVOKED);
    const before = await loadWorld(LATER);
    expect(await takeIn(written())).toBe(true);
    const { trust, ages } = await loadWorld(LATER);
    expect([before.trust?.refreshedAt, trust?.refreshedAt, ages.statusS]).toEqual([SIGNED_AT, LATER, 0]);
    expect(await says()).toEqual(REVOKED);
  });

  test("follows the chain of roots from the one that the counter stands on", async () => {
    repository.publishRoot(["root", "timestamp", "targets"]);
    repository.publishRoot(["root"]);
    publishLater();
    expect(await takeIn(written())).toBe(true);
    expect((await loadWorld(LATER)).trust?.refreshedAt).toBe(LATER);
  });

  test("does not count as a walk along the server's roots", async () => {
    const walkedAt = await get("settings", "roots-walked-at");
    publishLater();
    await takeIn(written());
    expect(await get("settings", "roots-walked-at")).toBe(walkedAt);
  });

  test("that brings nothing newer says so, and changes nothing", async () => {
    expect(await takeIn(written()), "the clinics, for which nobody had entered yet").toBe(true);
    const before = await says();
    expect(await takeIn(written())).toBe(false);
    expect(await says()).toEqual(before);
    expect(before).toEqual(GOOD);
  });

  test("with older revocations beside newer trust: what is here stays, the rest is taken", async () => {
    const older = [...folder.files];
    folder.publish([[INDEX]], SIGNED_AT + 60);
    await syncRevocations();
    publishLater();
    folder.files.clear();
    for (const [path, bytes] of older) folder.files.set(path, bytes);
    expect(await takeIn(written())).toBe(true);
    expect(await says()).toEqual(REVOKED);
  });

  test("that keeps of the file only what it took, and not the file behind each part", async () => {
    publishLater();
    const files = parts();
    await takeIn(written([...files, ["ballast", new Uint8Array(300_000)]]));
    for (const [, { bytes }] of await entries("trust")) expect(bytes.buffer.byteLength).toBe(bytes.length);
  });
});

describe("what is no better than what is here is refused, says why, and changes nothing", () => {
  test.each<[string, string, () => Blob | Promise<Blob>]>([
    ["a photograph", "not-a-pack-file", () => new Blob(["JFIF"])],
    ["nothing", "not-a-pack-file", () => new Blob([])],
    ["a file cut short", "not-a-pack-file", () => written().slice(0, 5000)],
    ["one without a trust repository", "not-a-pack-file", () => written(parts().filter(([name]) => !name.startsWith("published/trust")))],
    ["one without its targets", "not-a-pack-file", () => written(parts().filter(([name]) => !name.includes("/targets/")))],
    ["one without an index of lists", "not-a-pack-file", () => written(parts().filter(([name]) => name !== "published/status/index.json"))],
    ["one whose index leaves out a list that is here", "not-a-pack-file", () =>
      written(parts().map(([name, bytes]) => [name, name === "published/status/index.json" ? bytesOfText('{"lists": []}') : bytes]))],
    ["one without a list", "not-a-pack-file", () => written(parts().filter(([name]) => name !== "published/status/0"))],
    ["one without revocations", "not-a-pack-file", () => written(parts().filter(([name]) => !name.startsWith("published/status/revocations")))],
    ["another's pack", "pack-foreign", () => {
      repository = new TufRepository();
      repository.publish(issuer.documents(), { ...YEAR, signedAt: LATER });
      return written();
    }],
    ["a file larger than a pack", "not-a-pack-file", () => ({ size: 2 ** 27 }) as Blob],
    ["a stick that is pulled out", "not-a-pack-file", () => ({ size: 9, arrayBuffer: () => Promise.reject(new DOMException("", "NotReadableError")) }) as unknown as Blob],
  ])("%s", async (_, slug, make) => {
    publishLater();
    const before = await all();
    await expect(takeIn(await make())).rejects.toMatchObject({ slug });
    expect(await all()).toEqual(before);
  });

  test("an older pack (C04, D03)", async () => {
    const older = written();
    repository.publishAgain({ ...YEAR, signedAt: SIGNED_AT + 60 });
    await syncAll(NOBODY);
    const before = await all();
    publishLater();
    await expect(takeIn(older)).rejects.toMatchObject({ slug: "pack-older" });
    expect(await all()).toEqual(before);
  });

  test("one of before a change of keys", async () => {
    const older = written();
    repository.publishRoot(["timestamp", "snapshot"]);
    repository.publishAgain({ ...YEAR, signedAt: SIGNED_AT + 60 });
    await syncAll(NOBODY);
    publishLater();
    await expect(takeIn(older)).rejects.toMatchObject({ slug: expect.stringMatching(/^pack-(foreign|older)$/) as string });
  });

  test.each([
    ["a list", "published/status/0"],
    ["the revocations", "published/status/revocations/token"],
  ])("%s that is not as it was signed: what came before it is told apart from all", async (_, spoilt) => {
    publishLater();
    const files = parts().map(([name, bytes]): [string, Uint8Array] => [name, name === spoilt ? bytes.map((byte, at) => (at === 40 ? byte ^ 1 : byte)) : bytes]);
    await expect(takeIn(written(files))).rejects.toMatchObject({ slug: "pack-partly" });
    expect((await loadWorld(LATER)).trust?.refreshedAt).toBe(LATER);
    await expect(takeIn(written(files))).rejects.toMatchObject({ slug: "not-a-pack-file" });
    expect(await takeIn(written())).toBe(true);
    expect(await says()).toEqual(REVOKED);
  });

  test("on a counter that has never synchronised", async () => {
    await close();
    vi.stubGlobal("indexedDB", new IDBFactory());
    await expect(takeIn(written())).rejects.toMatchObject({ slug: "no-anchor" });
  });

  test("no byte of it, changed, makes a revoked card good or leaves less than was here (D07)", { timeout: 60_000 }, async () => {
    publishLater();
    await takeIn(written());
    expect(await says()).toEqual(REVOKED);
    repository.publishAgain({ ...YEAR, signedAt: LATER + 60 });
    folder.publish([[INDEX, 9]], LATER + 60);
    statusToken = issuer.statusToken(LATER + 60);
    const raw = new Uint8Array(await written().arrayBuffer());
    let refused = 0;
    for (let at = 0; at < raw.length; at += 1201) {
      const changed = raw.slice();
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      await takeIn(new Blob([changed])).catch(() => (refused += 1));
      expect(await says(), `byte ${at}`).toEqual(REVOKED);
    }
    expect(refused).toBeGreaterThan(5);
  });
});

describe("what a stick meets on the device", () => {
  test("lists of another deployment, which are left from before, make no stick incomplete", async () => {
    const [[, first]] = (await entries("status")) as [[number, { token: string; uri: string; savedAt: number }]];
    await put("status", 5, { ...first, uri: "https://other.example/status/5" });
    publishLater();
    expect(await takeIn(written())).toBe(true);
  });

  test("a synchronisation that was on its way brings no older list over the stick's (C04)", async () => {
    const older = issuer.statusToken(SIGNED_AT + 60);
    let answer: (response: Response) => void = () => undefined;
    vi.stubGlobal("fetch", (path: string) => {
      if (path === "/status/index.json") return Promise.resolve(Response.json({ lists: [0] }));
      return new Promise<Response>((resolve) => (answer = resolve));
    });
    const slow = syncStatus();
    await vi.waitFor(() => expect(answer.length).toBe(1));
    publishLater();
    expect(await takeIn(written())).toBe(true);
    answer(new Response(older));
    await slow;
    expect((await loadWorld(LATER)).ages.statusS).toBe(0);
  });

  test("a disk that is full at the last part says so, and that the others are there", async () => {
    publishLater();
    const { put: real } = IDBObjectStore.prototype;
    IDBObjectStore.prototype.put = function (...given: Parameters<typeof real>) {
      if (this.name === "revocations") throw new DOMException("full", "QuotaExceededError");
      return real.apply(this, given);
    };
    await expect(takeIn(written())).rejects.toMatchObject({ slug: "pack-partly-kept", detail: "storage-full" });
    IDBObjectStore.prototype.put = real;
    expect((await loadWorld(LATER)).trust?.refreshedAt).toBe(LATER);
    expect(await takeIn(written())).toBe(true);
  });

  test("a list that is named a thousand times is read once", async () => {
    publishLater();
    const index = JSON.stringify({ lists: Array.from({ length: 2_000 }, () => 0) });
    const copied = vi.spyOn(Uint8Array.prototype, "slice");
    expect(await takeIn(written(parts().map(([name, bytes]) => [name, name.endsWith("index.json") ? bytesOfText(index) : bytes])))).toBe(true);
    expect(copied.mock.calls.length).toBeLessThan(200);
    copied.mockRestore();
  });

  test("what had come of the server's file of revocations waits on", async () => {
    await put("settings", "download", "half");
    publishLater();
    await takeIn(written());
    expect(await get("settings", "download")).toBe("half");
  });
});
