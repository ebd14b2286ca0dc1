// Answers questions about entitlements given as JSON lines, for a comparison of the two cores on many people.
import { readFileSync } from "node:fs"
import { createInterface } from "node:readline"
import { answerAt, entitlementsForPass, parseTable } from "../core/entitlement"
import type { Affiliation, ClinicFacts } from "../core/entitlement"

type AffiliationForm = readonly [number, number, string, number | null, number | null, number | null, boolean]
type ClinicForm = readonly [string, string, string, number | null]

/** affiliations, clinic: the members of Affiliation and ClinicFacts in their order. */
export interface EntitlementForm {
  readonly table: string
  readonly affiliations: readonly AffiliationForm[]
  readonly birth_day: number | null
  readonly clinic: ClinicForm | null
  readonly assigned_clinic: string | null
  readonly service: string
  readonly on_day: number
  /** The day on which the pass was made. */
  readonly made_on: number
}

const affiliationOf = (form: AffiliationForm): Affiliation => {
  const [institution, role, relation, sinceDay, untilDay, studentUntilDay, disabled] = form
  return { institution, role, relation, sinceDay, untilDay, studentUntilDay, disabled }
}

const clinicOf = ([clues, institution, state, level]: ClinicForm): ClinicFacts => ({ clues, institution, state, level })

/**
 * One line {rows, answer} for each question of standard input: what a pass made then carries, and the entitlement by that pass on the day.
 *
 * tablesPath: JSON, the decision tables by the names that questions use
 */
export const answerLines = async (tablesPath: string): Promise<void> => {
  const raw = Object.entries(JSON.parse(readFileSync(tablesPath, "utf8")) as Record<string, unknown>)
  const tables = new Map(raw.map(([name, table]) => [name, parseTable(table)]))
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    const form = JSON.parse(line) as EntitlementForm
    const table = tables.get(form.table)
    if (table === undefined) throw new Error(`no table ${form.table}`)
    const [birthDay, onDay] = [form.birth_day, form.on_day]
    const entitlements = entitlementsForPass(table, form.affiliations.map(affiliationOf), birthDay, form.made_on)
    const rights = { table, entitlements, assignedClinic: form.assigned_clinic, service: form.service, onDay, birthDay }
    const answer = answerAt(rights, form.clinic && clinicOf(form.clinic))
    const rows = entitlements.map(({ institution, role, untilDay }) => [institution, role, untilDay])
    process.stdout.write(`${JSON.stringify({ rows, answer: Object.values(answer) })}\n`)
  }
}
