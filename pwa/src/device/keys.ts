/**
 * The keys of this device, made here and never readable by any script: the holder's P-256 key and the vault's AES key.
 *
 * Nothing else touches a private key. What a script in the page can do is ask for a signature (residual risk J02), not take the key.
 */
import { get, put, type SealedValue } from "./store";

export interface PublicJwk {
  readonly kty: "EC";
  readonly crv: "P-256";
  readonly x: string;
  readonly y: string;
}

/** The holder's key: `sign` gives raw r‖s, 64 bytes (ES256). */
export interface HolderKey {
  readonly pair: CryptoKeyPair;
  readonly jwk: PublicJwk;
}

const ES256 = { name: "ECDSA", namedCurve: "P-256" } as const;
const HOLDER = "holder";
const VAULT = "vault";

/** A new key pair whose private half cannot be exported; the caller keeps it with what it was bound to (`HOLDER_KEY`). */
export async function createHolderKey(): Promise<HolderKey> {
  return withJwk(await crypto.subtle.generateKey(ES256, false, ["sign", "verify"]));
}

/** The key that the stored card is bound to, or null; of another name, the key of a card that is not kept yet. */
export async function holderKey(name = HOLDER): Promise<HolderKey | null> {
  const kept = await get("keys", name);
  return kept !== undefined && "privateKey" in kept ? withJwk(kept) : null;
}

export const HOLDER_KEY = HOLDER;

async function withJwk(pair: CryptoKeyPair): Promise<HolderKey> {
  const { x, y } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  if (x === undefined || y === undefined) throw new TypeError("not an EC key");
  return { pair, jwk: { kty: "EC", crv: "P-256", x, y } };
}

/** ES256 over the bytes: raw r‖s, 64 bytes. */
export async function sign(key: HolderKey, bytes: Uint8Array): Promise<Uint8Array> {
  const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key.pair.privateKey, Uint8Array.from(bytes));
  return new Uint8Array(signature);
}

async function vaultKey(): Promise<CryptoKey> {
  const kept = await get("keys", VAULT);
  if (kept !== undefined && !("privateKey" in kept)) return kept;
  const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  await put("keys", VAULT, made);
  return made;
}

/** A JSON value sealed for the store; `label` says what it is and is authenticated with it. */
export async function sealValue(label: string, value: unknown): Promise<SealedValue> {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const plain = new TextEncoder().encode(JSON.stringify(value));
  const additionalData = new TextEncoder().encode(label);
  return { iv, ciphertext: await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData }, await vaultKey(), plain) };
}

/** The JSON value that was sealed under this label, or null when one byte of it has changed. */
export async function unsealValue(label: string, sealed: SealedValue): Promise<unknown> {
  const additionalData = new TextEncoder().encode(label);
  try {
    const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: sealed.iv, additionalData }, await vaultKey(), sealed.ciphertext);
    return JSON.parse(new TextDecoder().decode(plain));
  } catch {
    return null;
  }
}

/** A clinic's sealing key as the store keeps it: usable for opening identities, not exportable. `raw` is 32 bytes. */
export function importSealingKey(raw: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["decrypt"]);
}
