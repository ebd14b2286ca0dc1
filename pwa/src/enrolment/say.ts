/** An explanation as the sentence on the screen: codes of states and sexes are spelled out, dates are written as people write them. */
import { shortDayText } from "../ui/format";
import type { Explanation } from "./explain";
import { monthsOn } from "./form";
import { STATE_NAMES } from "./states";
import { t } from "./words";

const DAY_MS = 86_400_000;
const DATE = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/;
const SEX = /^[HMX]$/;

/** «27 abr 1956» from YYYY-MM-DD. */
export function dateWords(date: string): string {
  return shortDayText(Date.parse(`${date}T00:00:00Z`) / DAY_MS);
}

/** «5 años», «7 meses», «menos de un mes»: how old somebody is, as people say it. */
export function ageWords(birthDate: string, today: string): string {
  const months = monthsOn(birthDate, today) ?? 0;
  if (months < 1) return t("age-new-born");
  if (months < 12) return months === 1 ? t("age-month") : t("age-months", { count: months });
  return months < 24 ? t("age-year") : t("age-years", { count: Math.floor(months / 12) });
}

function spellOut(key: Explanation["key"], value: string | number): string | number {
  if (typeof value === "number") return value;
  if (key === "mismatch-birth-date" && DATE.test(value)) return dateWords(value);
  if (key === "mismatch-birth-state") return STATE_NAMES[value] ?? value;
  if (key === "mismatch-sex" && SEX.test(value)) return t(`sex-${value}` as "sex-M");
  return value;
}

/** The sentence, or undefined when there is nothing to say. */
export function sayProblem(problem: Explanation | undefined): string | undefined {
  if (problem === undefined) return undefined;
  const params = Object.entries(problem.params).map(([name, value]) => [name, spellOut(problem.key, value)]);
  return t(problem.key, Object.fromEntries(params) as Record<string, string | number>);
}
