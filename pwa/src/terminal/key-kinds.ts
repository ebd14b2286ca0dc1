// The other kinds of keys that TUF repositories of others use; the product itself signs with P-256 alone and reads no more.
//
// Source: TUF specification 1.0 §4.2 (key types), securesystemslib (spellings).
import { constants, createPublicKey, verify } from "node:crypto"
import type { KeyObject } from "node:crypto"
import { Malformed } from "../core/errors"
import { readP256Key } from "../core/metadata"
import type { KeyReader, SigningKey } from "../core/metadata"

const HEX = /^(?:[0-9a-f]{2})*$/
const ED25519_SPKI = "302a300506032b6570032100" // RFC 8410 §4: what comes before the 32 bytes of the key
const MIN_RSA_BITS = 2048

/** P-256, Ed25519 and RSA with SHA-256. */
export const readAnyKey: KeyReader = async (listed) => {
  const { keytype, scheme, public: text } = listed
  if (keytype === "ed25519" && scheme === "ed25519") return ed25519(textOf(text))
  if (keytype === "rsa" && scheme === "rsassa-pss-sha256") return rsa(textOf(text), PSS)
  if (keytype === "rsa" && scheme === "rsa-pkcs1v15-sha256") return rsa(textOf(text), PKCS1)
  return readP256Key(listed)
}

const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO }
const PKCS1 = { padding: constants.RSA_PKCS1_PADDING }

const ed25519 = (hex: string): SigningKey => {
  if (!HEX.test(hex) || hex.length !== 64) malformed("not an Ed25519 key")
  const key = keyOf(() => createPublicKey({ key: Buffer.from(ED25519_SPKI + hex, "hex"), format: "der", type: "spki" }))
  return usable(key, (message, signature) => verify(null, message, key, signature))
}

const rsa = (pem: string, padding: typeof PSS | typeof PKCS1): SigningKey => {
  const key = keyOf(() => createPublicKey(pem))
  const bits = key.asymmetricKeyType === "rsa" ? (key.asymmetricKeyDetails?.modulusLength ?? 0) : 0
  if (bits < MIN_RSA_BITS) malformed("not an RSA key, or a short one")
  return usable(key, (message, signature) => verify("sha256", message, { key, ...padding }, signature))
}

const usable = (key: KeyObject, isBy: (message: Uint8Array, signature: Buffer) => boolean): SigningKey => ({
  identity: key.export({ format: "der", type: "spki" }).toString("hex"),
  isBy: (message, signature) => Promise.resolve(HEX.test(signature) && isBy(message, Buffer.from(signature, "hex"))),
})

const keyOf = (make: () => KeyObject): KeyObject => {
  try {
    return make()
  } catch {
    return malformed("not a public key")
  }
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : malformed("not a text"))

function malformed(detail: string): never {
  throw new Malformed("malformed", detail)
}
