// What a person is entitled to at a clinic on a day, by a dated decision table: who pays and where, never a refusal.
//
// Days count from 1970-01-01; an `until` is the first day on which the right no longer holds.
// Source: the table itself, where each rule names its law or says that it is our policy.
import { later } from "./days"
import {
  type Attend,
  type ClinicKind,
  type Criterion,
  type DecisionTable,
  type Institution,
  type Kind,
  parseTable,
  type Payer,
  type Rule,
  type Standing,
  STANDINGS,
  type StateKind,
} from "./decision-table"

export { type DecisionTable, parseTable }

const URGENT = "urgent"
const MAX_ENTITLEMENTS = 8 // of a pass

/** One row of a pass: institution by DGIS code, role (1 titular, 2 beneficiary, 3 pensioner), end. */
export interface Entitled {
  readonly institution: number
  readonly role: number
  readonly untilDay: number | null
}

/**
 * One belonging to an institution, as its register tells it.
 *
 * relation: titular, spouse, child, parent, pensioner, …; only `child` has an age that ends it
 */
export interface Affiliation {
  readonly institution: number
  readonly role: number
  readonly relation: string
  readonly sinceDay: number | null
  readonly untilDay: number | null
  readonly studentUntilDay: number | null
  readonly disabled: boolean
}

/** What the rules ask of a clinic: its institution by CLUES code, its state by CURP code, its level 1-3. */
export interface ClinicFacts {
  readonly clues: string
  readonly institution: string
  readonly state: string
  readonly level: number | null
}

/** The entitlement at one clinic on one day, with the rule that gave it. */
export interface Answer {
  readonly status: Standing
  readonly payer: number | null
  readonly payerLabel: string
  readonly attend: Attend
  readonly services: readonly string[]
  readonly untilDay: number | null
  readonly rule: string
  readonly ruleVersion: string
}

/** What a person holds and asks for on a day, to be put to any clinic; birthDay: null when not known */
export interface Rights {
  readonly table: DecisionTable
  readonly entitlements: readonly Entitled[]
  readonly assignedClinic: string | null
  readonly service: string
  readonly onDay: number
  readonly birthDay: number | null
}

/** A row of a pass as it stands on the day. */
interface Held {
  readonly row: Entitled
  readonly standing: Standing
  readonly untilDay: number | null
}

interface Facts {
  readonly service: string
  readonly standing: Standing
  readonly kind: Kind
  readonly clinic: ClinicKind
  readonly state: StateKind
  readonly institution: number | null
  readonly level: number | null
  readonly minor: boolean | null
  readonly assigned: boolean | null
}

/**
 * The entitlement at this clinic: the first rule in force whose conditions hold.
 *
 * clinic: null when not known
 * The function is total, and urgent care is always `here`, whatever the table says.
 */
export function answerAt(rights: Rights, clinic: ClinicFacts | null): Answer {
  const { table, entitlements, service, onDay } = rights
  const held = entitlements
    .filter(({ institution }) => !table.noAffiliation.includes(institution))
    .map((row) => stand(table, row, onDay))
  const usable = held.filter(({ standing }) => standing === "active" || standing === "retained")
  const chosen = inPayerOrder(table, usable, clinic?.institution ?? "")[0] ?? null
  const standing = chosen?.standing ?? withoutRight(held)
  const facts = factsOf(rights, clinic, chosen, standing)
  const rule = table.rules.find((one) => applies(one, facts, onDay))
  if (rule === undefined) throw new Error("the last rule of a parsed table answers everything")
  const payer = payerOf(table, rule, chosen, facts.state)
  return {
    status: standing,
    payer: payer.code,
    payerLabel: payer.label,
    attend: service === URGENT ? "here" : rule.attend,
    services: rule.services,
    untilDay: chosen === null ? ended(held, standing) : chosen.untilDay,
    rule: rule.id,
    ruleVersion: table.version,
  }
}

/** Whether the table attends these rights, beyond what is urgent, at any such clinic that is not their own one. */
export function isAttended(rights: Rights, institution: string, state: string, level: number | null): boolean {
  const { attend } = answerAt(rights, { clues: "", institution, state, level })
  return attend === "here" || attend === "here_by_exchange"
}

/**
 * The rows that a pass made on this day carries: in force or retained, in payer order, at most eight.
 *
 * Ages that end a child's right are applied here, where relation and evidence are known. Within the life of a pass a child
 * past that age may still read as retained: care fails open.
 */
export function entitlementsForPass(
  table: DecisionTable,
  affiliations: readonly Affiliation[],
  birthDay: number | null,
  onDay: number,
): readonly Entitled[] {
  const rows = new Map<string, Entitled>()
  for (const affiliation of affiliations) {
    const row = rowOn(table, affiliation, birthDay, onDay)
    if (row === null) continue
    const key = `${row.institution} ${row.role}`
    const other = rows.get(key) ?? row
    const endless = row.untilDay === null || other.untilDay === null
    rows.set(key, { ...row, untilDay: endless ? null : Math.max(row.untilDay, other.untilDay) })
  }
  const held = [...rows.values()].map((row) => stand(table, row, onDay))
  return inPayerOrder(table, held, "")
    .slice(0, MAX_ENTITLEMENTS)
    .map(({ row }) => row)
}

/** The row that an affiliation puts into a pass on a day, if any. */
function rowOn(table: DecisionTable, affiliation: Affiliation, birthDay: number | null, onDay: number): Entitled | null {
  const begun = affiliation.sinceDay === null || affiliation.sinceDay <= onDay
  if (table.noAffiliation.includes(affiliation.institution) || !begun) return null
  const institution = table.institutions.get(affiliation.institution)
  const limit = ageLimit(institution, affiliation, birthDay)
  const ends = [affiliation.untilDay, limit].filter((day) => day !== null)
  const untilDay = ends.length === 0 ? null : Math.min(...ends)
  const row = { institution: affiliation.institution, role: affiliation.role, untilDay }
  if (untilDay === null || onDay < untilDay) return row
  const retained = earnedRetention(institution, affiliation, untilDay) ? retainedUntil(institution, row) : null
  return retained !== null && onDay < retained ? row : null
}

function ageLimit(institution: Institution | undefined, affiliation: Affiliation, birthDay: number | null): number | null {
  if (birthDay === null || affiliation.relation !== "child" || affiliation.disabled) return null
  const { childAge, studentAge } = institution ?? { childAge: null, studentAge: null }
  if (childAge === null) return null
  const limit = later(birthDay, { years: childAge })
  if (affiliation.studentUntilDay === null || studentAge === null) return limit
  return Math.max(limit, Math.min(affiliation.studentUntilDay, later(birthDay, { years: studentAge })))
}

/** Whether the right ended as work does, not by age, and had lasted long enough. */
function earnedRetention(institution: Institution | undefined, affiliation: Affiliation, untilDay: number): boolean {
  const retention = institution?.retention ?? null
  if (retention === null || affiliation.untilDay !== untilDay) return false
  return affiliation.sinceDay === null || untilDay - affiliation.sinceDay >= retention.afterDays
}

function retainedUntil(institution: Institution | undefined, row: Entitled): number | null {
  const retention = institution?.retention ?? null
  if (retention === null || row.untilDay === null || !retention.roles.includes(row.role)) return null
  return later(row.untilDay, { months: retention.months }) + retention.days
}

function stand(table: DecisionTable, row: Entitled, onDay: number): Held {
  const institution = table.institutions.get(row.institution)
  if (row.untilDay === null || onDay < row.untilDay) {
    return { row, standing: institution === undefined ? "unknown" : "active", untilDay: row.untilDay }
  }
  const retained = retainedUntil(institution, row)
  if (retained !== null && onDay < retained) return { row, standing: "retained", untilDay: retained }
  return { row, standing: "lapsed", untilDay: row.untilDay }
}

function withoutRight(held: readonly Held[]): Standing {
  // A right that we cannot read may be one: it is told before a right that has ended.
  const among = (standing: Standing): boolean => held.some((one) => one.standing === standing)
  return among("unknown") ? "unknown" : among("lapsed") ? "lapsed" : "uninsured"
}

function ended(held: readonly Held[], standing: Standing): number | null {
  return standing === "lapsed" ? Math.max(...held.map(({ untilDay }) => untilDay ?? 0)) : null
}

function inPayerOrder(table: DecisionTable, held: readonly Held[], clinicInstitution: string): Held[] {
  const ranked = held.map((one) => ({ one, rank: rankOf(table, one, clinicInstitution) }))
  return ranked.sort((a, b) => compare(a.rank, b.rank)).map(({ one }) => one)
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((rank, place) => rank !== b[place])
  return (a[at] ?? 0) - (b[at] ?? 0)
}

function rankOf(table: DecisionTable, { row, standing }: Held, clinicInstitution: string): readonly number[] {
  const institution = table.institutions.get(row.institution)
  const ranks: Record<Criterion, number> = {
    kind: institution !== undefined && institution.kind !== "open" ? 0 : 1,
    own_clinic: institution?.clues.includes(clinicInstitution) === true ? 0 : 1,
    standing: STANDINGS.indexOf(standing),
    role: placeIn(table.roleOrder, row.role),
    institution: placeIn(table.institutionOrder, row.institution),
  }
  return [...table.payerOrder.map((name) => ranks[name]), row.institution, row.role]
}

function placeIn(order: readonly number[], value: number): number {
  const place = order.indexOf(value)
  return place === -1 ? order.length : place
}

function factsOf(rights: Rights, clinic: ClinicFacts | null, chosen: Held | null, standing: Standing): Facts {
  const { table, assignedClinic, service, birthDay, onDay } = rights
  const institution = chosen === null ? undefined : table.institutions.get(chosen.row.institution)
  return {
    service,
    standing,
    kind: institution?.kind ?? "none",
    clinic: clinicKind(table, institution, clinic),
    state: stateKind(table, clinic),
    institution: chosen?.row.institution ?? null,
    level: clinic?.level ?? null,
    minor: birthDay === null ? null : onDay < later(birthDay, { years: table.adultAge }),
    assigned: isAssigned(clinic, assignedClinic),
  }
}

function isAssigned(clinic: ClinicFacts | null, assignedClinic: string | null): boolean | null {
  return clinic === null || assignedClinic === null ? null : assignedClinic === clinic.clues
}

function clinicKind(table: DecisionTable, institution: Institution | undefined, clinic: ClinicFacts | null): ClinicKind {
  if (clinic === null) return "unknown"
  if (institution?.clues.includes(clinic.institution) === true) return "own"
  return table.clinics.get(clinic.institution) ?? "unknown"
}

function stateKind(table: DecisionTable, clinic: ClinicFacts | null): StateKind {
  if (clinic === null) return "unknown"
  if (table.federalisedStates.includes(clinic.state)) return "federalised"
  return table.otherStates.includes(clinic.state) ? "other" : "unknown"
}

function applies(rule: Rule, facts: Facts, onDay: number): boolean {
  const begun = rule.fromDay === null || rule.fromDay <= onDay
  const over = rule.untilDay !== null && rule.untilDay <= onDay
  return begun && !over && rule.when.every(([name, values]) => values.some((value) => value === facts[name as keyof Facts]))
}

function payerOf(table: DecisionTable, rule: Rule, chosen: Held | null, state: StateKind): Payer {
  if (rule.payer === "unconfirmed") return table.payers.unknown
  const institution = chosen === null ? undefined : table.institutions.get(chosen.row.institution)
  if (rule.payer === "own" && chosen !== null && institution !== undefined) {
    return { code: chosen.row.institution, label: institution.label }
  }
  return table.payers[state]
}
