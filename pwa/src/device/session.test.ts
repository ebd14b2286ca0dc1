import "fake-indexeddb/auto";
import { afterEach, describe, expect, test, vi } from "vitest";
import { enterAsCounter, keptSession, loadSession } from "./session";

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
