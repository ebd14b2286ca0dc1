/** The time axis: what each key does when, where a moment stands on a line of so many pixels, and what ends next. */
import type { Key } from "./facts";

/** Verifiers know it; it signs; what it signed is believed; that is to end, and verifiers have not been told; nothing of it is. */
export type Phase = "known" | "signs" | "accepted" | "untold" | "distrusted";

export interface Segment {
  readonly phase: Phase;
  readonly from: number;
  readonly until: number;
  /** It will be so if two people want it; nothing does it by itself. */
  readonly isPlanned: boolean;
}

const DAY_S = 86_400;
const BEHIND_S = 45 * DAY_S;
const AHEAD_S = 460 * DAY_S;
const MIN_TICK_PX = 50;
const MONTH_STEPS = [1, 2, 3, 6, 12];

/** What a key does over time, in order and without gaps of its own making. */
export function segmentsOf(key: Key, now: number): readonly Segment[] {
  const isPlanned = key.state === "next";
  const signsFrom = isPlanned ? Math.max(key.signFrom, now) : key.signFrom;
  const signsUntil = Math.min(key.signUntil, key.frozenAt ?? Infinity);
  const distrustedFrom = key.state === "revoked" ? (key.distrust?.at ?? key.frozenAt ?? now) : Infinity;
  const whole: Segment[] = [
    { phase: "known", from: key.publishedAt ?? now, until: signsFrom, isPlanned: key.publishedAt === null },
    { phase: "signs", from: signsFrom, until: Math.max(signsFrom, signsUntil), isPlanned },
    { phase: "accepted", from: Math.max(signsFrom, signsUntil), until: key.acceptUntil, isPlanned },
  ];
  const before = whole.map((segment) => ({ ...segment, until: Math.min(segment.until, distrustedFrom) }));
  const after: Segment = { phase: revokedAs(key), from: distrustedFrom, until: key.acceptUntil, isPlanned: false };
  return [...before, after].filter(({ from, until }) => from < until);
}

/** What two people decided, as verifiers have it: they believe the key until they are told. */
function revokedAs({ told }: Key): "distrusted" | "untold" {
  return told ? "distrusted" : "untold";
}

export type Standing = "unpublished" | "known" | "signs" | "halted" | "frozen" | "accepted" | "over" | "untold" | "distrusted";

/** Where a key stands now, in one word. */
export function standingOf(key: Key, now: number): Standing {
  if (key.state === "revoked") return revokedAs(key);
  if (key.state === "retired" || now >= key.acceptUntil) return "over";
  if (key.frozenAt !== null) return "frozen";
  if (key.state === "next") return key.publishedAt === null ? "unpublished" : "known";
  if (now < key.signFrom) return "known";
  if (now >= key.signUntil) return "accepted";
  return key.isHalted ? "halted" : "signs";
}

export interface Scale {
  readonly from: number;
  readonly until: number;
  readonly width: number;
  /** Pixels from the left; what lies beyond an edge stands on it. */
  x(at: number): number;
}

/** The axis around `now`, on a line of `width` pixels. */
export function scaleOf(now: number, width: number): Scale {
  const [from, until] = [now - BEHIND_S, now + AHEAD_S];
  const x = (at: number): number => Math.round(((Math.min(until, Math.max(from, at)) - from) / (until - from)) * width * 10) / 10;
  return { from, until, width, x };
}

export interface Tick {
  readonly at: number;
  /** 0 to 11. */
  readonly month: number;
  readonly year: number;
}

/** First days of months by the calendar of the device, as many as stand apart. */
export function ticksOf(scale: Scale): readonly Tick[] {
  const months = (scale.until - scale.from) / (30.4 * DAY_S);
  const step = MONTH_STEPS.find((each) => (scale.width / months) * each >= MIN_TICK_PX) ?? 12;
  const start = new Date(scale.from * 1000);
  const ticks: Tick[] = [];
  for (let month = start.getMonth() + 1; ; month += 1) {
    const day = new Date(start.getFullYear(), month, 1);
    const at = day.getTime() / 1000;
    if (at >= scale.until) return ticks;
    if (day.getMonth() % step !== 0) continue;
    ticks.push({ at, month: day.getMonth(), year: day.getFullYear() });
  }
}

export interface HandOver {
  readonly at: number;
  readonly keys: readonly Key[];
}

/** The next planned change to a successor, with all keys that change on the same day, of whatever use; null when there is none. */
export function nextHandOver(keys: readonly Key[], now: number): HandOver | null {
  const ahead = keys.flatMap((key) => (key.state === "active" && key.handOverAt !== null && key.handOverAt > now ? [{ key, at: key.handOverAt }] : []));
  const first = [...ahead].sort((one, other) => one.at - other.at)[0];
  if (first === undefined) return null;
  return { at: first.at, keys: ahead.filter(({ at }) => at - first.at < DAY_S).map(({ key }) => key) };
}

export interface Ending {
  readonly at: number;
  readonly phase: "signs" | "accepted";
  readonly use: string;
  readonly keys: readonly Key[];
}

/** What ends first from now on if nothing takes its place, with all keys of that use that end on the same day; null when nothing will. */
export function nextEnding(keys: readonly Key[], now: number): Ending | null {
  const ends = keys.flatMap((key) =>
    segmentsOf(key, now)
      .filter(({ phase, from, until, isPlanned }) => (phase === "signs" || phase === "accepted") && !isPlanned && from <= now && until > now)
      .map(({ phase, until }) => ({ key, phase: phase as Ending["phase"], at: until })),
  );
  const first = [...ends].sort((one, other) => one.at - other.at)[0];
  if (first === undefined) return null;
  const same = ends.filter(({ key, phase, at }) => key.use === first.key.use && phase === first.phase && at - first.at < DAY_S);
  return { at: first.at, phase: first.phase, use: first.key.use, keys: same.map(({ key }) => key) };
}
