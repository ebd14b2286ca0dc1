/** When a clinic is open, in words. */
import { WEEK } from "../core/hours";
import type { Opening } from "./directory";
import { t } from "./words";

const DAY = WEEK / 7;
const DAYS = ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"] as const;

/** «Abierta hasta las 14:30», «Cerrada: abre mañana a las 08:00»; what to say, too, where its hours are not known. */
export function openingText(opening: Opening | null): string {
  if (opening === null) return t("opening-unknown");
  const { isOpen, until } = opening;
  if (until === null) return t(isOpen ? "opening-always" : "opening-closed");
  return changingText({ ...opening, until });
}

function changingText({ isOpen, until, minute }: Opening & { until: number }): string {
  const ahead = (until - minute + WEEK) % WEEK || WEEK;
  // What closes at midnight closes at 24:00 of the day before.
  const last = (minute % DAY) + ahead - (isOpen ? 1 : 0);
  const time = clockOf(isOpen && until % DAY === 0 ? DAY : until % DAY);
  if (last < DAY) return t(isOpen ? "opening-until" : "opening-opens", { time });
  return t(isOpen ? "opening-until-day" : "opening-opens-day", { time, day: dayText(minute, Math.floor(last / DAY)) });
}

/** «mañana», «el lunes»: so many days after that of a minute of the week. */
function dayText(minute: number, days: number): string {
  return days === 1 ? t("opening-tomorrow") : t("opening-on", { day: DAYS[(Math.floor(minute / DAY) + days) % 7] ?? "" });
}

function clockOf(minute: number): string {
  return [Math.floor(minute / 60), minute % 60].map((part) => String(part).padStart(2, "0")).join(":");
}
