/**
 * What a verifier tells of itself after a sync: how old its lists are, so that whoever watches the keys knows how many
 * verifiers a change has reached. Nothing in it names a clinic, a person or a scan.
 */
import { base64urlEncode } from "../core/encoding";
import { isRecord, tell } from "./api";
import { readClock } from "./clock";
import { get, put } from "./store";

/** When what this device holds was signed, in seconds since 1970; null for what it never had. */
export interface ListAges {
  readonly trustAt: number | null;
  /** Of the oldest status list. */
  readonly statusAt: number | null;
}

interface Kept {
  /** Made by chance here, once: it tells devices apart and no more. */
  readonly device: string;
  /** Reports in a row that did not arrive. */
  readonly missed: number;
}

const KEPT = "report";
const DEVICE_BYTES = 16;

/** Tells how old the lists are. A failure is counted and otherwise of no account: the next sync tells again. */
export async function reportAges({ trustAt, statusAt }: ListAges): Promise<void> {
  try {
    const { device, missed } = (await kept()) ?? (await keep({ device: newDevice(), missed: 0 }));
    const json = { device, trust_signed_at: iso(trustAt), status_signed_at: iso(statusAt), clock_skew_s: readClock().skewS };
    const isTold = await tell("/api/v1/verifiers/reports", { json }).then(
      () => true,
      () => false,
    );
    await keep({ device, missed: isTold ? 0 : missed + 1 });
  } catch {
    // No disk, no number: a new one each time would be counted as another device.
  }
}

/** How many reports in a row did not arrive. */
export async function missedReports(): Promise<number> {
  return (await kept())?.missed ?? 0;
}

async function kept(): Promise<Kept | null> {
  const value = await get("settings", KEPT);
  if (!isRecord(value) || typeof value.device !== "string" || typeof value.missed !== "number") return null;
  return { device: value.device, missed: value.missed };
}

async function keep(value: Kept): Promise<Kept> {
  await put("settings", KEPT, value);
  return value;
}

function newDevice(): string {
  return base64urlEncode(crypto.getRandomValues(new Uint8Array(DEVICE_BYTES)));
}

function iso(seconds: number | null): string | null {
  return seconds === null ? null : new Date(seconds * 1000).toISOString().replace(/\.\d+Z$/, "Z");
}
