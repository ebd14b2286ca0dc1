import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { createHolderKey, HOLDER_KEY, importSealingKey, sealValue } from "./keys";
import { close, entries, put } from "./store";

const FORMATS = ["jwk", "pkcs8", "raw", "spki"] as const;
const AES = { name: "AES-GCM", length: 256 } as const;

/** Every secret key that lies in the database, as a script that got into the page reads it. */
async function keysFound(): Promise<[string, CryptoKey][]> {
  const kept = await entries("keys");
  return kept.map(([name, key]) => [name, "privateKey" in key ? key.privateKey : key]);
}

beforeEach(async () => {
  await close();
  vi.stubGlobal("indexedDB", new IDBFactory());
  await put("keys", HOLDER_KEY, (await createHolderKey()).pair);
  await put("keys", "sealing:1", await importSealingKey(new Uint8Array(32)));
  await sealValue("anything", null); // makes the vault's key
});

describe("a script that got into the page takes no key with it (J01)", () => {
  test("there are three to take: the holder's, the vault's and a clinic's", async () => {
    expect((await keysFound()).map(([name]) => name).sort()).toEqual([HOLDER_KEY, "sealing:1", "vault"]);
  });

  test("exportKey refuses in every format", async () => {
    for (const [name, key] of await keysFound()) {
      for (const format of FORMATS) await expect(crypto.subtle.exportKey(format as "jwk", key), `${name} ${format}`).rejects.toThrow();
    }
  });

  test("wrapKey refuses, too, under a key of the thief's own, which does wrap what may be taken", async () => {
    const [thiefs, plain] = [await crypto.subtle.generateKey(AES, true, ["wrapKey"]), await crypto.subtle.generateKey(AES, true, ["encrypt"])];
    const iv = new Uint8Array(12);
    const wrapped = (key: CryptoKey, format: "jwk"): Promise<ArrayBuffer> => crypto.subtle.wrapKey(format, key, thiefs, { name: "AES-GCM", iv });
    expect((await wrapped(plain, "jwk")).byteLength).toBeGreaterThan(32);
    for (const [name, key] of await keysFound()) {
      for (const format of FORMATS) await expect(wrapped(key, format as "jwk"), `${name} ${format}`).rejects.toThrow();
    }
  });

  test("a copy of it that goes to another window can no more be exported, nor does it spell anything", async () => {
    for (const [name, key] of await keysFound()) {
      const copy = structuredClone(key);
      expect([name, copy.extractable, JSON.stringify(copy)]).toEqual([name, false, "{}"]);
      for (const format of FORMATS) await expect(crypto.subtle.exportKey(format as "jwk", copy), `${name} ${format}`).rejects.toThrow();
    }
  });

  test("none of them is made for wrapping or deriving others", async () => {
    const usages = Object.fromEntries((await keysFound()).map(([name, key]) => [name, [...key.usages].sort()]));
    expect(usages).toEqual({ [HOLDER_KEY]: ["sign"], "sealing:1": ["decrypt"], vault: ["decrypt", "encrypt"] });
  });
});
