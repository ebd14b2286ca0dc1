// What a counter asks of the server about a one-time code, and what it makes of the answer.
import { afterEach, describe, expect, it, vi } from "vitest";
import { askFirstUse } from "./single-use";

const CTI = "0102030405060708090a0b0c";

describe("the question about a one-time code", () => {
  afterEach(() => vi.unstubAllGlobals());

  function answering(status: number, body: unknown): ReturnType<typeof vi.fn> {
    const fetched = vi.fn(() => Promise.resolve(new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } })));
    vi.stubGlobal("fetch", fetched);
    vi.stubGlobal("navigator", { onLine: true });
    return fetched;
  }

  it("carries its cti and nothing else", async () => {
    const fetched = answering(200, { first_use: true });
    expect(await askFirstUse(CTI)).toBe(true);
    expect(fetched).toHaveBeenCalledTimes(1);
    const [path, sent] = fetched.mock.calls[0] as [string, RequestInit];
    expect(path).toBe("/api/v1/verifications/uses");
    expect(JSON.parse(sent.body as string)).toEqual({ cti: CTI });
  });

  it("believes an answer, and takes none for none", async () => {
    answering(200, { first_use: false });
    expect(await askFirstUse(CTI)).toBe(false);
    answering(200, { first_use: null });
    expect(await askFirstUse(CTI)).toBeNull();
    answering(404, { type: "/problems/not-found" });
    expect(await askFirstUse(CTI)).toBeNull();
    answering(200, { first_use: "yes" });
    expect(await askFirstUse(CTI)).toBeNull();
  });

  it("is not asked without a network", async () => {
    const fetched = answering(200, { first_use: true });
    vi.stubGlobal("navigator", { onLine: false });
    expect(await askFirstUse(CTI)).toBeNull();
    expect(fetched).not.toHaveBeenCalled();
  });
});
