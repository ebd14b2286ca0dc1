/**
 * What scans leave at this counter until the centre has it: each receipt signed, chained to the one before, and sealed to the
 * centre's key as it is written. Nothing here can be read at the counter again, and none of it names a person.
 *
 * A receipt and the head of its chain are one transaction that holds only if the head is still the one it follows: of two tabs
 * that write at once, one writes again. It is removed when the centre says that it has it, never before; sent twice, the centre
 * knows it by its digest. So a tab may die between any two steps.
 *
 * It is written twice: at once, so that the tab's death does not take it, for a verdict waits for that; and then as the disk
 * confirms it, so that a power cut does not either, for which nobody is kept waiting.
 */
import { CompactEncrypt, importJWK } from "jose";
import { base64urlDecode, base64urlEncode, hexFromBytes } from "../core/encoding";
import { MAX_TIME } from "../core/qr-pass";
import { digestOf, MAX_SKEW_S, signReceipt, type Receipt } from "../core/receipt";
import { thumbprint } from "../core/trust";
import { isRecord } from "./api";
import { centreKey, type CentreKey } from "./centre";
import { readClock } from "./clock";
import { createHolderKey, holderKey, sealValue, sign, unsealValue, type HolderKey } from "./keys";
import { entries, get, putAll, putAllIf, type Condition, type SealedValue, type Write } from "./store";

/** What a scan leaves; `seen` is null where the verdict vouched for no pass. */
export type Scanned = Pick<Receipt, "clinic" | "verdict" | "reason" | "service" | "seen">;

export type EntryState = "waiting" | "sending" | "refused" | "conflict";

/** A receipt at the counter. */
export interface Entry {
  /** SHA-256 of the receipt, in hexadecimal. */
  readonly id: string;
  /** The clinic whose chain it is of; `-` for a counter that does not know where it stands. */
  readonly chain: string;
  readonly state: EntryState;
  /** The centre's slug for why it refused it, or what it contradicts. */
  readonly why: string | null;
  /** A JWE; sealed to this device alone while it has no key of the centre; null once the centre has it. */
  readonly sealed: string | SealedValue | null;
}

/** The last receipt of a chain. */
interface Head {
  readonly number: number;
  readonly digest: Uint8Array;
}

const LABEL = "amate-receipt-1";
const NOWHERE = "-";
const NUMBER_DIGITS = 10;

const keyName = (chain: string): string => `receipts:${chain}`;
const headName = (chain: string): string => `receipts:${chain}`;

/** A receipt that no death of a tab takes away any more. */
export interface Written {
  /** Has the disk confirm it: then no power cut does. Raises storage-full, storage-unavailable. */
  readonly keep: () => Promise<void>;
}

/** Writes a scan down. Raises storage-full, storage-unavailable; what it then left is as if there had been no scan. */
export async function writeReceipt(scanned: Scanned): Promise<Written> {
  const chain = scanned.clinic ?? NOWHERE;
  const [signer, centre] = [await counterKey(chain), await centreKey()];
  const device = await thumbprint({ ...signer.jwk });
  const times = timesNow();
  for (;;) {
    const head = await headOf(chain);
    const number = (head?.number ?? 0) + 1;
    const receipt: Receipt = { ...scanned, ...times, device, number, previous: head?.digest ?? null };
    const raw = await signReceipt(receipt, (message) => sign(signer, message));
    const digest = await digestOf(raw);
    const entry: Entry = { id: hexFromBytes(digest), chain, state: "waiting", why: null, sealed: await sealed(raw, centre) };
    const key = `${chain}:${number.toString().padStart(NUMBER_DIGITS, "0")}`;
    const row = { store: "receipts", key, value: entry } as const;
    const last = { store: "settings", key: headName(chain), value: { number, digest } satisfies Head } as const;
    if (await putAllIf(headIs(chain, number - 1), [row, last], "relaxed")) return { keep: () => keep(row, last) };
  }
}

/** The same once more, by the disk; the head only while no other receipt follows, which would bring its own. */
async function keep(row: Write & { value: Entry }, last: Write & { value: Head }): Promise<void> {
  const { chain, id } = row.value;
  if (await putAllIf(headIs(chain, last.value.number), [row, last], "strict")) return;
  await putAllIf({ store: "receipts", key: row.key, holds: (value) => isEntry(value) && value.id === id }, [row], "strict");
}

function headIs(chain: string, number: number): Condition {
  return { store: "settings", key: headName(chain), holds: (value) => (isHead(value) ? value.number : 0) === number };
}

/** The key of this counter's chain, which never leaves it: made with the first receipt. */
export async function counterKey(chain: string): Promise<HolderKey> {
  const kept = await holderKey(keyName(chain));
  if (kept !== null) return kept;
  const { pair } = await createHolderKey();
  const condition = { store: "keys", key: keyName(chain), holds: (value: unknown) => value === undefined } as const;
  await putAllIf(condition, [{ store: "keys", key: keyName(chain), value: pair }], "strict");
  return counterKey(chain);
}

async function headOf(chain: string): Promise<Head | null> {
  const kept = await get("settings", headName(chain));
  return isHead(kept) ? kept : null;
}

function isHead(value: unknown): value is Head {
  return isRecord(value) && typeof value.number === "number" && value.digest instanceof Uint8Array;
}

/** A clock that is off beyond what a receipt has room for is off all the same: what can be said of it is said. */
function timesNow(): Pick<Receipt, "deviceAt" | "skewS"> {
  const deviceAt = Math.min(MAX_TIME, Math.max(0, Math.floor(Date.now() / 1000)));
  const { skewS } = readClock();
  const isSayable = skewS !== null && Math.abs(skewS) <= MAX_SKEW_S && deviceAt - skewS >= 0 && deviceAt - skewS <= MAX_TIME;
  return { deviceAt, skewS: isSayable ? skewS : null };
}

async function sealed(raw: Uint8Array, centre: CentreKey | null): Promise<string | SealedValue> {
  return centre === null ? sealValue(LABEL, base64urlEncode(raw)) : sealTo(centre, raw);
}

/** Readable at the centre alone: ECDH-ES with A256GCM (RFC 7516, RFC 7518 §4.6). */
async function sealTo({ kid, x, y }: CentreKey, raw: Uint8Array): Promise<string> {
  const key = await importJWK({ kty: "EC", crv: "P-256", x, y }, "ECDH-ES");
  return new CompactEncrypt(raw).setProtectedHeader({ alg: "ECDH-ES", enc: "A256GCM", kid }).encrypt(key);
}

/** The entries, in the order of their chains, with the names under which they are kept. */
export async function kept(): Promise<[string, Entry][]> {
  return (await entries("receipts")).filter((row): row is [string, Entry] => isEntry(row[1]));
}

function isEntry(value: unknown): value is Entry {
  return isRecord(value) && typeof value.id === "string" && typeof value.chain === "string" && typeof value.state === "string";
}

/** Seals to the centre what was written before its key was here. */
export async function sealRest(): Promise<void> {
  const centre = await centreKey();
  if (centre === null) return;
  for (const [key, entry] of await kept()) {
    if (entry.sealed === null || typeof entry.sealed === "string") continue;
    const raw = await unsealValue(LABEL, entry.sealed);
    if (typeof raw !== "string") continue;
    await putAll([{ store: "receipts", key, value: { ...entry, sealed: await sealTo(centre, base64urlDecode(raw)) } satisfies Entry }]);
  }
}
