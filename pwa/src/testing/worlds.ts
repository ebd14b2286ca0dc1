// Builds what a verdict rests on from the worlds of tests/vectors/verdict.json: named sets of trust and status lists.
import { base64urlDecode, bytesFromHex, utf8Encode } from "../core/encoding"
import type { ClinicFacts } from "../core/entitlement"
import { Malformed } from "../core/errors"
import { parseRevocationsToken } from "../core/revocations"
import { openSigned } from "../core/standing"
import type { SignedRevocations } from "../core/standing"
import { makeStatusList, unpack } from "../core/status-list"
import type { StatusList } from "../core/status-list"
import { makeTrust, parseIssuers, parsePolicy } from "../core/trust"
import type { IssuerKey, Policy, Trust } from "../core/trust"
import { verdict } from "../core/verdict"
import type { Verdict } from "../core/verdict"

/** A world in the words of the vectors; null: nothing is trusted yet. */
export interface WorldForm {
  readonly issuers: unknown
  readonly policy: unknown
  readonly refreshed_at: number
  readonly floor: number
  readonly sealing: Readonly<Record<string, string>>
  readonly status: Readonly<Record<string, StatusForm>>
  readonly revocations?: RevocationsForm
  readonly aliases?: Readonly<Record<string, readonly string[]>>
}

interface StatusForm {
  readonly uri: string
  readonly iat: number
  readonly exp: number | null
  readonly ttl: number | null
  readonly lst: string
}

interface RevocationsForm {
  readonly token: string
  readonly file: string
}

/** A question in the words of the vectors. */
export interface QuestionForm {
  readonly text: string
  readonly world: string | null
  readonly now: number
  readonly clinic?: ClinicFacts | null
  readonly service?: string
  readonly single_use?: boolean | null
  readonly challenge?: string | null
}

/** Trust, status lists and the revocations of the country, ready to use. */
export interface World {
  readonly trust: Trust | null
  readonly status: ReadonlyMap<number, StatusList>
  readonly revocations: SignedRevocations | null
}

/** The worlds of a vector file, by name. */
export const worldsOf = async (forms: Readonly<Record<string, WorldForm | null>>): Promise<ReadonlyMap<string, World>> =>
  new Map(await Promise.all(Object.entries(forms).map(async ([name, form]) => [name, await worldOf(form)] as const)))

/** The verdict on a question in the words of the vectors. */
export const verdictOn = (question: QuestionForm, worlds: ReadonlyMap<string, World>): Promise<Verdict> => {
  const world = question.world === null ? NOWHERE : worlds.get(question.world)
  if (world === undefined) throw new Error(`no world is named ${String(question.world)}`)
  return verdict(question.text, {
    ...world,
    clinic: question.clinic ?? null,
    now: question.now,
    singleUse: question.single_use ?? null,
    challenge: question.challenge ?? null,
    ...(question.service === undefined ? {} : { service: question.service }),
  })
}

const NOWHERE: World = { trust: null, status: new Map(), revocations: null }

const worldOf = async (form: WorldForm | null): Promise<World> => {
  if (form === null) return NOWHERE
  const issuers = await parseIssuers(utf8Encode(JSON.stringify(form.issuers)))
  const policy = parsePolicy(utf8Encode(JSON.stringify(form.policy)))
  const sealing = await sealingOf(form.sealing)
  const trust = makeTrust(issuers, policy, { refreshedAt: form.refreshed_at, floor: form.floor, sealing })
  const keys = new Map([...trust.keys, ...aliasesOf(form.aliases ?? {}, issuers.keys)])
  const lists = await Promise.all(Object.values(form.status).map(listOf))
  const status = new Map(lists.map((list) => [list.number, list]))
  const revocations = form.revocations === undefined ? null : await revocationsOf(form.revocations, issuers.keys, policy)
  return { trust: { ...trust, keys }, status, revocations }
}

/** As every verifier reads them: what does not verify is not there. */
const revocationsOf = async (
  { token, file }: RevocationsForm,
  keys: readonly IssuerKey[],
  { statusBase }: Policy,
): Promise<SignedRevocations | null> => {
  try {
    const named = await parseRevocationsToken(token, { keys, expectedUri: `${statusBase}/revocations` })
    return await openSigned(named, bytesFromHex(file))
  } catch (error) {
    if (error instanceof Malformed) return null
    throw error
  }
}

const sealingOf = async (form: WorldForm["sealing"]): Promise<ReadonlyMap<number, CryptoKey>> => {
  const keys = new Map<number, CryptoKey>()
  for (const [number, hex] of Object.entries(form)) {
    keys.set(Number(number), await sealingKey(bytesFromHex(hex)))
  }
  return keys
}

/** A sealing key, for opening only or for both ways. */
export const sealingKey = (raw: Uint8Array): Promise<CryptoKey> =>
  crypto.subtle.importKey("raw", Uint8Array.from(raw), "AES-GCM", false, ["encrypt", "decrypt"])

const aliasesOf = (
  aliases: Readonly<Record<string, readonly string[]>>,
  keys: readonly IssuerKey[],
): (readonly [string, readonly IssuerKey[]])[] =>
  Object.entries(aliases).map(([kid8, kids]) => [
    kid8,
    kids.flatMap((kid) => keys.filter((key) => key.kid === kid)),
  ])

const listOf = async ({ uri, iat, exp, ttl, lst }: StatusForm): Promise<StatusList> =>
  makeStatusList(uri, await unpack(base64urlDecode(lst)), { bits: 1, iat, exp, ttl })
