import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { dateFromDay, dayAt, dayFromDate, later } from "./days"

type Case = { id: string; expect: string; output: number } & (
  | { call: "day_from_date"; input: string }
  | { call: "day_at"; input: number }
  | { call: "later"; input: { day: number; years: number; months: number } }
)

const vectors = JSON.parse(readFileSync(new URL("../../../tests/vectors/days.json", import.meta.url), "utf8")) as {
  cases: Case[]
}

const answer = (item: Case): number => {
  if (item.call === "day_at") return dayAt(item.input)
  return item.call === "later" ? later(item.input.day, item.input) : dayFromDate(item.input)
}

test.each(vectors.cases.map((item) => [item.id, item] as const))("%s", (_, item) => {
  if (item.expect === "valid") expect(answer(item)).toBe(item.output)
  if (item.expect === "valid" && item.call === "day_from_date") expect(dateFromDay(item.output)).toBe(item.input)
  if (item.expect !== "valid") expect(() => answer(item)).toThrow(expect.objectContaining({ slug: item.expect }))
})
