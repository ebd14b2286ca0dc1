/** What needs the core: checking the stored card and making its code. A chunk of its own, so that a first visit does without. */
import { base64urlDecode, textFromBytes } from "../core/encoding";
import { present } from "../core/qr-pass";
import type { Reading } from "../device/clock";
import { holderKey, sign, type HolderKey } from "../device/keys";
import { loadTrust } from "../device/trust-store";
import { holdingOf, loadCard, type Card } from "./card";

export type Opened = { readonly card: Card; readonly key: HolderKey } | "empty" | "tampered";

/** The stored card with its key, its signature checked again (J07). Raises storage-unavailable. */
export async function openStored(now: number): Promise<Opened> {
  const [card, key] = await Promise.all([loadCard(), holderKey()]);
  if (card === null) return "empty";
  if (card === "tampered" || key === null) return "tampered";
  const holding = await holdingOf(card.pass, key, await loadTrust(now));
  return holding === "broken" ? "tampered" : { card, key };
}

/** The digits of this moment's code; with a challenge, of the one that answers to it. */
export async function codeOf(card: Card, key: HolderKey, { now, qualityS }: Reading, challenge: string | null): Promise<string> {
  const bytes = await present(base64urlDecode(card.pass), {
    shownAt: now,
    clockQualityS: qualityS,
    challenge,
    sign: (message) => sign(key, message),
  });
  return textFromBytes(bytes);
}
