/**
 * Remembers which passes and people this counter has seen in the last minutes, to point out a second scan (A08, E03).
 *
 * A pass is known by its `cti`, never by its text: shown anew, or with a malleated signature, it is the same pass. A person
 * is known by the CURP where this machine can unseal it: their rotating code, a screenshot and a printed card are different
 * passes of the same person. All of it is kept in memory only.
 */
import type { Verdict } from "../core/verdict";

export const REMEMBER_S = 600;

export interface Seen {
  /** Seconds since it was seen before. */
  readonly ageS: number;
  /** The same pass, or another one of the same person. */
  readonly what: "pass" | "person";
}

export interface SeenPasses {
  /** Notes what was shown at `now` (seconds since 1970): when it was seen before, or null if it was not. */
  note(given: Pick<Verdict, "cti" | "person">, now: number): Seen | null;
}

export function createSeenPasses(): SeenPasses {
  const seenAt = new Map<string, number>();

  function forget(now: number): void {
    for (const [name, at] of seenAt) if (now - at > REMEMBER_S || at > now) seenAt.delete(name);
  }

  function note(name: string | null, now: number): number | null {
    if (name === null) return null;
    const before = seenAt.get(name);
    seenAt.set(name, now);
    return before === undefined ? null : now - before;
  }

  return {
    note({ cti, person }, now) {
      forget(now);
      const pass = note(cti, now);
      const holder = note(person !== null && "curp" in person ? person.curp : null, now);
      if (pass !== null) return { ageS: pass, what: "pass" };
      return holder === null ? null : { ageS: holder, what: "person" };
    },
  };
}
