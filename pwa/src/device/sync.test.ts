import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { vectorsOf } from "../testing/vectors";
import { close, get } from "./store";
import { syncTrust } from "./sync";
import { standing, trustFile } from "./trust-store";

const { files } = vectorsOf("tuf") as unknown as { files: Readonly<Record<string, string>> };
const [PINNED, TIMESTAMP, SNAPSHOT, TARGETS] = ["3029e7d76f4ae22f", "e4bb05d2c417afe0", "3f59f1c3ff2fafa4", "fb0165354b624b15"] as const;
const [TIMESTAMP_2, SNAPSHOT_2, TARGETS_2] = ["4fb8921271d87cc2", "d47992d999115bbd", "8edeea62cf76d6cd"] as const;
const [ROOT_2, STRANGER_2] = ["8c113d6d2893a600", "47863846badcdb50"] as const;
const ISSUERS = '{"version":1}';

const first = {
  "/anchor.json": files[PINNED],
  "/trust/timestamp.json": files[TIMESTAMP],
  "/trust/1.snapshot.json": files[SNAPSHOT],
  "/trust/1.targets.json": files[TARGETS],
};
const second = {
  "/trust/timestamp.json": files[TIMESTAMP_2],
  "/trust/2.snapshot.json": files[SNAPSHOT_2],
  "/trust/2.targets.json": files[TARGETS_2],
};

/** A repository of static files; what is not there is a 404. */
function serve(paths: Readonly<Record<string, string | undefined>>): string[] {
  const asked: string[] = [];
  vi.stubGlobal("fetch", (path: string) => {
    asked.push(path);
    const found = Object.entries(paths).find(([known]) => path === known || (known.endsWith("*") && path.startsWith(known.slice(0, -1))));
    return Promise.resolve(found?.[1] === undefined ? new Response("", { status: 404 }) : new Response(found[1]));
  });
  return asked;
}

beforeEach(async () => {
  await close();
  vi.stubGlobal("indexedDB", new IDBFactory());
});
afterEach(() => {
  vi.unstubAllGlobals();
});

describe("trust, brought to the device", () => {
  test("comes from the pinned root down and is kept", async () => {
    const asked = serve({ ...first, "/trust/targets/*": ISSUERS });
    const steps: number[] = [];
    await syncTrust({ targets: ["issuers.json"], onStep: (done, of) => steps.push(done / of) });
    expect(asked.at(-1)).toMatch(/^\/trust\/targets\/[0-9a-f]{64}\.issuers\.json$/);
    expect(new TextDecoder().decode((await trustFile("issuers.json"))?.bytes)).toBe(ISSUERS);
    expect((await standing())?.refreshedAt).toBe(1_781_542_800);
    expect(steps.at(-1)).toBe(1);
  });

  test("asks for the anchor once, and for a target only when it changed", async () => {
    serve({ ...first, "/trust/targets/*": ISSUERS });
    await syncTrust({ targets: ["issuers.json"] });
    const asked = serve(first);
    await syncTrust({ targets: ["issuers.json"] });
    expect(asked.filter((path) => path.includes("anchor") || path.includes("targets/"))).toEqual([]);
  });

  test("follows the roots as far as the newest one, and asks for none that is not there", async () => {
    const rotated = { ...first, "/trust/root.json": files[ROOT_2], "/trust/2.root.json": files[ROOT_2] };
    const asked = serve(rotated);
    await syncTrust({ targets: [] });
    expect(new TextDecoder().decode((await get("trust", "root"))?.bytes)).toBe(files[ROOT_2]);
    expect(asked).not.toContain("/trust/3.root.json");
  });

  test("walks to the end of the roots where a repository does not say how far they lead", async () => {
    const asked = serve({ ...first, "/trust/2.root.json": files[ROOT_2] });
    await syncTrust({ targets: [] });
    expect(new TextDecoder().decode((await get("trust", "root"))?.bytes)).toBe(files[ROOT_2]);
    expect(asked).toContain("/trust/3.root.json");
  });

  test("believes no root for being called the newest: only the chain leads there", async () => {
    serve({ ...first, "/trust/root.json": files[ROOT_2], "/trust/2.root.json": files[STRANGER_2] });
    await expect(syncTrust({ targets: [] })).rejects.toMatchObject({ slug: "trust-refused" });
    serve({ ...first, "/trust/root.json": "no root at all" });
    await expect(syncTrust({ targets: [] })).rejects.toMatchObject({ slug: "trust-refused" });
    expect(await standing()).toBeNull();
  });

  test("never goes back: an older timestamp is refused and the newer state stays (D01)", async () => {
    serve(first);
    await syncTrust({ targets: [] });
    serve(second);
    await syncTrust({ targets: [] });
    const kept = await get("trust", "timestamp");
    serve(first);
    await expect(syncTrust({ targets: [] })).rejects.toMatchObject({ slug: "trust-refused" });
    expect((await get("trust", "timestamp"))?.bytes).toEqual(kept?.bytes);
  });

  test("takes all or nothing: an altered target leaves no trace of the rest", async () => {
    serve({ ...first, "/trust/targets/*": '{"version":2}' });
    await expect(syncTrust({ targets: ["issuers.json"] })).rejects.toMatchObject({ slug: "trust-refused" });
    expect(await get("trust", "timestamp")).toBeUndefined();
    expect(await standing()).toBeNull();
  });

  test("a deployment without an anchor is told by name; without a network nothing changes", async () => {
    serve({});
    await expect(syncTrust()).rejects.toMatchObject({ slug: "no-anchor" });
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("failed")));
    await expect(syncTrust()).rejects.toMatchObject({ slug: "offline" });
  });
});
