import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { JsonObject } from "../core/encoding";
import { TestIssuer } from "../testing/issuer";
import { SIGNED_AT, TufRepository } from "../testing/tuf-repository";
import { forgetClock } from "./clock";
import { stateOf } from "./state-clinics";
import { close, entries, get, put } from "./store";
import { syncAll, syncTrust, type Place } from "./sync";
import { loadWorld, type DeviceWorld } from "./trust-store";

const raw = (value: unknown): Uint8Array<ArrayBuffer> => Uint8Array.from(new TextEncoder().encode(JSON.stringify(value)));
const COUNTRY = raw({ clinics: ["HG", "DF", "YN"] });
const HIDALGO = raw({ clinics: ["HG"] });
const CAPITAL = raw({ clinics: ["DF"] });
const CLUES = "HGIMS900110";
const WHOLE = ["anchor", "snapshot", "target:clinics.json", "target:issuers.json", "target:policy.json", "targets", "timestamp"];

let repository: TufRepository;
let issuer: TestIssuer;
let asked: string[];
/** Paths that nobody answers for, by a part of their name. */
let heldBack: string[];
/** What was here each time that a counter was told that its state is. */
let told: DeviceWorld[];

function publish(country = COUNTRY, states: Readonly<Record<string, Uint8Array>> = { HG: HIDALGO, DF: CAPITAL }, signedAt = SIGNED_AT): void {
  const named = Object.entries(states).map(([state, bytes]) => [state, { ...repository.putBeside(`clinics-${state}.json`, bytes) }]);
  const index = { ...repository.putBeside("states.json", raw(Object.fromEntries(named))) };
  repository.publish({ ...issuer.documents(), "clinics.json": country }, { signedAt, custom: { "clinics.json": { states: index } } });
}

function serve(path: string): Promise<Response> {
  asked.push(path.replace("/trust/", "").replace(/[0-9a-f]{64}\./, ""));
  if (heldBack.some((part) => path.includes(part))) return Promise.reject(new TypeError("cut"));
  if (path === "/status/index.json") return Promise.resolve(Response.json({ lists: [0] }));
  if (path === "/status/0") return Promise.resolve(new Response(issuer.statusToken(SIGNED_AT)));
  const found = path === "/anchor.json" ? repository.anchor : repository.files.get(path.replace("/trust/", ""));
  return Promise.resolve(found === undefined ? new Response("", { status: path.startsWith("/api/") ? 403 : 404 }) : new Response(found));
}

function at(clues: string | null = CLUES, isLoggedIn = true): Place {
  return { isLoggedIn: () => isLoggedIn, clues, onState: async () => void told.push(await loadWorld(SIGNED_AT)) };
}

/** What this counter asked for beneath targets/, in order. */
const targets = (): string[] => asked.filter((path) => path.startsWith("targets/")).map((path) => path.replace("targets/", ""));
const kept = async (): Promise<string[]> => (await entries("trust")).map(([name]) => name);
const pathOf = (name: string): string => [...repository.files.keys()].find((path) => path.endsWith(`.${name}`)) ?? "";

beforeEach(async () => {
  await close();
  forgetClock();
  vi.stubGlobal("indexedDB", new IDBFactory());
  vi.useFakeTimers({ toFake: ["Date"], now: SIGNED_AT * 1000 });
  vi.stubGlobal("fetch", serve);
  [issuer, repository, asked, heldBack, told] = [new TestIssuer(), new TufRepository(), [], [], []];
  publish();
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test("the state of a clinic is told by its key", () => {
  expect([CLUES, "DFSSA000011", "", "1", "../x"].map(stateOf)).toEqual(["HG", "DF", null, null, null]);
});

describe("a counter's first synchronisation", () => {
  test("brings what verdicts rest on, then the own state, then the country, which takes its place", async () => {
    await syncAll(at());
    expect(targets()).toEqual(["issuers.json", "policy.json", "states.json", "clinics-HG.json", "clinics.json"]);
    expect(asked.indexOf("/status/0")).toBeLessThan(asked.indexOf("targets/states.json"));
    expect(told.map(({ trust, status, clinics, isOneState }) => [trust?.env, status.size, clinics, isOneState])).toEqual([["prod", 1, HIDALGO, true]]);
    expect(await loadWorld(SIGNED_AT)).toMatchObject({ clinics: COUNTRY, isOneState: false });
    expect(await kept()).toEqual(WHOLE);
  });

  test("never brings the state again once the country is here, however that changes", async () => {
    await syncAll(at());
    publish(raw({ clinics: ["HG", "DF", "YN", "CC"] }), { HG: raw({ clinics: ["HG", "HG"] }) }, SIGNED_AT + 60);
    asked = [];
    await syncAll(at());
    expect(targets()).toEqual(["clinics.json"]);
    expect([told.length, await kept()]).toEqual([1, WHOLE]);
  });

  test("that is cut in the country goes on there, and until then the state stays", async () => {
    heldBack = [".clinics.json"];
    await expect(syncAll(at())).rejects.toMatchObject({ slug: "offline" });
    expect(await loadWorld(SIGNED_AT)).toMatchObject({ clinics: HIDALGO, isOneState: true });
    [asked, heldBack] = [[], []];
    await syncAll(at());
    expect(targets()).toEqual(["clinics.json"]);
    expect(told.length).toBe(2);
    expect(await kept()).toEqual(WHOLE);
  });

  test("that is cut in the state leaves verdicts, and the next one goes on there", async () => {
    heldBack = [".clinics-HG.json"];
    await expect(syncAll(at())).rejects.toMatchObject({ slug: "offline" });
    const cut = await loadWorld(SIGNED_AT);
    expect([cut.trust?.env, cut.clinics]).toEqual(["prod", null]);
    [asked, heldBack] = [[], []];
    await syncAll(at());
    expect(targets()).toEqual(["states.json", "clinics-HG.json", "clinics.json"]);
  });

  test("that finds the targets changed since it was cut takes the state as it is now", async () => {
    heldBack = [".clinics.json"];
    await expect(syncAll(at())).rejects.toMatchObject({ slug: "offline" });
    const now = raw({ clinics: ["HG", "new"] });
    publish(raw({ clinics: [] }), { HG: now, DF: CAPITAL }, SIGNED_AT + 60);
    await expect(syncAll(at())).rejects.toMatchObject({ slug: "offline" });
    expect((await loadWorld(SIGNED_AT)).clinics).toEqual(now);
  });

  test("of somebody of another state brings that one", async () => {
    heldBack = [".clinics.json"];
    await expect(syncAll(at())).rejects.toMatchObject({ slug: "offline" });
    await expect(syncAll(at("DFIMS900110"))).rejects.toMatchObject({ slug: "offline" });
    expect((await loadWorld(SIGNED_AT)).clinics).toEqual(CAPITAL);
  });

  test("brings the country at once where nobody knows the clinic, and no clinics before somebody has entered", async () => {
    await syncAll(at(null, false));
    expect(targets()).toEqual(["issuers.json", "policy.json"]);
    await syncAll(at(null));
    expect(targets()).toEqual(["issuers.json", "policy.json", "clinics.json"]);
    expect(told).toEqual([]);
  });
});

describe("where the state cannot be had the country comes as ever", () => {
  const comesWithout = async (): Promise<void> => {
    await syncAll(at());
    expect(told).toEqual([]);
    expect((await loadWorld(SIGNED_AT)).clinics).toEqual(COUNTRY);
    expect(await kept()).toEqual(WHOLE);
  };

  test("a repository of before names none", async () => {
    repository.publish({ ...issuer.documents(), "clinics.json": COUNTRY });
    await comesWithout();
  });

  test.each<JsonObject>([{ states: "none" }, { states: { sha256: "x", length: 2 } }, { states: { length: 2 } }, {}])("the targets say %o", async (said) => {
    repository.publish({ ...issuer.documents(), "clinics.json": COUNTRY }, { custom: { "clinics.json": said } });
    await comesWithout();
  });

  test("a state without clinics, and a clinic's node, which has no such files", async () => {
    await syncAll(at("YNIMS900110"));
    expect([told, targets().at(-1)]).toEqual([[], "clinics.json"]);
    await close();
    vi.stubGlobal("indexedDB", new IDBFactory());
    repository.files.delete(pathOf("states.json"));
    await comesWithout();
  });

  test.each(["states.json", "clinics-HG.json"])("a %s with one other byte, or longer than it is said to be", async (name) => {
    const path = pathOf(name);
    const genuine = repository.file(path);
    repository.files.set(path, genuine.with(3, genuine[3]! ^ 1));
    await comesWithout();
    await close();
    vi.stubGlobal("indexedDB", new IDBFactory());
    repository.files.set(path, Uint8Array.from([...genuine, 32]));
    await comesWithout();
  });
});

test("what somebody changed on the disk is not there, and is brought again (D07)", async () => {
  heldBack = [".clinics.json"];
  await expect(syncAll(at())).rejects.toMatchObject({ slug: "offline" });
  for (const name of ["target:states.json", "target:clinics-of-a-state.json"]) {
    const { bytes } = (await get("trust", name))!;
    await put("trust", name, { bytes: bytes.with(3, bytes[3]! ^ 1), savedAt: 0 });
    expect((await loadWorld(SIGNED_AT)).clinics).toBeNull();
    await expect(syncAll(at())).rejects.toMatchObject({ slug: "offline" });
    expect((await loadWorld(SIGNED_AT)).clinics).toEqual(HIDALGO);
  }
});

test("the wallet's synchronisation asks for none of it", async () => {
  await syncTrust({ targets: ["issuers.json", "policy.json"] });
  expect(targets()).toEqual(["issuers.json", "policy.json"]);
});
