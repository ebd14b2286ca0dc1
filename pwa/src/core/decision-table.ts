// The rules of entitlement as data: parsed strictly, or refused whole.
//
// A table that an older reader does not understand must not be half understood: every member is known, of its type, and
// the last rule answers whatever the others leave open.
import { dayFromDate } from "./days"
import { Malformed } from "./errors"

const ATTEND = ["here", "here_by_exchange", "refer", "urgent_only"] as const
export const STANDINGS = ["active", "retained", "uninsured", "lapsed", "unknown"] as const
const KINDS = ["insured", "closed", "open", "none"] as const
const CLINICS = ["own", "insured", "closed", "open", "private", "unknown"] as const
const STATES = ["federalised", "other", "unknown"] as const
const PAYERS = ["own", "public", "unconfirmed"] as const
const BASES = ["law", "announcement", "policy"] as const
const ORDER = ["kind", "own_clinic", "standing", "role", "institution"] as const
const MAX_NUMBER = 9999 // codes, ages, days of retention

export type Attend = (typeof ATTEND)[number]
export type Standing = (typeof STANDINGS)[number]
export type Kind = (typeof KINDS)[number]
export type ClinicKind = (typeof CLINICS)[number]
export type StateKind = (typeof STATES)[number]
export type Criterion = (typeof ORDER)[number]

type Answerable = string | number | boolean

// What a condition may ask, and the values that it may name; null: any of the type.
const QUESTIONS: ReadonlyMap<string, readonly [kind: string, words: readonly Answerable[] | null]> = new Map([
  ["service", ["string", null]],
  ["standing", ["string", STANDINGS]],
  ["kind", ["string", KINDS]],
  ["clinic", ["string", CLINICS]],
  ["state", ["string", STATES]],
  ["institution", ["number", null]],
  ["level", ["number", [1, 2, 3]]],
  ["minor", ["boolean", null]],
  ["assigned", ["boolean", null]],
])

/** Who bears the cost: a DGIS code where there is one, and a name for people. */
export interface Payer {
  readonly code: number | null
  readonly label: string
}

/** The time after the end in which care goes on, for some roles, once the right has lasted `afterDays`. */
export interface Retention {
  readonly months: number
  readonly days: number
  readonly roles: readonly number[]
  readonly afterDays: number
}

/** An institution of the catalogue; a child's right ends at `childAge`, a student's at `studentAge`. */
export interface Institution {
  readonly label: string
  readonly kind: Kind
  readonly clues: readonly string[]
  readonly retention: Retention | null
  readonly childAge: number | null
  readonly studentAge: number | null
}

/** If in force and all conditions hold, this is the answer. */
export interface Rule {
  readonly id: string
  readonly fromDay: number | null
  readonly untilDay: number | null
  readonly when: readonly (readonly [name: string, values: readonly Answerable[]])[]
  readonly payer: (typeof PAYERS)[number]
  readonly attend: Attend
  readonly services: readonly string[]
}

/** The rules in force, in order, and the catalogues that they speak of. */
export interface DecisionTable {
  readonly version: string
  readonly institutions: ReadonlyMap<number, Institution>
  readonly noAffiliation: readonly number[]
  readonly clinics: ReadonlyMap<string, ClinicKind>
  readonly federalisedStates: readonly string[]
  readonly otherStates: readonly string[]
  readonly payers: Readonly<Record<StateKind, Payer>>
  readonly payerOrder: readonly Criterion[]
  readonly roleOrder: readonly number[]
  readonly institutionOrder: readonly number[]
  readonly adultAge: number
  readonly rules: readonly Rule[]
}

/**
 * The decision table in a decoded JSON value.
 *
 * Throws: Malformed("malformed-table") for a missing, unknown or ill-typed member, an unknown word, a rule id used twice,
 *         or a last rule that does not answer everything
 */
export function parseTable(value: unknown): DecisionTable {
  const names =
    "version institutions no_affiliation clinics federalised_states other_states payers payer_order role_order" +
    " institution_order adult_age rules"
  const table = members(value, names)
  const payers = members(table["payers"], STATES.join(" "))
  const payerOrder = list(table["payer_order"]).map((one) => word(one, ORDER))
  if (payerOrder.length !== ORDER.length || new Set(payerOrder).size !== ORDER.length) refuse("payers")
  return {
    version: text(table["version"]),
    institutions: new Map(entries(table["institutions"]).map(([code, one]) => [codeOf(code), institution(one)])),
    noAffiliation: numbers(table["no_affiliation"]),
    clinics: new Map(entries(table["clinics"]).map(([clues, kind]) => [clues, word(kind, CLINICS)])),
    federalisedStates: texts(table["federalised_states"]),
    otherStates: texts(table["other_states"]),
    payers: { federalised: payer(payers["federalised"]), other: payer(payers["other"]), unknown: payer(payers["unknown"]) },
    payerOrder,
    roleOrder: numbers(table["role_order"]),
    institutionOrder: numbers(table["institution_order"]),
    adultAge: number(table["adult_age"]),
    rules: rulesOf(table["rules"]),
  }
}

/** Tables of before 2026-11-30 do not say on what an institution's numbers rest. */
function institution(value: unknown): Institution {
  const isTold = entries(value).some(([name]) => name === "basis" || name === "source")
  const one = members(value, `label kind clues retention child_age student_age${isTold ? " basis source" : ""}`)
  if (isTold) {
    word(one["basis"], BASES)
    text(one["source"])
  }
  const kind = word(one["kind"], KINDS)
  if (kind === "none") refuse("an unknown word")
  return {
    label: text(one["label"]),
    kind,
    clues: texts(one["clues"]),
    retention: one["retention"] === null ? null : retention(one["retention"]),
    childAge: numberOrNull(one["child_age"]),
    studentAge: numberOrNull(one["student_age"]),
  }
}

function retention(value: unknown): Retention {
  const one = members(value, "months days roles after_days")
  return {
    months: number(one["months"]),
    days: number(one["days"]),
    roles: numbers(one["roles"]),
    afterDays: number(one["after_days"]),
  }
}

function payer(value: unknown): Payer {
  const one = members(value, "code label")
  return { code: numberOrNull(one["code"]), label: text(one["label"]) }
}

function rulesOf(value: unknown): readonly Rule[] {
  const rules = list(value).map(ruleOf)
  if (new Set(rules.map(({ id }) => id)).size !== rules.length) refuse("a rule's id twice")
  const last = rules.at(-1)
  if (last === undefined || last.when.length > 0 || last.fromDay !== null || last.untilDay !== null) {
    refuse("the last rule leaves something open")
  }
  return rules
}

function ruleOf(value: unknown): Rule {
  const one = members(value, "id from until when then basis source")
  const then = members(one["then"], "payer attend services")
  word(one["basis"], BASES)
  text(one["source"])
  return {
    id: text(one["id"]),
    fromDay: dayOrNull(one["from"]),
    untilDay: dayOrNull(one["until"]),
    when: entries(one["when"]).map(([name, values]) => [name, condition(name, values)]),
    payer: word(then["payer"], PAYERS),
    attend: word(then["attend"], ATTEND),
    services: texts(then["services"]),
  }
}

function condition(name: string, value: unknown): readonly Answerable[] {
  const [kind, words] = QUESTIONS.get(name) ?? refuse("a condition that nobody can answer")
  const values = list(value).filter((one): one is Answerable => typeof one === kind && words?.includes(one as Answerable) !== false)
  if (values.length === 0 || values.length !== list(value).length) refuse("a condition's values")
  return values
}

function refuse(detail: string): never {
  throw new Malformed("malformed-table", detail)
}

function entries(value: unknown): [string, unknown][] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return refuse("not an object")
  return Object.entries(value)
}

function members(value: unknown, names: string): Readonly<Record<string, unknown>> {
  const found = entries(value)
  const wanted = names.split(" ")
  if (found.length !== wanted.length || !found.every(([name]) => wanted.includes(name))) refuse("members missing or unknown")
  return Object.fromEntries(found)
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : refuse("not an array")
}

function text(value: unknown): string {
  return typeof value === "string" && value !== "" ? value : refuse("not a text")
}

function word<Word extends string>(value: unknown, words: readonly Word[]): Word {
  return words.find((one) => one === value) ?? refuse("an unknown word")
}

function number(value: unknown): number {
  const fits = typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= MAX_NUMBER
  return fits ? value : refuse("not a number")
}

function numberOrNull(value: unknown): number | null {
  return value === null ? null : number(value)
}

function dayOrNull(value: unknown): number | null {
  if (value === null) return null
  const date = text(value)
  try {
    return dayFromDate(date)
  } catch {
    return refuse("not a date")
  }
}

function texts(value: unknown): readonly string[] {
  return list(value).map(text)
}

function numbers(value: unknown): readonly number[] {
  return list(value).map(number)
}

function codeOf(digits: string): number {
  return /^(0|[1-9][0-9]{0,3})$/.test(digits) ? Number(digits) : refuse("not a DGIS code")
}
