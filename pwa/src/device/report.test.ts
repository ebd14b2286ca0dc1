import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { missedReports, reportAges } from "./report";
import { close, entries } from "./store";

interface Sent {
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A server that answers every report with this status; gives back what it was sent. */
function serve(status: number): Sent[] {
  const sent: Sent[] = [];
  vi.stubGlobal("fetch", (path: string, init: RequestInit) => {
    sent.push({ path, body: JSON.parse(init.body as string) as Sent["body"] });
    return status === 0 ? Promise.reject(new TypeError("no network")) : Promise.resolve(new Response(null, { status }));
  });
  return sent;
}

const AGES = { trustAt: 1_795_000_000, statusAt: null };

beforeEach(async () => {
  await close();
  vi.stubGlobal("indexedDB", new IDBFactory());
});
afterEach(() => {
  vi.unstubAllGlobals();
});

describe("what a verifier tells of itself", () => {
  test("is how old its lists are, under one number made by chance, and nothing else", async () => {
    const sent = serve(204);
    await reportAges(AGES);
    await reportAges({ trustAt: 1_795_000_900, statusAt: 1_795_000_000 });
    expect(sent.map(({ path }) => path)).toEqual(["/api/v1/verifiers/reports", "/api/v1/verifiers/reports"]);
    const [first, second] = sent.map(({ body }) => body);
    expect(Object.keys(first ?? {}).sort()).toEqual(["clock_skew_s", "device", "status_signed_at", "trust_signed_at"]);
    expect(first).toMatchObject({ trust_signed_at: "2026-11-18T11:06:40Z", status_signed_at: null });
    expect(first?.device).toMatch(/^[A-Za-z0-9_-]{22}$/);
    expect(second?.device).toBe(first?.device);
    expect(await missedReports()).toBe(0);
  });

  test("is another number on another device", async () => {
    const sent = serve(204);
    await reportAges(AGES);
    await close();
    vi.stubGlobal("indexedDB", new IDBFactory());
    await reportAges(AGES);
    expect(sent[0]?.body.device).not.toBe(sent[1]?.body.device);
  });

  test("fails without a word, and is counted until one arrives", async () => {
    for (const status of [0, 503, 401]) {
      serve(status);
      await reportAges(AGES);
    }
    expect(await missedReports()).toBe(3);
    serve(204);
    await reportAges(AGES);
    expect(await missedReports()).toBe(0);
    expect(await entries("settings")).toHaveLength(1);
  });

  test("is never in the way where nothing can be kept", async () => {
    const sent = serve(204);
    vi.stubGlobal("indexedDB", { open: () => { throw new DOMException("no", "SecurityError"); } });
    await reportAges(AGES);
    expect(sent).toHaveLength(0); // a number that changes each time would be counted as many devices
  });
});
