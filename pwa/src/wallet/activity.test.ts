import "fake-indexeddb/auto";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { put, remove } from "../device/store";
import { activity, note, noteInView } from "./activity";

const NOON = 1_790_000_000;

beforeEach(async () => {
  vi.stubGlobal("navigator", { onLine: true });
  await remove("settings", "activity");
  await remove("settings", "seen-at");
});

const said = async (): Promise<string[]> => (await activity()).map(({ what }) => what);

describe("what happened to the card", () => {
  test("a code in view is one showing, however often the page is loaded again", async () => {
    for (const later of [0, 3, 30, 33, 400, 900]) await noteInView(NOON + later);
    expect(await said()).toEqual(["shown"]);
    expect((await activity())[0]?.at).toBe(NOON);
  });

  test("a code that was away for ten minutes is shown anew", async () => {
    await noteInView(NOON);
    await noteInView(NOON + 599);
    await noteInView(NOON + 599 + 600);
    expect(await said()).toEqual(["shown", "shown"]);
  });

  test("the card that has just arrived is not shown as well", async () => {
    await note("claimed", NOON);
    await noteInView(NOON + 3);
    expect(await said()).toEqual(["claimed"]);
  });

  test("a clock set back does not hide a showing", async () => {
    await noteInView(NOON);
    await noteInView(NOON - 86_400);
    expect(await said()).toEqual(["shown", "shown"]);
  });

  test("lines written at the same time are all kept, newest first, no more than forty", async () => {
    await Promise.all([note("claimed", NOON), note("renewed", NOON + 1), note("lent", NOON + 2)]);
    expect(await said()).toEqual(["lent", "renewed", "claimed"]);
    await Promise.all(Array.from({ length: 50 }, (_, n) => note("renewed", NOON + n)));
    expect(await said()).toHaveLength(40);
  });

  test("what an older release left there is not shown as a line", async () => {
    await put("settings", "activity", ["?", null, { at: NOON, what: "lent", isOffline: false }]);
    expect(await said()).toEqual(["lent"]);
  });
});
