// Reads files of revocations given as JSON lines, for a comparison of the two cores on many of them.
import { createInterface } from "node:readline"
import { bytesFromHex, hexFromBytes } from "../core/encoding"
import { applyDelta, isRevoked, openRevocations, revokedIn } from "../core/revocations"
import { outcomeOf } from "./vectors"

interface Line {
  readonly file: string
  readonly sha256: string
  readonly asked: readonly number[]
  readonly delta: string
  readonly later_sha256: string
}

/** One line for each line of standard input: {refused}, or {lists, revoked, later}. */
export const answerLines = async (): Promise<void> => {
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    process.stdout.write(`${JSON.stringify(await answerTo(JSON.parse(line) as Line))}\n`)
  }
}

const answerTo = async ({ file, sha256, asked, delta, later_sha256 }: Line): Promise<unknown> => {
  const answer = await outcomeOf(async () => {
    const read = await openRevocations(bytesFromHex(file), { expectedSha256: sha256 })
    const apply = async (): Promise<string> => {
      const later = await applyDelta(read, bytesFromHex(delta), { expectedSha256: later_sha256 })
      return hexFromBytes(later.bits.bytes)
    }
    return {
      lists: read.lists.map((_, number) => [...revokedIn(read, number)]),
      revoked: await Promise.all(asked.map((index) => said(() => isRevoked(read, index)))),
      later: await said(apply),
    }
  })
  return answer.expect === "valid" ? answer.output : { refused: answer.expect }
}

/** What is said, or the slug of the refusal. */
const said = async (ask: () => unknown): Promise<unknown> => {
  const { expect, output } = await outcomeOf(ask)
  return expect === "valid" ? output : expect
}
