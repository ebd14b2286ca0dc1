/**
 * Remembers which passes and people this counter has seen in the last minutes, to point out a second scan (A08, E03).
 *
 * A pass is known by its `cti`, never by its text: shown anew, or with a malleated signature, it is the same pass. A person
 * is known by the CURP where this machine can unseal it: their rotating code, a screenshot and a printed card are different
 * passes of the same person. People are kept in memory only; passes outlive a reload, by the first half of a random number
 * that says nothing of anybody.
 */
import { get, put } from "../device/store";
import type { Verdict } from "../core/verdict";

export const REMEMBER_S = 600;
const KEY = "seen";
const TAG = /^[0-9a-f]{1,16}$/;

/** A pass by its tag, and when it was seen last (seconds since 1970). */
export type KeptPass = readonly [tag: string, at: number];

export interface Seen {
  /** Seconds since it was seen before. */
  readonly ageS: number;
  /** The same pass, or another one of the same person. */
  readonly what: "pass" | "person";
}

/** Who it is, where this machine can unseal it. */
export const curpOf = ({ person }: Pick<Verdict, "person">): string | null => (person !== null && "curp" in person ? person.curp : null);

export interface SeenPasses {
  /** Notes what was shown at `now` (seconds since 1970): when it was seen before, or null if it was not. */
  note(given: Pick<Verdict, "cti" | "person">, now: number): Seen | null;
  /** The passes noted, without the people. */
  noted(): KeptPass[];
}

/** kept: what was noted before a reload */
export function createSeenPasses(kept: readonly KeptPass[] = []): SeenPasses {
  const passes = new Map<string, number>(kept);
  const people = new Map<string, number>();

  function note(seenAt: Map<string, number>, name: string | null, now: number): number | null {
    for (const [known, at] of seenAt) if (now - at > REMEMBER_S || at > now) seenAt.delete(known);
    if (name === null) return null;
    const before = seenAt.get(name);
    seenAt.set(name, now);
    return before === undefined ? null : now - before;
  }

  return {
    note(given, now) {
      const pass = note(passes, given.cti?.slice(0, 16) ?? null, now);
      const holder = note(people, curpOf(given), now);
      if (pass !== null) return { ageS: pass, what: "pass" };
      return holder === null ? null : { ageS: holder, what: "person" };
    },
    noted: () => [...passes],
  };
}

/** The passes that this machine noted before a reload; nothing of what cannot be read. */
export async function loadSeen(): Promise<KeptPass[]> {
  const kept = await get("settings", KEY);
  return Array.isArray(kept) ? kept.filter(isKeptPass) : [];
}

export async function saveSeen(noted: readonly KeptPass[]): Promise<void> {
  await put("settings", KEY, noted);
}

function isKeptPass(one: unknown): one is KeptPass {
  return Array.isArray(one) && typeof one[0] === "string" && TAG.test(one[0]) && Number.isSafeInteger(one[1]);
}
