// The centre as the counter meets it: opens, checks and keeps receipts as the server does, so that a test can count them.
import { compactDecrypt, exportJWK, generateKeyPair, type JWK } from "jose"
import { verifySign1 } from "../core/cose"
import { hexFromBytes } from "../core/encoding"
import { digestOf, parseReceipt, type Receipt } from "../core/receipt"

type State = "stored" | "known" | "conflict" | "refused"

export interface Centre {
  /** As GET /api/v1/sealing-keys gives it. */
  readonly receiptsKey: { readonly kid: string; readonly x: string; readonly y: string }
  /** By digest, every receipt once. */
  readonly ledger: Map<string, Receipt>
  /** How often a receipt came that was here. */
  readonly counts: { known: number; conflicts: number }
  /** What POST /api/v1/verifications/receipts answers to a body. */
  take(body: string): Promise<Response>
}

interface Sent {
  readonly sealed: { readonly device: JWK; readonly receipts: readonly { readonly id: string; readonly receipt: string }[] }
}

/** A centre with a key of its own and an empty ledger. */
export const openCentre = async (): Promise<Centre> => {
  const { privateKey, publicKey } = await generateKeyPair("ECDH-ES", { crv: "P-256", extractable: true })
  const { x, y } = await exportJWK(publicKey)
  const ledger = new Map<string, Receipt>()
  const counts = { known: 0, conflicts: 0 }

  const opened = async (sealed: string, device: JWK): Promise<{ id: string; receipt: Receipt } | null> => {
    try {
      const { plaintext } = await compactDecrypt(sealed, privateKey)
      const { receipt, sign1 } = parseReceipt(plaintext)
      const algorithm = { name: "ECDSA", namedCurve: "P-256" } as const
      const key = await globalThis.crypto.subtle.importKey("jwk", { kty: "EC", crv: "P-256", ...device } as JsonWebKey, algorithm, true, ["verify"])
      return (await verifySign1(sign1, key)) ? { id: hexFromBytes(await digestOf(plaintext)), receipt } : null
    } catch {
      return null
    }
  }

  const contradicts = ({ device, number, previous }: Receipt): string | null => {
    const same = (other: Receipt): boolean => hexFromBytes(other.device) === hexFromBytes(device)
    if ([...ledger.values()].some((other) => same(other) && other.number === number)) return "receipt-fork"
    const before = previous === null ? null : ledger.get(hexFromBytes(previous))
    return before === null || (before !== undefined && same(before) && before.number === number - 1) ? null : "receipt-gap"
  }

  const takeOne = async (id: string, sealed: string, device: JWK): Promise<{ id: string; state: State; why?: string }> => {
    const found = await opened(sealed, device)
    if (found === null || found.id !== id) return { id, state: "refused", why: "receipt-unreadable" }
    if (ledger.has(id)) {
      counts.known += 1
      return { id, state: "known" }
    }
    const why = contradicts(found.receipt)
    ledger.set(id, found.receipt)
    if (why === null) return { id, state: "stored" }
    counts.conflicts += 1
    return { id, state: "conflict", why }
  }

  return {
    receiptsKey: { kid: "centre", x: x ?? "", y: y ?? "" },
    ledger,
    counts,
    async take(body) {
      const { sealed } = JSON.parse(body) as Sent
      const receipts = []
      for (const { id, receipt } of sealed.receipts) receipts.push(await takeOne(id, receipt, sealed.device))
      return Response.json({ receipts })
    },
  }
}
