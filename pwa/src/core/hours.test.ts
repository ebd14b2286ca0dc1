import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { minuteOfWeek, openStanding, WEEK, type Week, type Zone } from "./hours"

type Case = { id: string } & (
  | { call: "minute_of_week"; input: { now: number; zone: [number, boolean] }; output: number }
  | { call: "standing"; input: { week: Week; minute: number }; output: { is_open: boolean; until: number | null } }
)

const vectors = JSON.parse(readFileSync(new URL("../../../tests/vectors/hours.json", import.meta.url), "utf8")) as {
  cases: Case[]
}

const answer = (item: Case): unknown => {
  if (item.call === "minute_of_week") {
    const [offsetH, hasSummer] = item.input.zone
    return minuteOfWeek(item.input.now, { offsetH, hasSummer })
  }
  const { isOpen, until } = openStanding(item.input.week, item.input.minute)
  return { is_open: isOpen, until }
}

test.each(vectors.cases.map((item) => [item.id, item] as const))("%s", (_, item) => {
  expect(answer(item)).toEqual(item.output)
})

describe("a zone shows what the platform's own tables of time zones say", () => {
  const zones: [string, Zone][] = [
    ["America/Mexico_City", { offsetH: -6, hasSummer: false }],
    ["America/Cancun", { offsetH: -5, hasSummer: false }],
    ["America/Mazatlan", { offsetH: -7, hasSummer: false }],
    ["America/Hermosillo", { offsetH: -7, hasSummer: false }],
    ["America/Chihuahua", { offsetH: -6, hasSummer: false }],
    ["America/Tijuana", { offsetH: -8, hasSummer: true }],
    ["America/Ciudad_Juarez", { offsetH: -7, hasSummer: true }],
    ["America/Ojinaga", { offsetH: -6, hasSummer: true }],
    ["America/Matamoros", { offsetH: -6, hasSummer: true }],
    ["America/Bahia_Banderas", { offsetH: -6, hasSummer: false }],
  ]
  const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]

  test.each(zones)("%s, each half hour of three years", (timeZone, zone) => {
    const clock = new Intl.DateTimeFormat("en-US", { timeZone, weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" })
    const begin = Date.UTC(2026, 0, 1) / 1000
    for (let now = begin; now < begin + 3 * 365 * 86_400; now += 1800) {
      const [day, hour, minute] = clock.format(now * 1000).split(/[ ,:]+/)
      const expected = DAYS.indexOf(day ?? "") * 1440 + Number(hour) * 60 + Number(minute)
      if (minuteOfWeek(now, zone) !== expected) expect([now, minuteOfWeek(now, zone)]).toEqual([now, expected])
    }
    expect(minuteOfWeek(begin, zone)).toBeLessThan(WEEK)
  })
})
