import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { openCentre } from "../testing/centre";
import { answerTo, beginAnew, CLUES, counted, give, openTab, scan, upTo, type Stage } from "../testing/counter-tabs";

const NAME = "GUADALUPE HERNÁNDEZ";
const CURP = "HEGG560427MVZRRL04";

let stage: Stage;

beforeEach(async () => {
  stage = await beginAnew();
});
afterEach(() => {
  vi.unstubAllGlobals();
});

describe("the outbox", () => {
  test("brings each scan to the centre once, in its order, and then holds nothing", async () => {
    const tab = await openTab();
    await give(tab);
    for (const n of upTo(3)) await tab.write(scan(n));
    await tab.write(scan(3, { verdict: "not_valid", reason: "revoked", seen: null }));
    expect(stage.requests).toBe(0);
    expect(await tab.outbox()).toMatchObject({ waiting: 4, sentAt: null });
    expect(await tab.drain()).toBeNull();
    const received = [...stage.centre.ledger.values()];
    expect(received.map(({ number, verdict }) => [number, verdict])).toEqual([[1, "valid"], [2, "valid"], [3, "valid"], [4, "not_valid"]]);
    expect(received[0]).toMatchObject({ clinic: CLUES, skewS: null });
    expect(await tab.store.entries("receipts")).toEqual([]);
    expect((await tab.outbox()).sentAt).toBeTypeOf("number");
    await tab.drain();
    expect(stage.requests).toBe(1);
  });

  test("sends a day's scans in few requests", async () => {
    const tab = await openTab();
    await give(tab);
    for (const n of upTo(100)) await tab.write(scan(n));
    expect(await tab.drain()).toBeNull();
    expect(counted()).toEqual(upTo(100));
    expect(stage.requests).toBe(3);
  });

  test.each(["no-network", "busy", "logged-out", "answer-lost"] as const)("keeps what was not answered, and sends it again: %s", async (trouble) => {
    const tab = await openTab();
    await give(tab);
    for (const n of upTo(3)) await tab.write(scan(n));
    stage.weather = trouble;
    expect(await tab.drain()).toBe({ "no-network": "offline", busy: "unavailable", "logged-out": "not-logged-in", "answer-lost": "offline" }[trouble]);
    expect((await tab.outbox()).waiting).toBe(3);
    stage.weather = "fine";
    expect(await tab.drain()).toBeNull();
    expect(counted()).toEqual(upTo(3));
    expect((await tab.outbox()).waiting).toBe(0);
  });

  test("what was written before the centre's key was here is sealed to it when it comes", async () => {
    const tab = await openTab();
    for (const n of upTo(2)) await tab.write(scan(n));
    expect(await tab.drain()).toBeNull();
    expect(stage.requests).toBe(0);
    await give(tab);
    await tab.write(scan(2));
    expect(await tab.drain()).toBeNull();
    expect(counted()).toEqual(upTo(3));
    expect(stage.centre.counts.conflicts).toBe(0);
  });

  test("two tabs that scan at once share one chain", async () => {
    const [one, other] = [await openTab(), await openTab()];
    await give(one);
    await Promise.all(upTo(10).map((n) => (n % 2 === 0 ? one : other).write(scan(n))));
    await Promise.all([one.drain(), other.drain()]);
    expect(counted()).toEqual(upTo(10));
    expect([...stage.centre.ledger.values()].map(({ number }) => number).sort((a, b) => a - b)).toEqual(upTo(10).map((n) => n + 1));
    expect(stage.centre.counts.conflicts).toBe(0);
  });

  test("each clinic where the device stood has a chain of its own, and one that is refused holds up no other", async () => {
    const tab = await openTab();
    await give(tab);
    await tab.write(scan(0));
    await tab.write(scan(1, { clinic: "VZIMB002210" }));
    await tab.write(scan(2, { clinic: null }));
    const { fetch } = globalThis;
    vi.stubGlobal("fetch", (path: string, init: RequestInit) =>
      stage.requests === 0 ? ((stage.requests += 1), Promise.resolve(Response.json({ type: "/problems/wrong-clinic" }, { status: 403 }))) : fetch(path, init),
    );
    expect(await tab.drain()).toBe("wrong-clinic");
    expect(counted()).toHaveLength(2);
    expect(await tab.drain()).toBeNull();
    expect([...stage.centre.ledger.values()].map(({ number }) => number)).toEqual([1, 1, 1]);
    expect(new Set([...stage.centre.ledger.values()].map(({ device }) => String(device))).size).toBe(3);
  });

  test("a refusal stays, with its reason, until somebody has it sent again", async () => {
    const tab = await openTab();
    await give(tab);
    for (const n of upTo(2)) await tab.write(scan(n));
    const honest = stage.centre;
    stage.centre = await openCentre(); // whose key is another
    expect(await tab.drain()).toBeNull();
    expect(await tab.outbox()).toMatchObject({ waiting: 0, refused: new Map([["receipt-unreadable", 2]]) });
    stage.centre = honest;
    await tab.drain();
    expect(counted()).toEqual([]);
    await tab.sendAgain();
    expect(await tab.drain()).toBeNull();
    expect(counted()).toEqual(upTo(2));
  });

  test("one receipt that the centre cannot take does not hold up the others", async () => {
    const tab = await openTab();
    await give(tab);
    for (const n of upTo(4)) await tab.write(scan(n));
    const [[, bad]] = (await tab.store.entries("receipts")).slice(2) as [[string, { id: string }]];
    vi.stubGlobal("fetch", (_path: string, init: RequestInit) => {
      const body = init.body as string;
      return body.includes(bad.id) ? Promise.resolve(Response.json({ type: "/problems/invalid-input" }, { status: 422 })) : answerTo(body);
    });
    expect(await tab.drain()).toBeNull();
    expect(counted()).toEqual([0, 1, 3]);
    expect(await tab.outbox()).toMatchObject({ refused: new Map([["invalid-input", 1]]), conflicts: new Map([["receipt-gap", 1]]) });
  });

  test("a conflict is kept by the centre: here only that it was one, until it was read", async () => {
    const tab = await openTab();
    await give(tab);
    for (const n of upTo(2)) await tab.write(scan(n));
    await tab.drain();
    await tab.store.putAll([{ store: "settings", key: `receipts:${CLUES}`, value: { number: 1, digest: new Uint8Array(32) } }]); // an older backup
    await tab.write(scan(2));
    expect(await tab.drain()).toBeNull();
    expect(await tab.outbox()).toMatchObject({ waiting: 0, conflicts: new Map([["receipt-fork", 1]]) });
    expect(JSON.stringify(await tab.store.entries("receipts"))).not.toContain("eyJ");
    await tab.forgetConflicts();
    expect(await tab.store.entries("receipts")).toEqual([]);
    expect(counted()).toEqual(upTo(3));
  });

  test("a full disk is said, and leaves the chain whole", async () => {
    const tab = await openTab();
    await give(tab);
    await tab.write(scan(0));
    const { put } = IDBObjectStore.prototype;
    IDBObjectStore.prototype.put = () => {
      throw new DOMException("full", "QuotaExceededError");
    };
    await expect(tab.write(scan(9))).rejects.toMatchObject({ slug: "storage-full" });
    IDBObjectStore.prototype.put = put;
    await tab.write(scan(1));
    expect(await tab.drain()).toBeNull();
    expect(counted()).toEqual(upTo(2));
    expect(stage.centre.counts.conflicts).toBe(0);
  });

  test("a receipt is there before the disk confirms it, for which it is written once more", async () => {
    const tab = await openTab();
    await give(tab);
    await tab.write(scan(0)); // makes the counter's key
    const asked: unknown[] = [];
    const { transaction } = IDBDatabase.prototype;
    IDBDatabase.prototype.transaction = function (names, mode, options) {
      if (mode === "readwrite") asked.push(options?.durability);
      return transaction.call(this, names, mode, options);
    };
    const { keep } = await tab.write(scan(1));
    expect(asked).toEqual(["relaxed"]);
    const written = await tab.store.entries("receipts");
    expect(written).toHaveLength(2);
    await keep();
    IDBDatabase.prototype.transaction = transaction;
    expect(asked).toEqual(["relaxed", "strict"]);
    expect(await tab.store.entries("receipts")).toEqual(written);
  });

  test("what another tab wrote behind a receipt stays the head when the receipt is confirmed, and both are there once", async () => {
    const [one, other] = [await openTab(), await openTab()];
    await give(one);
    const { keep } = await one.write(scan(0));
    await (await other.write(scan(1))).keep();
    await keep();
    await other.write(scan(2));
    expect(await one.drain()).toBeNull();
    expect(counted()).toEqual(upTo(3));
    expect(stage.centre.counts.conflicts).toBe(0);
    await keep(); // the centre has it: it is there no more
    expect(await one.store.entries("receipts")).toEqual([]);
  });

  test("a receipt that is confirmed after the centre has it is sent again, and counts once", async () => {
    const tab = await openTab();
    await give(tab);
    const { keep } = await tab.write(scan(0));
    await tab.drain();
    await keep();
    await tab.write(scan(1));
    expect(await tab.drain()).toBeNull();
    expect(counted()).toEqual(upTo(2));
    expect((await tab.outbox()).waiting).toBe(0);
    expect(stage.centre.counts.conflicts).toBe(0);
  });

  test("a clock that is off beyond words leaves a receipt all the same", async () => {
    const tab = await openTab();
    await give(tab);
    vi.spyOn(Date, "now").mockReturnValue(-1e9);
    await tab.write(scan(0));
    vi.mocked(Date.now).mockRestore();
    await tab.drain();
    expect([...stage.centre.ledger.values()]).toMatchObject([{ deviceAt: 0, skewS: null }]);
  });

  test("a dump of the database holds no word of a scan: no name, CURP, pass, place of a status list (K03)", async () => {
    const tab = await openTab();
    const cti = new TextEncoder().encode("cti-of-a-pas");
    for (const isGiven of [false, true]) {
      if (isGiven) await give(tab);
      await tab.write(scan(12_345, { seen: { profile: 3, cti, statusIndex: 987_654_321 }, verdict: "check_identity", reason: "printed" }));
    }
    const bytes: string[] = [];
    const dumped = JSON.stringify(await Promise.all((["receipts", "settings", "card", "trust", "status"] as const).map((name) => tab.store.entries(name))), (_, value: unknown) => {
      if (value instanceof Uint8Array || value instanceof ArrayBuffer) bytes.push(Buffer.from(new Uint8Array(value)).toString("latin1"));
      return value;
    });
    for (const word of [NAME, CURP, "cti-of-a-pas", Buffer.from(cti).toString("base64url"), Buffer.from(cti).toString("hex"), "987654321", "check_identity", "printed"]) {
      expect(dumped).not.toContain(word);
      expect(bytes.join("\n")).not.toContain(word);
    }
    await tab.drain();
    expect(stage.centre.ledger.size).toBe(2);
  });
});
