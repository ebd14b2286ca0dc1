/** What stopping a key means, in numbers, before anybody presses anything. */
import { standingOf } from "./axis";
import type { Ages, Key } from "./facts";

export interface Consequences {
  readonly credentials: number;
  readonly cards: number;
  readonly passes: number;
  readonly lists: number;
  /** Of everything that keys of this use have signed and that is in force, 0 to 1; null when there is nothing. */
  readonly share: number | null;
  /** Keys that go on signing for the same use; 0: nothing signs for it any more. */
  readonly others: number;
  readonly total: number;
}

/** What hangs on a key, and who signs on without it. */
export function consequencesOf(key: Key, keys: readonly Key[], now: number): Consequences {
  const same = keys.filter(({ use }) => use === key.use);
  const [mine, all] = [totalOf(key), same.reduce((sum, each) => sum + totalOf(each), 0)];
  const { credentials, cards, passes, lists } = key.hanging;
  const others = same.filter((each) => each.kid !== key.kid && standingOf(each, now) === "signs").length;
  return { credentials, cards, passes, lists, others, total: mine, share: all === 0 ? null : mine / all };
}

/** All that a key has signed and that is in force. */
export function totalOf({ hanging }: Key): number {
  return hanging.credentials + hanging.cards + hanging.passes + hanging.lists;
}

export interface Reach {
  /** Verifiers that ever told, and those that told within a day: these are on line now and then. */
  readonly devices: number;
  readonly recent: number;
  /** The longest that one on line goes between two syncs. */
  readonly soonS: number;
  /** From what age of its list a verdict warns, is not called verified, cannot be given. */
  readonly warnS: number;
  readonly staleS: number;
  readonly refuseS: number;
}

const DAY_S = 86_400;
/** DESIGN §4, should the server not tell its own. */
const LIMITS_S = [15 * 60, DAY_S, 7 * DAY_S, 30 * DAY_S] as const;

/** Whom a change reaches, and how long the others may go on without it. */
export function reachOf(ages: Ages | null): Reach {
  const told = (ages?.trust.buckets ?? []).flatMap(({ upToS }) => (upToS === null ? [] : [upToS]));
  const [soonS, warnS, staleS, refuseS] = LIMITS_S.map((limit, place) => told[place] ?? limit) as [number, number, number, number];
  return { devices: ages?.devices ?? 0, recent: ages?.reportedLastDay ?? 0, soonS, warnS, staleS, refuseS };
}
