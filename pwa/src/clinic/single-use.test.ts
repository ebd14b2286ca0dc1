// What a counter asks of the server about a one-time code, and what it makes of the answer.
import { afterEach, describe, expect, it, vi } from "vitest";
import { askFirstUse, spendFirstUse } from "./single-use";

let codes = 0;
/** Of a code that nobody has asked about. */
const newCti = (): string => (codes += 1).toString(16).padStart(24, "0");

describe("the question about a one-time code", () => {
  afterEach(() => vi.unstubAllGlobals());

  function answering(status: number, body: unknown): ReturnType<typeof vi.fn> {
    const fetched = vi.fn(() => Promise.resolve(new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } })));
    vi.stubGlobal("fetch", fetched);
    vi.stubGlobal("navigator", { onLine: true });
    return fetched;
  }

  it("carries its cti and nothing else", async () => {
    const [fetched, cti] = [answering(200, { first_use: true }), newCti()];
    expect(await askFirstUse(cti)).toBe(true);
    expect(fetched).toHaveBeenCalledTimes(1);
    const [path, sent] = fetched.mock.calls[0] as [string, RequestInit];
    expect(path).toBe("/api/v1/verifications/uses");
    expect(JSON.parse(sent.body as string)).toEqual({ cti });
  });

  it("believes an answer, and takes none for none", async () => {
    answering(200, { first_use: false });
    expect(await askFirstUse(newCti())).toBe(false);
    answering(200, { first_use: null });
    expect(await askFirstUse(newCti())).toBeNull();
    answering(404, { type: "/problems/not-found" });
    expect(await askFirstUse(newCti())).toBeNull();
    answering(200, { first_use: "yes" });
    expect(await askFirstUse(newCti())).toBeNull();
  });

  it("is not asked without a network", async () => {
    const fetched = answering(200, { first_use: true });
    vi.stubGlobal("navigator", { onLine: false });
    expect(await askFirstUse(newCti())).toBeNull();
    expect(fetched).not.toHaveBeenCalled();
  });

  it.each([true, false])("is not forgotten when the network goes (first use: %s)", async (isFirst) => {
    const cti = newCti();
    answering(200, { first_use: isFirst });
    await askFirstUse(cti);
    spendFirstUse({ cti });
    answering(503, { type: "/problems/unavailable" });
    expect(await askFirstUse(cti)).toBe(false);
    vi.stubGlobal("navigator", { onLine: false });
    expect(await askFirstUse(cti)).toBe(false);
    expect(await askFirstUse(newCti())).toBeNull();
  });

  it("is kept where no verdict came of it, for the same code a moment later, and asked no second time", async () => {
    const [fetched, cti] = [answering(200, { first_use: true }), newCti()];
    await askFirstUse(cti);
    spendFirstUse({ cti: newCti() });
    spendFirstUse({ cti: null });
    expect(await askFirstUse(cti)).toBe(true);
    spendFirstUse({ cti });
    expect(await askFirstUse(cti)).toBe(false);
    expect(fetched).toHaveBeenCalledTimes(1);
  });

  it("is forgotten of codes that have long ended", async () => {
    const cti = newCti();
    answering(200, { first_use: true });
    await askFirstUse(cti);
    for (let n = 0; n < 64; n += 1) await askFirstUse(newCti());
    vi.stubGlobal("navigator", { onLine: false });
    expect(await askFirstUse(cti)).toBeNull();
  });
});
