/** Keys, days, counts and proposals as the console says them (es-MX), from plain values. */
import { stagedBy, type Task } from "./due";
import type { Key, Plan, Proposal, Waiting } from "./facts";
import { t, type WordKey } from "./words";

const DAY_S = 86_400;
const SHORT = 8;
const dayFormat = new Intl.DateTimeFormat("es-MX", { day: "numeric", month: "short", year: "numeric" });
const momentFormat = new Intl.DateTimeFormat("es-MX", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const timeFormat = new Intl.DateTimeFormat("es-MX", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const monthFormat = new Intl.DateTimeFormat("es-MX", { month: "short" });
const percentFormat = new Intl.NumberFormat("es-MX", { style: "percent", maximumFractionDigits: 1 });
const countFormat = new Intl.NumberFormat("es-MX");

export const countText = (count: number): string => countFormat.format(count);
export const percentText = (share: number): string => percentFormat.format(share);

/** «14 dic 2026», in the time zone of the device. */
export const dayText = (at: number): string => dayFormat.format(at * 1000).replaceAll(" de ", " ");

/** «22 nov, 09:41», in the time zone of the device. */
export const momentText = (at: number): string => momentFormat.format(at * 1000).replaceAll(" de ", " ");

/** «dic», in the time zone of the device. */
export const monthText = (at: number): string => monthFormat.format(at * 1000);

/** «09:41» on the same day, «22 nov, 09:41» on another. */
export function sinceText(at: number, now: number): string {
  return dayText(at) === dayText(now) ? timeFormat.format(at * 1000) : momentText(at);
}

/** «en 15 días», «mañana», «hoy», «hace 3 días». */
export function whenText(at: number, now: number): string {
  const days = localDay(at) - localDay(now);
  if (days === 0) return t("when-today");
  if (Math.abs(days) === 1) return t(days > 0 ? "when-tomorrow" : "when-yesterday");
  return t(days > 0 ? "when-in" : "when-ago", { count: countText(Math.abs(days)) });
}

/** Days since 1970-01-01 by the calendar of the device. */
function localDay(seconds: number): number {
  const date = new Date(seconds * 1000);
  return Math.floor(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / 86_400_000);
}

/** «30 s», «15 min», «24 h», «7 días». */
export function limitText(seconds: number): string {
  if (seconds < 60) return t("limit-seconds", { count: seconds });
  if (seconds < 3600) return t("limit-minutes", { count: Math.round(seconds / 60) });
  if (seconds <= DAY_S) return t("limit-hours", { count: Math.round(seconds / 3600) });
  return t("limit-days", { count: Math.round(seconds / DAY_S) });
}

/** The message for one, or for several with their number. */
export function plural(key: WordKey, count: number, params: Readonly<Record<string, string | number>> = {}): string {
  return t((count === 1 ? `${key}-one` : key) as WordKey, { ...params, count: countText(count) });
}

/** «a, b y c», «IMSS e ISSSTE». */
export function listText(parts: readonly string[]): string {
  const last = parts.at(-1) ?? "";
  return parts.length < 2 ? last : t(/^h?[ií]/i.test(last) ? "and-e" : "and", { list: parts.slice(0, -1).join(", "), last });
}

const KNOWN_USES: ReadonlySet<string> = new Set(["pass", "credential", "status"]);

/** «Pases»; a use that this release does not know by its own name. */
export const useName = (use: string): string => (KNOWN_USES.has(use) ? t(`use-${use}` as "use-pass") : use);
/** «de pases». */
export const ofUse = (use: string): string => (KNOWN_USES.has(use) ? t(`of-use-${use}` as "of-use-pass") : use);
export const shortKid = (kid: string): string => kid.slice(0, SHORT);
export const seriesText = (shard: number): string => t("series", { shard });
/** «serie 2», «series 0, 1 y 3». */
export const seriesListText = ([first = 0, ...others]: readonly number[]): string =>
  others.length === 0 ? seriesText(first) : t("series-many", { shards: listText([first, ...others].map(String)) });

/** «8 credenciales, 3 tarjetas y 11 pases»; «nada». */
export function hangingText({ credentials, cards, passes, lists }: Omit<Key["hanging"], "until">): string {
  const kinds = [["credentials", credentials], ["cards", cards], ["passes", passes], ["lists", lists]] as const;
  const parts = kinds.filter(([, count]) => count > 0).map(([kind, count]) => plural(kind, count));
  return parts.length === 0 ? t("hanging-none") : listText(parts);
}

const ACTIONS: ReadonlySet<string> = new Set(["stage", "schedule", "activate", "retire", "revoke", "resume"]);

/** «Que nadie confíe en la llave de pases, serie 2». */
export function proposalText(proposal: Proposal, plan: Plan): string {
  if (proposal.action === "table") return t("proposal-table", { version: versionOf(proposal) });
  const key = keyOf(proposal, plan);
  const named = key === null ? shortKid(proposal.kid) : `${ofUse(key.use)}, ${seriesText(key.shard)}`;
  const word = ACTIONS.has(proposal.action) ? `proposal-${proposal.action}` : "proposal-other";
  return t(word as "proposal-revoke", { of: named });
}

/** The name of the table that a proposal would put in force. */
export function versionOf({ content, difference, kid }: Proposal): string {
  const table: unknown = content.table;
  if (difference !== null) return difference.to;
  return typeof table === "object" && table !== null && "version" in table ? String(table.version) : shortKid(kid);
}

/** Use and series of the key that a proposal is about: a staged one is described in it, the others are in the plan. */
export function keyOf(proposal: Proposal, plan: Plan): { readonly use: string; readonly shard: number } | null {
  const found = plan.keys.find(({ kid }) => kid === proposal.kid);
  if (found !== undefined) return found;
  const staged = stagedBy(proposal);
  return staged.use === "" ? null : staged;
}

const TASKS: ReadonlySet<string> = new Set(["elsewhere", "halted", "frozen", "reissue", "publish", "seal", "schedule", "activate", "retire", "stage"]);
/** These have a sentence for several keys. */
const MANY: ReadonlySet<string> = new Set(["schedule", "activate", "retire", "stage"]);
const ROLES: ReadonlySet<string> = new Set(["root", "targets", "snapshot", "timestamp"]);

/** «raíz (root)»; a role that this release does not know by its own name. */
export const roleName = (role: string): string => (ROLES.has(role) ? t(`role-of-${role}` as "role-of-root") : role);

/** «la firma de fecha (timestamp)», «las llaves de pases», «las listas de revocaciones». */
export function aboutText(name: string): string {
  if (name === "sealing" || name === "lists") return t(`alarm-${name}`);
  return ROLES.has(name) ? t("alarm-role", { name: roleName(name) }) : t("alarm-key", { of: ofUse(name) });
}

/** «Preparar 4 llaves siguientes de pases». */
export function taskText(task: Task, plan: Plan): string {
  const { what, use, kids, shards, proposal } = task;
  if (proposal !== null) return t(`task-${what}` as "task-approve", { proposal: inside(proposalText(proposal, plan)) });
  if (what === "draft") return draftText(use, plan);
  if (what === "alarm" || what === "weak") return t(`task-${what}`, { about: aboutText(use) });
  if (!TASKS.has(what)) return t("task-other", { what });
  const isMany = shards.length > 1 && MANY.has(what);
  const word = (isMany ? `task-${what}-many` : `task-${what}`) as "task-stage-many";
  return t(word, { of: ofUse(use), count: shards.length, kid: shortKid(kids[0] ?? "") });
}

/** What the signatures of a draft are for: a distrust that verifiers have not been told comes before all else that it says. */
function draftText(role: string, plan: Plan): string {
  const untold = role === "targets" ? plan.keys.filter(({ told }) => !told) : [];
  if (untold.length === 0) return t("task-draft", { about: aboutText(role) });
  return t("task-draft-untold", { keys: listText(untold.map(({ use, shard }) => t("keys-next-one", { of: ofUse(use), series: seriesText(shard) }))) });
}

/** «Faltan 2 de: Ana y Beto.»; where nothing is to be signed, what else has to happen first. */
export function awaitedText(waiting: readonly Waiting[]): string {
  const needs = waiting.flatMap((draft) => draft.needs);
  if (needs.length > 0) return needs.map(({ missing, holders }) => t("alarm-waiting-need", { count: missing, holders: listText(holders) })).join(" ");
  return t(waiting.some(({ heldBy }) => heldBy !== "") ? "alarm-waiting-held" : "awaited-publication");
}

/** A sentence as part of another. */
function inside(sentence: string): string {
  return sentence.charAt(0).toLocaleLowerCase("es-MX") + sentence.slice(1);
}

/** A digest in groups of four, so that two people can read it to each other. */
export const digestText = (digest: string): string => digest.replace(/(.{4})(?=.)/g, "$1 ");
