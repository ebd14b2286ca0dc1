// Measures revocations: how long one question takes; and does what a page does with them, for whoever watches its turns.
import { bytesFromHex } from "../core/encoding"
import { applyDelta, isRevoked, openRevocations } from "../core/revocations"
import type { Revocations } from "../core/revocations"
import { pausing } from "../device/pausing"

/** Files as a bench makes them: bytes in hex, and what was signed of them. */
export interface Made {
  readonly file: string
  readonly sha256: string
  readonly delta: string
  readonly laterSha256: string
}

/** The 95th percentile of the microseconds of one question, over these status indices. */
export const questionUs = async ({ file, sha256 }: Made, asked: readonly number[]): Promise<number> => {
  const read = await openRevocations(bytesFromHex(file), { expectedSha256: sha256 })
  const taken = asked.map((statusIndex) => {
    const began = performance.now()
    isRevoked(read, statusIndex)
    return (performance.now() - began) * 1000
  })
  return taken.sort((a, b) => a - b)[Math.floor(taken.length * 0.95)] ?? NaN
}

/** What a page does beside its other work: opens the file, and adds what a day has added. */
export const inBackground = (made: Made): { readonly open: () => Promise<void>; readonly add: () => Promise<void> } => {
  const [file, delta, pause] = [bytesFromHex(made.file), bytesFromHex(made.delta), pausing()]
  const read = async (): Promise<Revocations> => openRevocations(file, { expectedSha256: made.sha256, pause })
  let earlier: Revocations | null = null
  return {
    open: async () => {
      earlier = await read()
    },
    add: async () => {
      await applyDelta(earlier ?? (await read()), delta, { expectedSha256: made.laterSha256, pause })
    },
  }
}
