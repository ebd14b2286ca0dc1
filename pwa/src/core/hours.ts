// Opening hours of a week, and what the clocks show where a clinic stands.
//
// Phones carry time-zone tables as old as they are, and Mexico changed its own in October 2022: so the law is written here.
// Source: Ley de los Husos Horarios en los Estados Unidos Mexicanos (DOF 28-10-2022): no summer time but in
// municipalities at the northern border, which keep to that of the United States (15 U.S.C. 260a): from 2:00 on the second
// Sunday of March to 2:00 on the first one of November.
import { dateFromDay, dayFromDate } from "./days"

/** Minutes of a week. */
export const WEEK = 7 * 24 * 60

const THURSDAY = 3 // the day of the week, from Monday on, of 1970-01-01
const DAY_S = 86_400
const HOUR_S = 3600

/** Minutes since Monday 0:00, ends exclusive: in order, apart from one another. */
export type Week = readonly (readonly [number, number])[]

/** What clocks show: hours ahead of UTC in winter, and whether an hour more in the summer of the United States. */
export interface Zone {
  readonly offsetH: number
  readonly hasSummer: boolean
}

/** Whether a clinic is open, and the minute of the week at which that changes; null when it never does. */
export interface OpenStanding {
  readonly isOpen: boolean
  readonly until: number | null
}

/** Minutes since Monday 0:00 on the clocks of a zone; now: seconds since 1970. */
export function minuteOfWeek(now: number, { offsetH, hasSummer }: Zone): number {
  const standard = Math.floor(now) + HOUR_S * offsetH
  const local = hasSummer && isSummer(standard) ? standard + HOUR_S : standard
  const minute = (Math.floor(local / 60) + THURSDAY * 1440) % WEEK
  return minute < 0 ? minute + WEEK : minute
}

/** Whether it is open at a minute of the week, 0 to 10,079, and when that changes, be it in the next week. */
export function openStanding(week: Week, minute: number): OpenStanding {
  const now = week.find(([begin, end]) => begin <= minute && minute < end)
  if (now !== undefined) return { isOpen: true, until: endOf(week, now[1]) }
  const next = week.find(([begin]) => begin > minute) ?? week[0]
  return { isOpen: false, until: next?.[0] ?? null }
}

/** When a stretch that ends so ends indeed: what goes on over Sunday night begins again on Monday. */
function endOf(week: Week, end: number): number | null {
  if (end < WEEK) return end
  const [firstBegin, firstEnd] = week[0] ?? [0, WEEK]
  if (firstBegin > 0) return 0
  return firstEnd === WEEK ? null : firstEnd
}

/** Whether summer time is in force; standard: seconds since 1970 as clocks without it would show them. */
function isSummer(standard: number): boolean {
  const year = dateFromDay(Math.floor(standard / DAY_S)).slice(0, 4)
  const begin = sunday(`${year}-03-08`) * DAY_S + 2 * HOUR_S
  const end = sunday(`${year}-11-01`) * DAY_S + HOUR_S // 2:00 of summer
  return begin <= standard && standard < end
}

/** The first Sunday on or after a date, as days since 1970. */
function sunday(date: string): number {
  const first = dayFromDate(date)
  return first + ((((6 - (first + THURSDAY)) % 7) + 7) % 7)
}
