/** What the screen says for a verdict, as plain values: pure, so that every case is a test and no case shows too much. */
import type { Attend } from "../core/decision-table";
import type { Rights } from "../core/entitlement";
import type { Verdict } from "../core/verdict";
import { ageText, dayText, momentText } from "../ui/format";
import { institutionText } from "../ui/institutions";
import type { Clinic, Directory, NearClinic } from "./directory";
import { openingText } from "./opening-text";
import { codeOf, isReason, type Reason } from "./reasons";
import { t, type WordKey } from "./words";

/** A sentence of the catalogue with its values. */
export interface Line {
  readonly key: WordKey;
  readonly params: Readonly<Record<string, string | number>>;
}

export interface PlaceRow {
  readonly name: string;
  readonly what: WordKey;
  /** As people call it, with how the person is attended there when that needs saying. */
  readonly institution: string;
  /** Metres from this clinic; 0 is here, null is unknown. */
  readonly distanceM: number | null;
  /** Until when it is open, or when it opens; null here, and where its hours are not known. */
  readonly opening: string | null;
}

export type Who = { readonly name: string; readonly curp: string } | { readonly hint: string };

export interface EntitlementView {
  readonly title: Line;
  readonly lines: readonly Line[];
}

export interface VerdictView {
  /** As it is shown: what rests on a doubtful clock alone is never red. */
  readonly verdict: Verdict["verdict"];
  readonly isDemo: boolean;
  /** Under the great word: what to do, or why not. */
  readonly lead: Line;
  /** The next step when there is no plain "attend": in bold, then more of it. */
  readonly step: { readonly strong: Line; readonly more: Line | null } | null;
  readonly code: string;
  /** Whether the phone could still prove that it holds the pass, by answering to a number. */
  readonly canAsk: boolean;
  readonly notes: readonly Line[];
  readonly who: Who | null;
  readonly entitlement: EntitlementView | null;
  readonly places: readonly PlaceRow[];
  /** Whether these are of one state alone, so that nearer ones may be in another: this machine knows none there yet. */
  readonly isOneState: boolean;
  readonly ages: Line | null;
}

/** Where and when the verdict was given. */
export interface Counter {
  readonly clinic: Clinic | null;
  readonly directory: Directory | null;
  /** Seconds since 1970, for what is open. */
  readonly now: number;
  /** By how much this machine's clock is behind what was signed already: it is, then. */
  readonly behindS: number;
  /** Whether that clock was compared with the server's since this machine was opened; else it may be off, and nobody knows. */
  readonly isClockProven: boolean;
  /** Older than this, lists make nothing verified (policy.json, staleness). */
  readonly staleS: number;
}

const line = (key: WordKey, params: Line["params"] = {}): Line => ({ key, params });

/** Refusals that a new code on the same phone may cure. */
const CURED_BY_A_NEW_CODE: ReadonlySet<string> = new Set(["expired", "presentation-missing", "bad-presentation", "already-used"]);
const INFORMATIVE: ReadonlySet<string> = new Set(["challenge-met", "trust-aging", "status-aging", "identity-sealed"]);
/** The profile of a pass that a phone holds the key of, and can answer with (core/qr-pass.ts, which comes later than this). */
export const DEVICE = 1;
const NEAREST = 5;
const LONG_AGO_S = 10 * 365 * 86_400;
const STANDINGS: ReadonlySet<string> = new Set(["active", "retained", "uninsured", "lapsed", "unknown"]);
/** The services that a decision table can name, in the order in which people ask for them. */
const SERVICES = ["general", "urgent", "specialised", "hospital", "maternity", "prevention", "pharmacy", "laboratory"] as const;
/** So few that are missing are named instead of those that are given. */
const FEW = 2;
const ATTENDS: ReadonlySet<string> = new Set(["here", "here_by_exchange", "refer", "urgent_only"]);

/** An age as people say it; trust that has run out by its own date counts from 1970, which nobody would say. */
export function ageWords(seconds: number): string {
  return seconds > LONG_AGO_S ? t("age-long") : ageText(seconds);
}

function clockWord({ reasons }: Verdict, { isClockProven }: Counter): string {
  if (reasons.includes("clock-behind")) return t("clock-off");
  return t(isClockProven ? "clock-good" : "clock-unproven");
}

function ages(verdict: Verdict, counter: Counter): Line["params"] {
  const { behindS } = counter;
  const text = (age: number | null): string => (age === null ? "—" : ageWords(age));
  const clock = clockWord(verdict, counter);
  const skew = verdict.clockSkewS === null ? "—" : ageWords(Math.abs(verdict.clockSkewS));
  return { trust: text(verdict.trustAgeS), status: text(verdict.statusAgeS), clock, skew, behind: ageWords(behindS) };
}

/** What the phone's time against ours leads to, and how it is said while nothing but itself vouches for ours: either may be wrong. */
const BY_TWO_CLOCKS: ReadonlyMap<string, WordKey> = new Map([
  ["presentation-stale", "presentation-stale-or-here"],
  ["clock-skewed", "clock-skewed-or-here"],
]);

function reasonLine(verdict: Verdict, slug: string, counter: Counter): Line {
  const either = counter.isClockProven ? undefined : BY_TWO_CLOCKS.get(slug);
  if (either !== undefined) return line(either, { ...ages(verdict, counter), time: momentText(counter.now) });
  const reason: Reason = isReason(slug) ? slug : "malformed";
  return line(reason, ages(verdict, counter));
}

function leadOf(verdict: Verdict, counter: Counter): Line {
  const attend = verdict.entitlement?.attend ?? "";
  if (verdict.verdict === "valid") return line(ATTENDS.has(attend) ? (`attend-${attend}` as "attend-here") : "attend-unknown");
  if (isByClockAlone(verdict, counter)) return line("expired-by-clock", { today: todayOf(counter) });
  const [primary = ""] = verdict.reasons;
  return reasonLine(verdict, primary, counter);
}

/** The verdict as it is shown. */
function wordOf(verdict: Verdict, counter: Counter): Verdict["verdict"] {
  return isByClockAlone(verdict, counter) ? "stale" : verdict.verdict;
}

function todayOf({ now }: Counter): string {
  return dayText(Math.floor(now / 86_400));
}

/** Lists this old may be old by this machine's clock alone: then what ended by it may not have ended. */
const DOUBTFUL_S = 2 * 86_400;

/** Whether a refusal rests on a clock alone by which nothing is verified any more, and so nothing refused either: it may be wrong. */
function isByClockAlone({ verdict, reasons: [primary], trustAgeS }: Verdict, { staleS }: Counter): boolean {
  return verdict === "not_valid" && primary === "expired" && (trustAgeS ?? 0) > staleS;
}

/** What to do besides attending. */
function remedyOf({ trustAgeS }: Verdict, primary: string, counter: Counter): Line {
  if (primary === "expired" && (trustAgeS ?? 0) > DOUBTFUL_S) return line("not-valid-clock-more", { today: todayOf(counter) });
  return line(CURED_BY_A_NEW_CODE.has(primary) ? "not-valid-renew-more" : "not-valid-do-more");
}

/** What makes an answer of today's out of one that rests on old lists. */
function confirmationOf(verdict: Verdict, primary: string, counter: Counter): Line {
  if (verdict.verdict === "not_valid") return remedyOf(verdict, primary, counter);
  return line(primary === "clock-behind" ? "stale-clock-more" : "stale-do-more");
}

function stepOf(verdict: Verdict, counter: Counter): VerdictView["step"] {
  const [primary = ""] = verdict.reasons;
  switch (wordOf(verdict, counter)) {
    case "valid":
    case "check_identity":
      return null;
    case "stale":
      return { strong: line("stale-do"), more: confirmationOf(verdict, primary, counter) };
    case "not_valid":
      return { strong: line("not-valid-do"), more: remedyOf(verdict, primary, counter) };
    case "not_a_pass":
      return { strong: line(primary === "malformed" ? "malformed-do" : "not-a-pass-do"), more: null };
  }
}

/** Reasons beside the first: of a valid verdict all of them, since none of them leads. */
function notesOf(verdict: Verdict, counter: Counter): Line[] {
  const others = verdict.verdict === "valid" ? verdict.reasons : verdict.reasons.slice(1);
  const told = others.filter((slug) => INFORMATIVE.has(slug) && slug !== "identity-sealed");
  return told.map((slug) => reasonLine(verdict, slug, counter));
}

function entitlementOf(verdict: Verdict): EntitlementView | null {
  const answer = verdict.entitlement;
  if (!answer) return null;
  const lines: Line[] = [];
  if (verdict.verdict !== "valid" && ATTENDS.has(answer.attend)) lines.push(line(`attend-${answer.attend}` as "attend-here"));
  if (answer.untilDay !== null) {
    // `untilDay` is the first day without the right; people name the last one with it.
    lines.push(line(answer.status === "lapsed" ? "entitlement-lapsed-at" : "entitlement-until", { date: dayText(answer.untilDay - 1) }));
  }
  if (answer.payerLabel !== "") lines.push(line("entitlement-payer", { payer: answer.payerLabel }));
  const services = servicesLine(answer.services);
  if (services !== null) lines.push(services);
  const title = STANDINGS.has(answer.status) ? (`entitlement-${answer.status}` as "entitlement-active") : "entitlement-unknown";
  return { title: line(title, { institution: answer.payerLabel }), lines };
}

/** What is given here by the rule: all, all but a few, or which. */
function servicesLine(given: readonly string[]): Line | null {
  const [named, missing] = [SERVICES.filter((one) => given.includes(one)), SERVICES.filter((one) => !given.includes(one))];
  const list = (some: typeof named): string => some.map((one) => t(`service-${one}`)).join(", ");
  if (named.length === 0) return null;
  if (missing.length === 0) return line("services-all");
  return missing.length <= FEW ? line("services-all-but", { list: list(missing) }) : line("services-some", { list: list(named) });
}

/** The assigned clinic, and from here: the nearest that attends the person, the nearest hospital that does, one for urgent care. */
function placesOf(verdict: Verdict, { clinic, directory, now }: Counter): PlaceRow[] {
  const { rights, person } = verdict;
  if (!directory || person === null || rights === null) return [];
  const assigned = verdict.assignedClinic === null ? null : directory.find(verdict.assignedClinic);
  const own = assigned ? [rowOf("place-assigned", assigned, distanceTo(assigned, clinic, directory))] : [];
  const rows = clinic === null ? own : [...own, ...placesFrom(clinic, assigned, directory, rights)];
  return rows.map(({ at, ...row }) => ({ ...row, opening: row.distanceM === 0 ? null : openingOf(at, directory, now) }));
}

function openingOf(clinic: Clinic, directory: Directory, now: number): string | null {
  const opening = directory.opening(clinic, now);
  return opening === null ? null : openingText(opening);
}

type Row = Omit<PlaceRow, "opening"> & { readonly at: Clinic };

/**
 * The places from a clinic, each once. What is called the nearest is it: where that is this clinic or the person's own, no other
 * takes the word.
 */
function placesFrom(clinic: Clinic, assigned: Clinic | null, directory: Directory, rights: Rights): Row[] {
  if (clinic.at === null) return [];
  const taken = new Set([clinic.clues, assigned?.clues]);
  const rows: Row[] = [];
  const add = (what: WordKey, [one]: readonly NearClinic[]): void => {
    if (one === undefined || taken.has(one.clinic.clues)) return;
    taken.add(one.clinic.clues);
    rows.push(rowOf(what, one.clinic, one.distanceM, one.attend));
  };
  const { at } = clinic;
  const near = directory.nearestFor(rights, at, { limit: NEAREST });
  const hospitals = [2, 3].flatMap((level) => directory.nearestFor(rights, at, { limit: NEAREST, level })).sort((one, other) => one.distanceM - other.distanceM);
  const isHere = (one: NearClinic): boolean => one.clinic.clues === clinic.clues;
  const nearest = near.some((one) => isHere(one) && attends(one)) ? "place-another" : "place-nearest";
  if (assigned?.clues !== clinic.clues) add(nearest, near.filter((one) => attends(one) && !isHere(one)));
  add("place-hospital", hospitals.filter(attends));
  const others = [...hospitals, ...near].filter((one) => !attends(one) && !taken.has(one.clinic.clues));
  const isOwn = near.some((one) => attends(one) && one.clinic.institution === others[0]?.clinic.institution);
  add(isOwn ? "place-referred" : "place-urgent", others.slice(0, 1));
  return rows;
}

const attends = ({ attend }: NearClinic): boolean => attend === "here" || attend === "here_by_exchange";

function rowOf(what: WordKey, at: Clinic, distanceM: number | null, attend?: Attend): Row {
  const of = institutionText(at.institution);
  return { at, name: at.name, what, institution: attend === "here_by_exchange" ? t("place-by-exchange", { institution: of }) : of, distanceM };
}

function distanceTo(assigned: Clinic, clinic: Clinic | null, directory: Directory): number | null {
  if (clinic?.clues === assigned.clues) return 0;
  return clinic === null ? null : directory.distance(clinic, assigned);
}

const mayMissPlaces = (places: readonly PlaceRow[], { directory }: Counter): boolean => places.length > 0 && directory?.isOneState === true;

/** Whether an answer would settle something: the phone holds a key, and when it made its code is in doubt. */
function mayAnswer({ verdict, reasons, profile }: Verdict): boolean {
  if (profile !== DEVICE) return false;
  const isOfNoTime = reasons.some((slug) => slug === "clock-behind" || BY_TWO_CLOCKS.has(slug));
  return verdict === "check_identity" || (verdict === "stale" && isOfNoTime);
}

/** The screen for a verdict given at a counter; a refusal shows no person, no entitlement and no clinic. */
export function viewOf(verdict: Verdict, counter: Counter): VerdictView {
  const isRefusal = verdict.verdict === "not_valid" || verdict.verdict === "not_a_pass";
  const [primary = ""] = verdict.reasons;
  const word = wordOf(verdict, counter);
  const places = isRefusal ? [] : placesOf(verdict, counter);
  return {
    verdict: word,
    isDemo: verdict.demo,
    lead: leadOf(verdict, counter),
    step: stepOf(verdict, counter),
    code: codeOf(primary),
    canAsk: mayAnswer(verdict),
    notes: isRefusal ? [] : notesOf(verdict, counter),
    who: isRefusal ? null : verdict.person,
    entitlement: isRefusal ? null : entitlementOf(verdict),
    places,
    isOneState: mayMissPlaces(places, counter),
    ages: verdict.trustAgeS === null ? null : line(word === "stale" ? "basis-ages" : "basis-both", ages(verdict, counter)),
  };
}
