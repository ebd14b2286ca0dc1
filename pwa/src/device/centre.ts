/** The centre's public key, to which this device seals what only the centre may read; it comes with the sealing keys. */
import { isRecord } from "./api";
import { get } from "./store";

/** `kid` is the thumbprint of the key on P-256 at these coordinates (base64url). */
export interface CentreKey {
  readonly kid: string;
  readonly x: string;
  readonly y: string;
}

/** Where the settings keep it. */
export const CENTRE = "centre-key";

/** The key in the server's answer, or as it was kept; null for none. */
export function centreKeyOf(value: unknown): CentreKey | null {
  if (!isRecord(value)) return null;
  const { kid, x, y } = value;
  return typeof kid === "string" && typeof x === "string" && typeof y === "string" ? { kid, x, y } : null;
}

/** The key that this device was given; null before it synchronised as a clinic's. */
export async function centreKey(): Promise<CentreKey | null> {
  return centreKeyOf(await get("settings", CENTRE));
}
