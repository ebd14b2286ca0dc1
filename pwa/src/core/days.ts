// Dates as days since 1970-01-01, by the Gregorian calendar and without the year limits of the platforms' date types.
// Source: Howard Hinnant, chrono-compatible low-level date algorithms (days_from_civil, civil_from_days).
import { Malformed } from "./errors"

const MIDNIGHT_S = 6 * 3600
const DAY_S = 86_400

/**
 * Days since 1970-01-01 of a date written YYYY-MM-DD.
 *
 * Throws: Malformed for another spelling, or a date that is none
 */
export function dayFromDate(text: string): number {
  const match = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/.exec(text)
  if (match === null) throw new Malformed("malformed-date", "not YYYY-MM-DD")
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])]
  const days = dayOf(year, month, day)
  const [, sameMonth, sameDay] = dateOf(days)
  if (month < 1 || month > 12 || sameMonth !== month || sameDay !== day) {
    throw new Malformed("malformed-date", "no such date")
  }
  return days
}

/** The day in central Mexico at an instant: UTC-6 all year (Ley de los Husos Horarios, DOF 28-10-2022). */
export function dayAt(now: number): number {
  return Math.floor((now - MIDNIGHT_S) / DAY_S)
}

/** A day written YYYY-MM-DD. */
export function dateFromDay(day: number): string {
  const [year, month, dayOfMonth] = dateOf(day)
  return `${padded(year, 4)}-${padded(month, 2)}-${padded(dayOfMonth, 2)}`
}

/** The same date some years or months later; where the month has no such date, the first of the next one. */
export function later(day: number, { years = 0, months = 0 }: { years?: number; months?: number }): number {
  const [year, month, dayOfMonth] = dateOf(day)
  const count = year * 12 + month - 1 + years * 12 + months
  return Math.min(firstOf(count) + dayOfMonth - 1, firstOf(count + 1))
}

function firstOf(monthCount: number): number {
  return dayOf(Math.floor(monthCount / 12), (((monthCount % 12) + 12) % 12) + 1, 1)
}

const padded = (number: number, digits: number): string => number.toString().padStart(digits, "0")

/** Days since 1970, by years that begin in March: the leap day comes last. */
function dayOf(year: number, month: number, day: number): number {
  const shifted = year - (month <= 2 ? 1 : 0)
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1
  const leapDays = Math.floor(shifted / 4) - Math.floor(shifted / 100) + Math.floor(shifted / 400)
  return shifted * 365 + leapDays + dayOfYear - 719468
}

/** Year, month and day of month, by years that begin in March. */
function dateOf(day: number): [number, number, number] {
  const era = Math.floor((day + 719468) / 146097)
  const dayOfEra = day + 719468 - era * 146097
  const leapDays = Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36524) + Math.floor(dayOfEra / 146096)
  const year = Math.floor((dayOfEra - leapDays) / 365)
  const dayOfYear = dayOfEra - (365 * year + Math.floor(year / 4) - Math.floor(year / 100))
  const shifted = Math.floor((5 * dayOfYear + 2) / 153)
  const month = shifted < 10 ? shifted + 3 : shifted - 9
  return [year + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1]
}
