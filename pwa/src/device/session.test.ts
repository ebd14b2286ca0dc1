import "fake-indexeddb/auto";
import { afterEach, describe, expect, test, vi } from "vitest";
import { enterAsCounter, finishLeaving, keptSession, loadSession, logout } from "./session";

function answering(status: number, body: unknown): ReturnType<typeof vi.fn> {
  const fetched = vi.fn(() => Promise.resolve(new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } })));
  vi.stubGlobal("fetch", fetched);
  return fetched;
}

afterEach(() => vi.unstubAllGlobals());

describe("who works at this machine", () => {
  test("enters by passkey where the server does not say otherwise", async () => {
    answering(200, { staff: null, env: "production" });
    expect(await loadSession()).toEqual({ staff: null, env: "production", entry: "passkey", isWithdrawn: false });
  });

  test("enters by the counter's code at a clinic's node, and remembers so without a network", async () => {
    const staff = { name: "Ventanilla 2", role: "clinic", clinic: "HGIMS900110" };
    answering(200, { staff, env: "production", entry: "counter-code" });
    expect(await loadSession()).toEqual({ staff, env: "production", entry: "counter-code", isWithdrawn: false });
    expect(await keptSession()).toEqual({ staff, env: "production", entry: "counter-code", isWithdrawn: false });
  });

  test("takes what an earlier release kept for a login by passkey", async () => {
    answering(200, { staff: null, env: "demo", entry: "by-telegraph" });
    expect((await loadSession()).entry).toBe("passkey");
  });

  test("sends the code and nothing else, and says why it was not taken", async () => {
    const fetched = answering(403, { type: "/problems/counter-code-unknown" });
    await expect(enterAsCounter("12345678")).rejects.toMatchObject({ slug: "counter-code-unknown" });
    expect(fetched.mock.calls[0]).toMatchObject(["/api/v1/session/counter", { method: "POST", body: '{"code":"12345678"}' }]);
  });
});

describe("leaving without a network", () => {
  const staff = { name: "Rosa", role: "clinic", clinic: null };

  /** Methods that the server was asked by; while it is out of reach each is in vain. */
  function serverOf(): { asked: string[]; reach: { is: boolean } } {
    const asked: string[] = [];
    const reach = { is: true };
    const answer = (_path: string, { method = "GET" }: RequestInit): Promise<Response> => {
      asked.push(method);
      if (!reach.is) return Promise.reject(new TypeError("Failed to fetch"));
      const body = method === "DELETE" ? null : JSON.stringify({ staff, env: "demo" });
      return Promise.resolve(new Response(body, { status: body === null ? 204 : 200, headers: { "content-type": "application/json" } }));
    };
    vi.stubGlobal("fetch", vi.fn(answer));
    return { asked, reach };
  }

  test("is told the server before it is asked who works here", async () => {
    const { asked, reach } = serverOf();
    await loadSession();
    reach.is = false;
    await expect(logout()).rejects.toMatchObject({ slug: "offline" });
    expect(await keptSession()).toBeNull();
    await expect(loadSession()).rejects.toMatchObject({ slug: "offline" });
    expect(asked).toEqual(["GET", "DELETE", "DELETE"]);
    reach.is = true;
    await loadSession();
    await loadSession();
    expect(asked.slice(3)).toEqual(["DELETE", "GET", "GET"]);
  });

  test("is ended once where two ask for it at the same time", async () => {
    const { reach, asked } = serverOf();
    await loadSession();
    reach.is = false;
    await expect(logout()).rejects.toMatchObject({ slug: "offline" });
    reach.is = true;
    await Promise.all([finishLeaving(), loadSession()]);
    expect(asked).toEqual(["GET", "DELETE", "DELETE", "GET"]);
  });

  test("forgets who was here also where the disk is full", async () => {
    const { reach } = serverOf();
    await loadSession();
    reach.is = false;
    const full = vi.spyOn(IDBObjectStore.prototype, "put").mockImplementation(() => {
      throw new DOMException("full", "QuotaExceededError");
    });
    await expect(logout()).rejects.toMatchObject({ slug: "offline" });
    full.mockRestore();
    expect(await keptSession()).toBeNull();
  });

  test("is over once the server heard of it, and ends no later session", async () => {
    const { asked } = serverOf();
    await loadSession();
    await logout();
    await finishLeaving();
    expect(asked).toEqual(["GET", "DELETE"]);
  });
});
