/** What leaves a reader behind is sealed at once to the centre's key: a JWE, ECDH-ES with A256GCM (RFC 7516, RFC 7518 §4.6). */
import { CompactEncrypt, importJWK } from "jose";
import { isRecord } from "./api";

/** The public key to which the centre reads; `kid` is its thumbprint. */
export interface CentreKey {
  readonly kid: string;
  readonly x: string;
  readonly y: string;
}

/** The key in the server's answer; null where it has none yet. */
export function centreKeyOf(value: unknown): CentreKey | null {
  if (!isRecord(value)) return null;
  const { kid, x, y } = value;
  return typeof kid === "string" && typeof x === "string" && typeof y === "string" ? { kid, x, y } : null;
}

/** The bytes, readable at the centre alone. */
export async function sealTo({ kid, x, y }: CentreKey, bytes: Uint8Array): Promise<string> {
  const key = await importJWK({ kty: "EC", crv: "P-256", x, y }, "ECDH-ES");
  return new CompactEncrypt(bytes).setProtectedHeader({ alg: "ECDH-ES", enc: "A256GCM", kid }).encrypt(key);
}
