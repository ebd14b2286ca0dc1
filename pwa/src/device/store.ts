/**
 * What the device keeps: one IndexedDB database, seven stores, one schema version.
 *
 * Values go in whole and come out whole; several writes that belong together are one transaction (`putAll`).
 */
import { openDB, type DBSchema, type IDBPDatabase } from "idb";
import { Failure } from "./failure";

/** A value under AES-256-GCM with a key that never leaves the browser's key store (keys.ts). */
export interface SealedValue {
  readonly iv: Uint8Array<ArrayBuffer>;
  readonly ciphertext: ArrayBuffer;
}

/** The bytes of one trust file as downloaded and verified. */
export interface StoredFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly savedAt: number;
}

/** A status list token as downloaded and verified. */
export interface StoredStatus {
  readonly uri: string;
  readonly token: string;
  readonly savedAt: number;
}

/** The revocations of the whole country as downloaded and verified: a token, and the file that it names. */
export interface StoredRevocations {
  readonly token: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly savedAt: number;
}

interface Schema extends DBSchema {
  keys: { key: string; value: CryptoKey | CryptoKeyPair };
  card: { key: string; value: SealedValue };
  trust: { key: string; value: StoredFile };
  status: { key: number; value: StoredStatus };
  revocations: { key: string; value: StoredRevocations };
  settings: { key: string; value: unknown };
  receipts: { key: string; value: unknown };
}

export type StoreName = "keys" | "card" | "trust" | "status" | "revocations" | "settings" | "receipts";
type KeyOf<Name extends StoreName> = Schema[Name]["key"];
type ValueOf<Name extends StoreName> = Schema[Name]["value"];

/** One write of a transaction; value undefined removes the key. */
export type Write = { [Name in StoreName]: { store: Name; key: KeyOf<Name>; value: ValueOf<Name> | undefined } }[StoreName];

const NAME = "amate";
const VERSION = 2; // 2: revocations
const STORES: readonly StoreName[] = ["keys", "card", "trust", "status", "revocations", "settings", "receipts"];

let opening: Promise<IDBPDatabase<Schema>> | null = null;

function open(): Promise<IDBPDatabase<Schema>> {
  opening ??= openDB<Schema>(NAME, VERSION, {
    upgrade(db) {
      for (const store of STORES) if (!db.objectStoreNames.contains(store)) db.createObjectStore(store);
    },
    // A newer release in another tab wants to upgrade: let it, and open again at the next use.
    blocking: () => void close(),
    terminated: () => {
      opening = null;
    },
  }).catch((error: unknown) => {
    opening = null;
    throw translated(error);
  });
  return opening;
}

/** Closes the database; the next use opens it again. */
export async function close(): Promise<void> {
  const database = opening;
  opening = null;
  if (database !== null) (await database).close();
}

function translated(error: unknown): Failure {
  const name = error instanceof Error ? error.name : "";
  return new Failure(name === "QuotaExceededError" ? "storage-full" : "storage-unavailable", name);
}

async function guarded<Result>(work: (db: IDBPDatabase<Schema>) => Promise<Result>): Promise<Result> {
  const db = await open();
  try {
    return await work(db);
  } catch (error) {
    throw translated(error);
  }
}

/** The value under a key, or undefined. Raises storage-unavailable. */
export function get<Name extends StoreName>(store: Name, key: KeyOf<Name>): Promise<ValueOf<Name> | undefined> {
  return guarded((db) => db.get(store, key));
}

/** All keys and values of a store, in the order of the keys. */
export async function entries<Name extends StoreName>(store: Name): Promise<[KeyOf<Name>, ValueOf<Name>][]> {
  const [keys, values] = await guarded((db) => {
    const rows = db.transaction(store).store;
    return Promise.all([rows.getAllKeys(), rows.getAll()]);
  });
  return keys.flatMap((key, at) => (values[at] === undefined ? [] : [[key, values[at]]]));
}

/** Writes one value. Raises storage-full, storage-unavailable. */
export async function put<Name extends StoreName>(store: Name, key: KeyOf<Name>, value: ValueOf<Name>): Promise<void> {
  await guarded((db) => db.put(store, value, key));
}

/** Writes and removals that hold together: all or none. Raises storage-full, storage-unavailable. */
export async function putAll(writes: readonly Write[]): Promise<void> {
  if (writes.length > 0) await commit(writes, null, "default");
}

/** What must hold of the value under a key at the moment of writing. */
export interface Condition<Name extends StoreName = StoreName> {
  readonly store: Name;
  readonly key: KeyOf<Name>;
  readonly holds: (value: unknown) => boolean;
}

/**
 * As putAll, if a condition holds by then, whatever other tabs did meanwhile: whether it was written. Once it says so, the death of
 * a tab does not take it back; by "strict" it is on the disk, and a power cut does not either. Raises storage-full, storage-unavailable.
 */
export function putAllIf(condition: Condition, writes: readonly Write[], durability: "relaxed" | "strict"): Promise<boolean> {
  return commit(writes, condition, durability);
}

function commit(writes: readonly Write[], condition: Condition | null, durability: IDBTransactionDurability): Promise<boolean> {
  const names = [...new Set([...writes.map((write) => write.store), ...(condition === null ? [] : [condition.store])])];
  return guarded(async (db) => {
    const transaction = db.transaction(names, "readwrite", { durability });
    const steps: Promise<unknown>[] = [transaction.done];
    try {
      if (condition !== null && !condition.holds(await transaction.objectStore(condition.store).get(condition.key))) {
        abort(transaction);
        await Promise.allSettled(steps);
        return false;
      }
      for (const { store, key, value } of writes) {
        const rows = transaction.objectStore(store);
        steps.push(value === undefined ? rows.delete(key) : rows.put(value, key));
      }
      await Promise.all(steps);
      return true;
    } catch (error) {
      // A write refused before it was queued (a value that cannot be cloned) does not end the transaction by itself.
      abort(transaction);
      await Promise.allSettled(steps);
      throw error;
    }
  });
}

function abort(transaction: { abort(): void }): void {
  try {
    transaction.abort();
  } catch {
    // it had ended already
  }
}

/** Removes one key; nothing happens if it is not there. */
export async function remove<Name extends StoreName>(store: Name, key: KeyOf<Name>): Promise<void> {
  await guarded((db) => db.delete(store, key));
}

/** A setting as plain JSON, or `otherwise` when it is absent or not what `is` accepts. */
export async function setting<Value>(key: string, is: (value: unknown) => value is Value, otherwise: Value): Promise<Value> {
  const value = await get("settings", key);
  return is(value) ? value : otherwise;
}
