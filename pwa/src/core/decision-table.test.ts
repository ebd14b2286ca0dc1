import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { parseTable } from "./decision-table"

interface Case {
  id: string
  expect: string
  input: { table: unknown }
  output?: number
}

const vectors = JSON.parse(
  readFileSync(new URL("../../../tests/vectors/decision_table.json", import.meta.url), "utf8"),
) as { cases: Case[] }

test.each(vectors.cases.map((item) => [item.id, item] as const))("%s", (_, item) => {
  if (item.expect === "valid") expect(parseTable(item.input.table).rules.length).toBe(item.output)
  else expect(() => parseTable(item.input.table)).toThrow(expect.objectContaining({ slug: item.expect }))
})
