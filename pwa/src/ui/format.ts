/** Numbers and times as people here say them (es-MX), from plain values. */

/** A format made when it is first used: a browser takes milliseconds over each, and no first screen needs one. */
function format(options: Intl.DateTimeFormatOptions): (at: number) => string {
  let made: Intl.DateTimeFormat | null = null;
  return (at) => (made ??= new Intl.DateTimeFormat("es-MX", options)).format(at);
}

const dayFormat = format({ day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
const shortDayFormat = format({ day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const dayMonthFormat = format({ day: "numeric", month: "short", timeZone: "UTC" });
const clockFormat = format({ hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const shortClockFormat = format({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const momentFormat = format({ day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

/** «800 m», «4.8 km», «62 km». */
export function distanceText(metres: number): string {
  if (metres < 995) return `${Math.max(10, Math.round(metres / 10) * 10)} m`;
  return metres < 9950 ? `${(metres / 1000).toFixed(1)} km` : `${Math.round(metres / 1000)} km`;
}

const YEAR_S = 365.25 * 86_400;

/** «3 h», «9 d», «6 años»: the age of something, in its largest sensible unit. `seconds` ≥ 0. */
export function ageText(seconds: number): string {
  if (seconds < 90) return "menos de 2 min";
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 129_600) return `${Math.round(seconds / 3600)} h`;
  return seconds < 2 * YEAR_S ? `${Math.round(seconds / 86_400)} d` : `${Math.round(seconds / YEAR_S)} años`;
}

/** «14 de diciembre de 2026» from days since 1970-01-01. */
export function dayText(day: number): string {
  return dayFormat(day * 86_400_000);
}

/** «14 dic 2026» from days since 1970-01-01. */
export function shortDayText(day: number): string {
  return shortDayFormat(day * 86_400_000).replaceAll(" de ", " ");
}

/** «14 dic» from days since 1970-01-01: for a day that is near. */
export function nearDayText(day: number): string {
  return dayMonthFormat(day * 86_400_000).replace(" de ", " ");
}

/** «09:41:27» in the time zone of the device, from Unix seconds. */
export function clockText(seconds: number): string {
  return clockFormat(seconds * 1000);
}

/** «22 nov, 09:41» in the time zone of the device, from Unix seconds. */
export function momentText(seconds: number): string {
  return momentFormat(seconds * 1000);
}

/** «las 16:18» today, «mañana a las 16:18», «el 24 nov a las 16:18»: for what ends soon, in the time zone of the device. */
export function untilText(seconds: number, now: number): string {
  const time = shortClockFormat(seconds * 1000);
  const days = localDay(seconds) - localDay(now);
  if (days === 0) return `las ${time}`;
  return days === 1 ? `mañana a las ${time}` : `el ${nearDayText(localDay(seconds))} a las ${time}`;
}

/** Days since 1970-01-01 by the calendar of the device. */
function localDay(seconds: number): number {
  const date = new Date(seconds * 1000);
  return Math.floor(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / 86_400_000);
}
