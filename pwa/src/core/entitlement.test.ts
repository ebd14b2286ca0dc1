import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { type Affiliation, type ClinicFacts, answerAt, entitlementsForPass, parseTable } from "./entitlement"

type RawRow = [institution: number, role: number, untilDay: number | null]
interface RawAffiliation {
  institution: number
  role: number
  relation: string
  since_day: number | null
  until_day: number | null
  student_until_day: number | null
  disabled: boolean
}
interface Asked {
  table: string
  on_day: number
  birth_day: number | null
}
type Case = { id: string; output: unknown } & (
  | {
      call: "answer_at"
      input: Asked & {
        entitlements: RawRow[]
        clinic: ClinicFacts | null
        assigned_clinic: string | null
        service: string
      }
    }
  | { call: "entitlements_for_pass"; input: Asked & { affiliations: RawAffiliation[] } }
)

const vectors = JSON.parse(
  readFileSync(new URL("../../../tests/vectors/entitlement.json", import.meta.url), "utf8"),
) as { tables: Record<string, unknown>; cases: Case[] }

const affiliationOf = (raw: RawAffiliation): Affiliation => ({
  institution: raw.institution,
  role: raw.role,
  relation: raw.relation,
  sinceDay: raw.since_day,
  untilDay: raw.until_day,
  studentUntilDay: raw.student_until_day,
  disabled: raw.disabled,
})

function answer(item: Case): unknown {
  const { table: name, on_day: onDay, birth_day: birthDay } = item.input
  const table = parseTable(vectors.tables[name])
  if (item.call === "entitlements_for_pass") {
    const rows = entitlementsForPass(table, item.input.affiliations.map(affiliationOf), birthDay, onDay)
    return rows.map(({ institution, role, untilDay }) => [institution, role, untilDay])
  }
  const { entitlements, clinic, assigned_clinic: assignedClinic, service } = item.input
  const rows = entitlements.map(([institution, role, untilDay]) => ({ institution, role, untilDay }))
  const found = answerAt({ table, entitlements: rows, assignedClinic, service, onDay, birthDay }, clinic)
  const { status, payer, attend, services, rule } = found
  return {
    status,
    payer,
    payer_label: found.payerLabel,
    attend,
    services,
    until_day: found.untilDay,
    rule,
    rule_version: found.ruleVersion,
  }
}

test.each(vectors.cases.map((item) => [item.id, item] as const))("%s", (_, item) => {
  expect(answer(item)).toEqual(item.output)
})
