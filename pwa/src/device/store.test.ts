import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { openDB } from "idb";
import { describe, expect, test, vi } from "vitest";
import { createHolderKey, HOLDER_KEY, holderKey, sealValue, sign, unsealValue } from "./keys";
import { close, entries, get, put, putAll, remove, setting } from "./store";

const isText = (value: unknown): value is string => typeof value === "string";

describe("the store", () => {
  test("gives back what was put, until it is removed", async () => {
    await put("settings", "theme", "dark");
    expect(await get("settings", "theme")).toBe("dark");
    expect(await setting("theme", isText, "auto")).toBe("dark");
    await remove("settings", "theme");
    expect(await setting("theme", isText, "auto")).toBe("auto");
  });

  test("keeps across a closing", async () => {
    await put("settings", "a", 1);
    await close();
    expect(await get("settings", "a")).toBe(1);
  });

  test("writes all or nothing", async () => {
    await put("settings", "b", "before");
    const unstorable = (): void => undefined;
    const writes = putAll([
      { store: "settings", key: "b", value: "after" },
      { store: "receipts", key: "r", value: unstorable },
    ]);
    await expect(writes).rejects.toMatchObject({ slug: "storage-unavailable" });
    expect(await get("settings", "b")).toBe("before");
  });

  test("removes in the same transaction and lists by key", async () => {
    await putAll([
      { store: "receipts", key: "2", value: "two" },
      { store: "receipts", key: "1", value: "one" },
      { store: "settings", key: "b", value: undefined },
    ]);
    expect(await entries("receipts")).toEqual([["1", "one"], ["2", "two"]]);
    expect(await get("settings", "b")).toBeUndefined();
  });

  test("what an earlier release kept is still there, and what it had no place for has one", async () => {
    await close();
    vi.stubGlobal("indexedDB", new IDBFactory());
    const earlier = await openDB("amate", 1, {
      upgrade: (db) => ["keys", "card", "trust", "status", "settings", "receipts"].forEach((name) => db.createObjectStore(name)),
    });
    await earlier.put("settings", "dark", "theme");
    earlier.close();
    const value = { token: "t", bytes: Uint8Array.of(1), savedAt: 0 };
    await put("revocations", "newest", value);
    expect([await get("settings", "theme"), await get("revocations", "newest")]).toEqual(["dark", value]);
    vi.unstubAllGlobals();
    await close();
  });

  test("a full disk has its own name", async () => {
    const { IDBObjectStore } = globalThis;
    const original = IDBObjectStore.prototype.put;
    IDBObjectStore.prototype.put = () => {
      throw new DOMException("full", "QuotaExceededError");
    };
    await expect(put("settings", "c", 1)).rejects.toMatchObject({ slug: "storage-full" });
    IDBObjectStore.prototype.put = original;
  });
});

describe("the keys of the device", () => {
  test("the holder's key cannot be taken out, signs raw r‖s, and is found again", async () => {
    const made = await createHolderKey();
    expect(made.pair.privateKey.extractable).toBe(false);
    await expect(crypto.subtle.exportKey("jwk", made.pair.privateKey)).rejects.toThrow();
    await put("keys", HOLDER_KEY, made.pair);
    const kept = await holderKey();
    expect(kept?.jwk).toEqual(made.jwk);
    const message = new TextEncoder().encode("amate");
    const signature = await sign(made, message);
    expect(signature).toHaveLength(64);
    const algorithm = { name: "ECDSA", hash: "SHA-256" };
    expect(await crypto.subtle.verify(algorithm, made.pair.publicKey, Uint8Array.from(signature), message)).toBe(true);
  });

  test("a sealed value opens under its label only, and not after one byte changed (J06, J07)", async () => {
    const sealed = await sealValue("card", { name: "María" });
    expect(new TextDecoder().decode(sealed.ciphertext)).not.toContain("María");
    expect(await unsealValue("card", sealed)).toEqual({ name: "María" });
    expect(await unsealValue("other", sealed)).toBeNull();
    const bytes = new Uint8Array(sealed.ciphertext.slice(0));
    bytes[3] = (bytes[3] ?? 0) ^ 1;
    expect(await unsealValue("card", { iv: sealed.iv, ciphertext: bytes.buffer })).toBeNull();
  });
});
