// The folder of revocations of a deployment in memory: a file at each publication, and a delta from each one before.
import { createHash } from "node:crypto"
import { packSet } from "../core/rice"
import { LIST_SIZE } from "../core/status-list"
import type { TestIssuer } from "./issuer"

export const PLACE = "/status/revocations"
const WEEK_S = 7 * 86_400

type Bytes = Uint8Array<ArrayBuffer>
type Lists = readonly (readonly number[])[]

/** The file of these lists, as pack_revocations writes it. */
export const fileOf = (lists: Lists): Bytes => {
  const counts = lists.map((indices) => numberOf(indices.length, 3))
  const sets = lists.map((indices) => packSet(Uint32Array.from(indices), LIST_SIZE))
  return joined([numberOf(1, 1), numberOf(lists.length, 2), ...counts, ...sets])
}

/** What has to be added to get so many lists, as pack_delta writes it. */
export const deltaOf = (lists: number, added: readonly number[]): Bytes =>
  joined([numberOf(2, 1), numberOf(lists, 2), numberOf(added.length, 4), packSet(Uint32Array.from(added), lists * LIST_SIZE)])

/** Its hash, as it is signed and as it is named by. */
export const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex")

/** Files by their path; `publish` signs a token for the newest. */
export class RevocationsFolder {
  readonly files = new Map<string, Bytes>()
  private readonly published: { readonly lists: Lists; readonly sha256: string }[] = []
  private readonly issuer: TestIssuer

  constructor(issuer: TestIssuer) {
    this.issuer = issuer
  }

  /** Publishes these lists; gives the name of their file. `said` is what the token says otherwise than it should. */
  publish(lists: Lists, iat: number, said: Record<string, unknown> = {}): string {
    const file = fileOf(lists)
    const name = sha256(file)
    const deltas = this.published.filter((each) => each.sha256 !== name).map((each) => {
      const delta = deltaOf(lists.length, addedTo(each.lists, lists))
      this.files.set(`${PLACE}/${each.sha256}-${name}`, delta)
      return { from: each.sha256, sha256: sha256(delta), size: delta.length }
    })
    const claims = { iat, exp: iat + WEEK_S, lists: lists.length, file: { sha256: name, size: file.length }, deltas, ...said }
    this.files.set(`${PLACE}/${name}`, file)
    this.files.set(`${PLACE}/token`, Uint8Array.from(new TextEncoder().encode(this.issuer.revocationsToken(claims as never))))
    this.published.push({ lists, sha256: name })
    return name
  }
}

const addedTo = (before: Lists, after: Lists): number[] =>
  after.flatMap((indices, number) => {
    const known = new Set(before[number] ?? [])
    return indices.filter((index) => !known.has(index)).map((index) => number * LIST_SIZE + index)
  })

const numberOf = (value: number, bytes: number): Uint8Array =>
  Uint8Array.from({ length: bytes }, (_, at) => Math.floor(value / 256 ** (bytes - 1 - at)) % 256)

const joined = (parts: readonly Uint8Array[]): Bytes => Uint8Array.from(parts.flatMap((part) => [...part]))
