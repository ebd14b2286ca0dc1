/**
 * A claim that was begun and not answered: its code works once, and a phone that ran out of memory must not cost a walk to a
 * module. Only the tokens and the key wait here, sealed, for a day; the card is asked for again, and so is «¿es usted?» (F03).
 */
import { readClock } from "../device/clock";
import { holderKey, sealValue, unsealValue, type HolderKey } from "../device/keys";
import { get, putAll } from "../device/store";

/** What is needed to go on; `input` is the page's hash that began it. */
export interface Pending {
  readonly input: string;
  readonly issuer: string;
  readonly refreshToken: string;
  /** Seconds since 1970. */
  readonly begunAt: number;
}

const LABEL = "amate-pending-1";
const PENDING = "pending";
const PENDING_KEY = "pending-holder";
const DAY_S = 86_400;

/** Keeps a claim that has begun, with its key, in one transaction. */
export async function savePending(pending: Omit<Pending, "begunAt">, key: HolderKey): Promise<void> {
  const value = await sealValue(LABEL, { ...pending, begunAt: readClock().now });
  await putAll([
    { store: "card", key: PENDING, value },
    { store: "keys", key: PENDING_KEY, value: key.pair },
  ]);
}

/** The claim that waits, with its key; null when there is none, or it is older than a day. */
export async function loadPending(): Promise<{ pending: Pending; key: HolderKey } | null> {
  const sealed = await get("card", PENDING);
  if (sealed === undefined) return null;
  const [value, key] = [await unsealValue(LABEL, sealed), await holderKey(PENDING_KEY)];
  if (isPending(value) && key !== null && Math.abs(readClock().now - value.begunAt) < DAY_S) return { pending: value, key };
  await dropPending();
  return null;
}

function isPending(value: unknown): value is Pending {
  return typeof value === "object" && value !== null && "input" in value && "refreshToken" in value && "begunAt" in value;
}

/** Forgets it: it was answered, or its issuer refuses it. */
export function dropPending(): Promise<void> {
  return putAll([
    { store: "card", key: PENDING, value: undefined },
    { store: "keys", key: PENDING_KEY, value: undefined },
  ]);
}
