/** Days of the calendar, as a date field has them, and the moments that they stand for; in the time zone of the device. */

/** «2026-12-14». */
export function dateOf(at: number): string {
  const date = new Date(at * 1000);
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
}

/** The same time of another day; null for what is no day. */
export function movedTo(at: number, date: string): number | null {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(date) ?? [];
  const moved = new Date(at * 1000);
  moved.setFullYear(Number(year), Number(month) - 1, Number(day));
  const seconds = moved.getTime() / 1000;
  return Number.isFinite(seconds) && dateOf(seconds) === date ? seconds : null;
}

/** As the server reads it: «2026-12-14T09:41:00Z». */
export const instantOf = (at: number): string => new Date(at * 1000).toISOString().replace(/\.\d+Z$/, "Z");
