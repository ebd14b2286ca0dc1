/** What a device is told of whether its server answers. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { request, watchAnswers } from "./api";

describe("whoever watches the answers", () => {
  const heard: boolean[] = [];

  function answering(fetched: () => Promise<Response>): void {
    heard.length = 0;
    vi.stubGlobal("fetch", fetched);
    watchAnswers((is) => heard.push(is));
  }

  const answer = (status: number, body: string, type = "application/json"): (() => Promise<Response>) =>
    () => Promise.resolve(new Response(body, { status, headers: { "content-type": type } }));

  const ask = (isFresh?: boolean): Promise<unknown> =>
    request("/x", (json) => json, isFresh === undefined ? {} : { isFresh }).catch(() => null);

  afterEach(() => {
    watchAnswers(() => undefined);
    vi.unstubAllGlobals();
  });

  it.each([
    ["what was asked for", 200, "{}", true],
    ["a refusal", 403, '{"type": "/problems/forbidden"}', true],
    ["a fault of its own, which it tells", 500, '{"type": "/problems/internal"}', true],
    ["that it cannot, just now", 503, '{"type": "/problems/unavailable"}', false],
    ["a gateway's page, with nobody behind it", 502, "<html>", false],
  ])("hears of %s", async (_what, status, body, isThere) => {
    answering(answer(status, body, body.startsWith("{") ? "application/problem+json" : "text/html"));
    await ask();
    expect(heard).toEqual([isThere]);
  });

  it.each([["a network that is none", "TypeError"], ["a silence", "TimeoutError"]])("hears of %s", async (_what, name) => {
    answering(() => Promise.reject(Object.assign(new Error("no"), { name })));
    await ask();
    expect(heard).toEqual([false]);
  });

  it("takes nothing from an answer that a cache may have given, and much from its absence", async () => {
    answering(answer(200, "{}"));
    await ask(false);
    expect(heard).toEqual([]);
    answering(() => Promise.reject(new TypeError("no")));
    await ask(false);
    expect(heard).toEqual([false]);
  });
});
