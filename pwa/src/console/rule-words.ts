/** A rule of the decision table in plain Spanish: who, where, for what; who pays, who attends, what is covered. */
import { dateFromDay, dayAt } from "../core/days";
import { dayText, listText, plural } from "./say";
import type { DecisionTable, Institution, Rule } from "./rules";
import { t, type WordKey } from "./words";

/** What the words of a rule need besides the rule. */
export interface Catalogue extends Pick<DecisionTable, "adultAge" | "payers"> {
  readonly institutions: readonly Pick<Institution, "code" | "label" | "kind">[];
}

/** An institution's numbers as sentences, and what they rest on. */
export interface InstitutionRow {
  readonly code: string;
  readonly label: string;
  readonly lines: readonly string[];
  readonly basis: string | null;
  readonly source: string | null;
}

export function institutionRow({ code, label, kind, clues, retention, childAge, studentAge, basis, source }: Institution): InstitutionRow {
  const lines = [word("institution-kind", kind), agesText(childAge, studentAge), retentionText(retention), t("institution-codes", { code, clues: listText(clues) })];
  return { code, label, lines, basis: basis === null ? null : word("basis", basis), source };
}

/** A student's age counts for children only: where none ends a child's right, none ends a student's. */
function agesText(child: number | null, student: number | null): string {
  if (child === null) return t("institution-no-age");
  return student === null ? t("institution-child-age", { child }) : t("institution-ages", { child, student });
}

function retentionText(retention: Institution["retention"]): string {
  if (retention === null) return t("institution-retains-nothing");
  const spans = [
    retention.months === 0 ? null : plural("span-months", retention.months),
    retention.days === 0 ? null : plural("span-days", retention.days),
  ].filter((span): span is string => span !== null);
  const params = { span: listText(spans), after: plural("span-days", retention.afterDays), who: listText(retention.roles.map((role) => word("role", String(role)))) };
  return t("institution-retains", params);
}

/** One rule as its row says it. */
export interface RuleRow {
  readonly id: string;
  readonly place: number;
  readonly who: string;
  readonly where: string;
  readonly service: string;
  readonly status: string;
  readonly payer: string;
  readonly attend: string;
  readonly services: string;
  readonly days: string;
  readonly basis: string;
  readonly source: string;
  readonly isPast: boolean;
  readonly isAhead: boolean;
}

/** today: YYYY-MM-DD */
export function rowOf(rule: Rule, place: number, table: Catalogue, today: string): RuleRow {
  const { when, then } = rule;
  return {
    id: rule.id,
    place,
    who: whoText(rule, table),
    where: whereText(rule, table),
    service: when.service.length === 0 ? t("rule-any-service") : serviceTexts(when.service),
    status: when.standing.length === 0 ? t("rule-any-status") : orText(when.standing.map((each) => word("status-of", each))),
    payer: payerText(then.payer, table),
    attend: word("attend", then.attend),
    services: serviceTexts(then.services),
    days: daysText(rule),
    basis: word("basis", rule.basis),
    source: rule.source,
    isPast: rule.until !== null && rule.until <= today,
    isAhead: rule.from !== null && rule.from > today,
  };
}

/** The rows in which every word that somebody types stands, wherever; accents and capitals make no difference. */
export function found(rows: readonly RuleRow[], typed: string): readonly RuleRow[] {
  const words = plain(typed).split(/\s+/).filter(Boolean);
  return rows.filter((row) => {
    const said = plain([row.id, row.who, row.where, row.service, row.status, row.payer, row.attend, row.services, row.days, row.basis, row.source].join(" "));
    return words.every((each) => said.includes(each));
  });
}

const plain = (text: string): string => text.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase("es-MX");

/** «Desde el 1 ene 2027, hasta antes del 1 ene 2028», «Siempre». */
export function daysText({ from, until }: Pick<Rule, "from" | "until">): string {
  if (from === null) return until === null ? t("rule-always") : t("rule-until", { until: dateText(until) });
  return until === null ? t("rule-from", { from: dateText(from) }) : t("rule-from-until", { from: dateText(from), until: dateText(until) });
}

/** The day at an instant, as the rules count days. */
export const todayText = (at: number): string => dateFromDay(dayAt(at));

/** A date as people read it; it is a day of the calendar, and no instant. */
export function dateText(date: string): string {
  const [year, month, day] = date.split("-").map(Number) as [number, number, number];
  return dayText(new Date(year, month - 1, day).getTime() / 1000);
}

function whoText({ when }: Rule, table: Catalogue): string {
  const of = [
    ...when.kind.flatMap((kind) => (kind === "none" ? [t("kind-none")] : labelsOf(table, (each) => each.kind === kind))),
    ...when.institution.flatMap((code) => labelsOf(table, (each) => each.code === String(code))),
  ];
  const parts = [
    of.length === 0 ? null : t("rule-of", { of: orText(of) }),
    ageText(when.minor, table.adultAge),
  ].filter((part): part is string => part !== null);
  return parts.length === 0 ? t("rule-anybody") : capital(parts.join(", "));
}

function ageText(minor: readonly boolean[], age: number): string | null {
  return minor.length === 1 ? t(minor[0] === true ? "rule-minors" : "rule-adults", { age }) : null;
}

function whereText({ when }: Rule, table: Catalogue): string {
  const clinics = when.clinic.map((kind) => clinicText(kind, table));
  const parts = [
    clinics.length === 0 ? t("rule-any-clinic") : orText(clinics),
    when.level.length === 0 ? null : t("rule-level", { level: orText(when.level.map(String)) }),
    when.state.length === 0 ? null : orText(when.state.map((state) => word("state", state))),
    when.assigned.length === 1 ? t(when.assigned[0] === true ? "rule-assigned" : "rule-not-assigned") : null,
  ].filter((part): part is string => part !== null);
  return parts.join(", ");
}

function clinicText(kind: string, table: Catalogue): string {
  if (kind === "insured" || kind === "closed") return t("clinic-of", { of: listText(labelsOf(table, (each) => each.kind === kind)) });
  return word("clinic", kind);
}

function payerText(payer: string, table: Catalogue): string {
  if (payer !== "public") return payer === "unconfirmed" ? (table.payers.unknown ?? t("payer-unconfirmed")) : word("payer", payer);
  return t("payer-public", { federalised: table.payers.federalised ?? "", other: table.payers.other ?? "" });
}

function labelsOf(table: Catalogue, isMeant: (institution: Catalogue["institutions"][number]) => boolean): readonly string[] {
  return [...new Set(table.institutions.filter(isMeant).map(({ label }) => label))];
}

const serviceTexts = (services: readonly string[]): string => listText(services.map((each) => word("service", each)));

/** «a, b o c». */
function orText(parts: readonly string[]): string {
  const last = parts.at(-1) ?? "";
  return parts.length < 2 ? last : t("or", { list: parts.slice(0, -1).join(", "), last });
}

const KNOWN: Readonly<Record<string, readonly string[]>> = {
  "institution-kind": ["insured", "closed", "open"],
  role: ["1", "2", "3"],
  "status-of": ["active", "retained", "uninsured", "lapsed", "unknown"],
  clinic: ["own", "open", "private", "unknown"],
  state: ["federalised", "other", "unknown"],
  attend: ["here", "here_by_exchange", "refer", "urgent_only"],
  payer: ["own"],
  basis: ["law", "announcement", "policy"],
  service: ["general", "urgent", "specialised", "hospital", "maternity", "prevention", "pharmacy", "laboratory"],
};

/** The word for a value of the table; one that this release does not know stands as it is. */
function word(family: string, value: string): string {
  return KNOWN[family]?.includes(value) === true ? t(`${family}-${value}` as WordKey) : value;
}

const capital = (sentence: string): string => sentence.charAt(0).toLocaleUpperCase("es-MX") + sentence.slice(1);
