import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { hashOf } from "../core/metadata";
import { DAY_S, SIGNED_AT, TufRepository } from "../testing/tuf-repository";
import { vectorsOf } from "../testing/vectors";
import { forgetClock } from "./clock";
import { close, entries, get, put } from "./store";
import { syncTrust } from "./sync";
import { loadTrust, loadWorld, trustStorage } from "./trust-store";

const WORLD = (vectorsOf("verdict")["worlds"] as Record<string, { issuers: unknown; policy: unknown }>)["usual"]!;
const raw = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const ISSUERS = raw(WORLD.issuers);
const DOCUMENTS = { "issuers.json": ISSUERS, "policy.json": raw(WORLD.policy), "clinics.json": raw({ clinics: [] }) };
const WALLET = ["issuers.json", "policy.json"];

let repository: TufRepository;

/** A deployment of static files; what is not there is a 404. Gives the paths that were asked for. */
function serve(files: ReadonlyMap<string, Uint8Array<ArrayBuffer>> = repository.files, anchor: Uint8Array<ArrayBuffer> | null = repository.anchor): string[] {
  const asked: string[] = [];
  vi.stubGlobal("fetch", (path: string) => {
    asked.push(path);
    const found = path === "/anchor.json" ? anchor : (files.get(path.replace("/trust/", "")) ?? null);
    return Promise.resolve(found === null ? new Response("", { status: 404 }) : new Response(found));
  });
  return asked;
}

/** All that is kept of trust, by name. */
async function kept(): Promise<Map<string, Uint8Array>> {
  return new Map((await entries("trust")).map(([name, { bytes }]) => [name, bytes]));
}

async function versions(): Promise<unknown> {
  const trust = await loadTrust(SIGNED_AT);
  return trust && [trust.env, trust.refreshedAt];
}

beforeEach(async () => {
  await close();
  forgetClock();
  vi.stubGlobal("indexedDB", new IDBFactory());
  vi.useFakeTimers({ toFake: ["Date"], now: SIGNED_AT * 1000 });
  repository = new TufRepository();
  repository.publish(DOCUMENTS);
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("trust, brought to the device", () => {
  test("comes from the pinned root down and is kept", async () => {
    const asked = serve();
    const steps: number[] = [];
    await syncTrust({ onStep: (done, of) => steps.push(done / of) });
    expect(asked.slice(0, 5)).toEqual(["/anchor.json", "/trust/root.json", "/trust/timestamp.json", "/trust/1.snapshot.json", "/trust/1.targets.json"]);
    expect(steps.at(-1)).toBe(1);
    const { trust, clinics, ages } = await loadWorld(SIGNED_AT + 60);
    expect(trust?.keys.size).toBeGreaterThan(0);
    expect([trust?.refreshedAt, trust?.floor, ages.trustS]).toEqual([SIGNED_AT, SIGNED_AT, 60]);
    expect(clinics).toEqual(Uint8Array.from(DOCUMENTS["clinics.json"]));
  });

  test("an idle sync is one request of at most 1 kB", async () => {
    serve();
    await syncTrust();
    const asked = serve();
    await syncTrust();
    expect(asked).toEqual(["/trust/timestamp.json"]);
    expect(repository.file("timestamp.json").length).toBeLessThanOrEqual(1024);
  });

  test("once a day the roots are asked for, whatever the timestamp says", async () => {
    serve();
    await syncTrust();
    vi.setSystemTime((SIGNED_AT + DAY_S - 60) * 1000);
    expect(await asksFor()).toEqual(["/trust/timestamp.json"]);
    vi.setSystemTime((SIGNED_AT + DAY_S) * 1000);
    expect(await asksFor()).toEqual(["/trust/root.json", "/trust/timestamp.json"]);
    expect(await asksFor()).toEqual(["/trust/timestamp.json"]);
    vi.setSystemTime((SIGNED_AT - DAY_S) * 1000); // a clock that was set back must not put it off for years
    expect(await asksFor()).toContain("/trust/root.json");
  });

  test("follows the roots as far as the newest one, and asks for none that is not there", async () => {
    serve();
    await syncTrust();
    repository.publishRoot(["root"]);
    repository.publishTimestamp();
    const asked = await asksFor();
    expect(asked).toContain("/trust/2.root.json");
    expect(asked).not.toContain("/trust/3.root.json");
    expect([...(await kept()).keys()]).toContain("root:2");
  });

  test("walks to the end of the roots where a repository does not say how far they lead", async () => {
    repository.publishRoot();
    repository.files.delete("root.json");
    expect(await asksFor()).toContain("/trust/3.root.json");
    repository.files.set("root.json", Uint8Array.from(raw("no root at all")));
    repository.publishTimestamp({ rootVersion: null });
    expect(await asksFor()).toContain("/trust/3.root.json");
  });

  test("believes no root for being called the newest: only the chain leads there", async () => {
    const stranger = new TufRepository();
    stranger.publishRoot();
    for (const path of ["root.json", "2.root.json"]) repository.files.set(path, stranger.file(path));
    serve();
    await expect(syncTrust()).rejects.toMatchObject({ slug: "trust-refused" });
    expect(await kept()).toEqual(new Map());
  });

  test("never goes back: an older timestamp is refused and the newer state stays (D01)", async () => {
    const before = new Map(repository.files);
    repository.publish(DOCUMENTS, { signedAt: SIGNED_AT + 60 });
    serve();
    await syncTrust();
    const newer = await kept();
    serve(before);
    await expect(syncTrust()).rejects.toMatchObject({ slug: "trust-refused" });
    expect(await kept()).toEqual(newer);
  });

  test("a thief who ran ahead, in version and in time, is undone by a new timestamp key (D05)", async () => {
    serve();
    await syncTrust();
    for (let count = 0; count < 5; count += 1) repository.publishTimestamp({ signedAt: SIGNED_AT + 3650 * DAY_S });
    await asksFor();
    expect((await loadTrust(SIGNED_AT))?.floor).toBe(SIGNED_AT + 3650 * DAY_S);
    repository.restartTimestamps();
    repository.publishRoot(["timestamp"]);
    repository.publishTimestamp({ signedAt: SIGNED_AT + DAY_S });
    await asksFor();
    expect((await loadTrust(SIGNED_AT))?.floor).toBe(SIGNED_AT + DAY_S);
  });

  test("a file without end is cut at its limit, and what was there stays (D06)", async () => {
    serve();
    await syncTrust();
    const before = await kept();
    let sent = 0;
    const endless = (): Response =>
      new Response(new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array((sent += 65_536) && 65_536)) }));
    vi.stubGlobal("fetch", () => Promise.resolve(endless()));
    await expect(syncTrust()).rejects.toMatchObject({ slug: "unexpected-answer" });
    expect(sent).toBeLessThan(300_000);
    expect(await kept()).toEqual(before);
  });

  test("a deployment without an anchor is told by name; without a network nothing changes", async () => {
    serve(repository.files, null);
    await expect(syncTrust()).rejects.toMatchObject({ slug: "no-anchor" });
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("failed")));
    await expect(syncTrust()).rejects.toMatchObject({ slug: "offline" });
    vi.stubGlobal("fetch", () => Promise.reject(new DOMException("late", "TimeoutError")));
    await expect(syncTrust()).rejects.toMatchObject({ slug: "timeout" });
    vi.stubGlobal("fetch", () => Promise.resolve(new Response("{}", { status: 503 })));
    await expect(syncTrust()).rejects.toMatchObject({ slug: "unavailable" });
  });

  test("files that make no trust are not kept, whoever signed them", async () => {
    for (const wrong of [{ "issuers.json": raw({}) }, { "policy.json": raw({ ...(WORLD.policy as object), env: "elsewhere" }) }]) {
      repository.publish({ ...DOCUMENTS, ...wrong });
      serve();
      await expect(syncTrust()).rejects.toMatchObject({ slug: "trust-refused" });
      expect(await kept()).toEqual(new Map());
    }
  });

  test("a wallet's sync leaves a clinic's older directory out of use, and its trust in use", async () => {
    serve();
    await syncTrust();
    repository.publish({ ...DOCUMENTS, "clinics.json": raw({ clinics: [1] }) }, { signedAt: SIGNED_AT + 60 });
    await syncTrust({ targets: WALLET });
    const world = await loadWorld(SIGNED_AT + 60);
    expect(world.trust?.refreshedAt).toBe(SIGNED_AT + 60);
    expect(world.clinics).toBeNull();
    await syncTrust();
    expect((await loadWorld(SIGNED_AT + 60)).clinics).not.toBeNull();
  });
});

describe("one transaction (D07)", () => {
  beforeEach(async () => {
    serve();
    await syncTrust();
    repository.publishRoot(["timestamp"]);
    repository.publish({ ...DOCUMENTS, "clinics.json": raw({ clinics: [2] }) }, { signedAt: SIGNED_AT + 60 });
  });

  test("a power cut at any request leaves the last good set", async () => {
    const before = await kept();
    for (let answers = 0; ; answers += 1) {
      serve();
      const { fetch } = globalThis;
      let left = answers;
      vi.stubGlobal("fetch", (path: string) => (left-- > 0 ? fetch(path) : Promise.reject(new TypeError("off"))));
      const failed = await syncTrust().then(() => null, (error: unknown) => error);
      if (failed === null) break;
      expect(await kept()).toEqual(before);
      expect(await versions()).toEqual(["prod", SIGNED_AT]);
    }
    expect(await versions()).toEqual(["prod", SIGNED_AT + 60]);
  });

  test("a power cut at any write leaves the last good set", async () => {
    const before = await kept();
    const write = IDBObjectStore.prototype.put;
    for (let writes = 0; ; writes += 1) {
      let left = writes;
      IDBObjectStore.prototype.put = function (this: IDBObjectStore, ...given): IDBRequest<IDBValidKey> {
        if (left-- > 0) return write.apply(this, given);
        throw new DOMException("off", "UnknownError");
      };
      const failed = await syncTrust().then(() => null, (error: unknown) => error);
      IDBObjectStore.prototype.put = write;
      if (failed === null) break;
      // The last of the writes is not of trust: it notes when the roots were walked.
      if (JSON.stringify(await versions()) !== JSON.stringify(["prod", SIGNED_AT + 60])) expect(await kept()).toEqual(before);
    }
    expect(await versions()).toEqual(["prod", SIGNED_AT + 60]);
  });
});

describe("a cache that somebody wrote to (D07)", () => {
  /** The keys, the policy's table and the time of signing: what a verdict's green rests on. */
  const facts = async (): Promise<string | null> => {
    const trust = await loadTrust(SIGNED_AT);
    return trust && JSON.stringify([trust.refreshedAt, trust.floor, [...trust.keys.keys()].sort(), trust.policy.version]);
  };

  beforeEach(async () => {
    repository.publishRoot(["root"]);
    repository.publishTimestamp();
    serve();
    await syncTrust();
  });

  test("bytes flipped in every file (each byte in turn: core/tuf-client.test.ts): the good set or 'cannot check'", { timeout: 60_000 }, async () => {
    const good = await facts();
    let refused = 0;
    for (const [name, bytes] of await kept()) {
      for (let at = 0; at < bytes.length; at += 41) {
        const flipped = bytes.map((byte, place) => (place === at ? byte ^ (1 << (at % 8)) : byte));
        await put("trust", name, { bytes: Uint8Array.from(flipped), savedAt: 0 });
        const found = await facts();
        if (found === null) refused += 1;
        else expect(found, `${name}, byte ${at}`).toBe(good);
      }
      await put("trust", name, { bytes: Uint8Array.from(bytes), savedAt: 0 });
    }
    expect(refused).toBeGreaterThan(200);
    expect(await facts()).toBe(good);
  });

  test("every file cut, emptied, or replaced by each other one", { timeout: 60_000 }, async () => {
    const good = await facts();
    const all = await kept();
    for (const [name, bytes] of all) {
      const cuts = [0, 1, bytes.length >> 1, bytes.length - 1].map((end) => bytes.slice(0, end));
      for (const bad of [...cuts, ...all.values()]) {
        await put("trust", name, { bytes: Uint8Array.from(bad), savedAt: 0 });
        expect([null, good]).toContain(await facts());
      }
      await put("trust", name, { bytes: Uint8Array.from(bytes), savedAt: 0 });
    }
  });

  test("a policy and a list of keys of the attacker's own, with everything else genuine", async () => {
    for (const name of ["issuers.json", "policy.json"] as const) {
      const good = (await trustStorage.read(`target:${name}`))!;
      await put("trust", `target:${name}`, { bytes: Uint8Array.from(raw({ ...(JSON.parse(new TextDecoder().decode(good)) as object), version: 99 })), savedAt: 0 });
      expect(await facts()).toBeNull();
      await put("trust", `target:${name}`, { bytes: good, savedAt: 0 });
    }
  });

  test("no number that is kept beside the files makes them younger", async () => {
    await put("settings", "trust-standing", { refreshedAt: SIGNED_AT + 100 * DAY_S, floor: 0, usableUntil: Infinity });
    await put("settings", "roots-walked-at", SIGNED_AT);
    const { ages } = await loadWorld(SIGNED_AT + 40 * DAY_S);
    expect(ages.trustS).toBe(40 * DAY_S);
  });

  test("the next sync mends it", async () => {
    const good = await facts();
    for (const name of ["timestamp", "snapshot", "targets", "root:2", "target:issuers.json"]) {
      await put("trust", name, { bytes: Uint8Array.of(1), savedAt: 0 });
      expect(await facts()).toBeNull();
      await syncTrust();
      expect(await facts()).toBe(good);
    }
  });
});

async function asksFor(): Promise<string[]> {
  const asked = serve();
  await syncTrust();
  return asked;
}

describe("a build that is pinned to a root", () => {
  const pin = async (root: Uint8Array<ArrayBuffer>): Promise<unknown> => vi.stubGlobal("__ANCHOR_SHA256__", await hashOf("sha256", root));

  test("takes that one and no other from the server (D09)", async () => {
    await pin(repository.anchor);
    serve();
    await syncTrust();
    expect(await versions()).toEqual(["prod", SIGNED_AT]);
    const demo = new TufRepository();
    demo.publish(DOCUMENTS);
    await close();
    vi.stubGlobal("indexedDB", new IDBFactory());
    serve(demo.files, demo.anchor);
    await expect(syncTrust()).rejects.toMatchObject({ slug: "trust-refused" });
    expect(await kept()).toEqual(new Map());
  });

  test("forgets what this device stood on before, and all that followed from it", async () => {
    repository.publishRoot(["timestamp"]);
    repository.publishAgain();
    serve();
    await syncTrust();
    expect((await kept()).has("root:2")).toBe(true);
    const next = new TufRepository();
    next.publish(DOCUMENTS);
    await pin(next.anchor);
    expect(await loadTrust(SIGNED_AT)).toBeNull();
    serve(next.files, next.anchor);
    await syncTrust();
    expect(await versions()).toEqual(["prod", SIGNED_AT]);
    expect((await kept()).has("root:2")).toBe(false);
  });
});

test("what an older release kept is of no use, and in nobody's way", async () => {
  await put("trust", "anchor", { bytes: repository.anchor, savedAt: 0 });
  await put("trust", "root", { bytes: repository.anchor, savedAt: 0 });
  await put("trust", "target:issuers.json", { bytes: Uint8Array.from(ISSUERS), savedAt: 0 });
  expect(await loadTrust(SIGNED_AT)).toBeNull();
  serve();
  await syncTrust();
  expect(await versions()).toEqual(["prod", SIGNED_AT]);
  expect(await get("settings", "roots-walked-at")).toBe(SIGNED_AT);
});

