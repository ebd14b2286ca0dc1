/** The card as this phone keeps it: what was issued, what it shows, and whether its signature still holds. */
import { coseFromKey, verifySign1 } from "../core/cose";
import { base64urlDecode, encodeCbor, isSame } from "../core/encoding";
import { parse, type Pass } from "../core/qr-pass";
import { keysFor, refusal, type Trust } from "../core/trust";
import { HOLDER_KEY, sealValue, unsealValue, type HolderKey } from "../device/keys";
import { get, putAll, type Write } from "../device/store";
import { MINE } from "./known";

export interface Clinic {
  readonly clues: string;
  readonly name: string;
  readonly institution: string;
  readonly level: number | null;
  readonly lat: number;
  readonly lon: number;
  readonly distanceM: number | null;
  /** How the decision table attends this person there; null when nobody said. */
  readonly attend: string | null;
}

/** `untilDay`: first day (since 1970-01-01) on which the right no longer holds; null without end. */
export interface EntitlementLine {
  readonly label: string;
  readonly role: string;
  readonly untilDay: number | null;
}

/** A person's clinics; all distances from one point, the home's unless another was asked for. */
export interface Clinics {
  readonly assignedClinic: Clinic | null;
  readonly nearestClinics: readonly Clinic[];
}

export interface CardDetails extends Clinics {
  readonly name: string;
  readonly curp: string;
  readonly entitlements: readonly EntitlementLine[];
}

/** Times in seconds since 1970; `pass` is base64url of the COSE bytes. */
export interface Card {
  readonly issuer: string;
  readonly credential: string;
  readonly refreshToken: string | null;
  readonly pass: string;
  readonly passIat: number;
  readonly passExp: number;
  readonly renewAt: number | null;
  readonly details: CardDetails;
  readonly renewedAt: number;
  /** Its issuer refuses it: revoked, or claimed on another phone. Its code is not shown again. */
  readonly isWithdrawn: boolean;
}

const LABEL = "amate-card-1";

/** The stored card; null when there is none; "tampered" when what is stored is not what was sealed. */
export async function loadCard(): Promise<Card | null | "tampered"> {
  const sealed = await get("card", MINE);
  if (sealed === undefined) return null;
  const value = await unsealValue(LABEL, sealed);
  return isCard(value) ? value : "tampered";
}

/** What the vault authenticated was written by this release or an older one: the members that every release has. */
function isCard(value: unknown): value is Card {
  return typeof value === "object" && value !== null && "pass" in value && "details" in value && "passExp" in value;
}

/** Keeps the card, with its key when it is a new one: both or neither. Raises storage-full. */
export async function saveCard(card: Card, newKey?: HolderKey): Promise<void> {
  const writes: Write[] = [{ store: "card", key: MINE, value: await sealValue(LABEL, card) }];
  if (newKey !== undefined) writes.push({ store: "keys", key: HOLDER_KEY, value: newKey.pair });
  await putAll(writes);
}

/** Removes the card, its key and what was noted about it. */
export async function dropCard(): Promise<void> {
  await putAll([
    { store: "card", key: MINE, value: undefined },
    { store: "card", key: "looks", value: undefined },
    { store: "keys", key: HOLDER_KEY, value: undefined },
    { store: "settings", key: "activity", value: undefined },
    { store: "settings", key: "seen-at", value: undefined },
    { store: "settings", key: "near-me", value: undefined },
  ]);
}

export type Holding = "holds" | "disowned" | "unproven" | "broken";

/**
 * Whether the pass is what its issuer signed for this phone's key (J07): `broken` must not be shown, `unproven` means that
 * this phone has no trust data to check with, `disowned` that its signer's key was revoked since: no fault of this phone.
 */
export async function holdingOf(encodedPass: string, key: HolderKey, trust: Trust | null): Promise<Holding> {
  const pass = passOf(encodedPass);
  if (pass === null || !(await isBoundTo(pass, key))) return "broken";
  const keys = trust === null ? [] : keysFor(trust, pass.kid8);
  if (keys.length === 0) return "unproven";
  for (const issuer of keys) {
    const refused = refusal(issuer, "pass", { iat: pass.claims.iat, now: pass.claims.iat });
    if (refused !== null && refused !== "key-revoked") continue;
    if (await verifySign1(pass.sign1, issuer.publicKey)) return refused === null ? "holds" : "disowned";
  }
  return "broken";
}

async function isBoundTo(pass: Pass, key: HolderKey): Promise<boolean> {
  return isSame(encodeCbor(pass.claims.holder), encodeCbor(await coseFromKey(key.pair.publicKey)));
}

/** The device pass that these characters spell, or null. */
export function passOf(encodedPass: string): Pass | null {
  try {
    const parsed = parse(base64urlDecode(encodedPass));
    return parsed.kind === "pass" && parsed.claims.profile === 1 ? parsed : null;
  } catch {
    return null;
  }
}

/** «Mar•• Guad••••• Her••••••»: enough to recognise oneself, too little for a stranger (F03). */
export function maskedName(name: string): string {
  return name
    .split(/\s+/)
    .map((word) => {
      const letters = [...word];
      const seen = letters.length > 4 ? 3 : 1;
      return letters.slice(0, seen).join("") + "•".repeat(Math.max(1, letters.length - seen));
    })
    .join(" ");
}
