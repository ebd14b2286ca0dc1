/** What the register holds of a person where that differs from what was written, and what the desk decided about it. */
import { isRecord } from "../device/api";

const IDENTITY = ["given_names", "first_surname", "second_surname", "nationality"] as const;
const DECIDABLE = [...IDENTITY, "organ_donation"] as const;
export type Decidable = (typeof DECIDABLE)[number];
export type Registered = Readonly<Partial<Record<Decidable, string>>>;

/** Sent with the repeated request: what was seen, and which of it becomes what is written. */
export interface Correction {
  readonly registered: Registered;
  readonly correct: readonly Decidable[];
}

/** One question a screen: who the person is first, then what they decided. */
export type Question = "identity" | "donation";

/** What a refusal shows of the register; null where it shows nothing. */
export function registeredOf(problem: Readonly<Record<string, unknown>>): Registered | null {
  const { registered } = problem;
  if (!isRecord(registered)) return null;
  const known = DECIDABLE.flatMap((name): [Decidable, string][] => {
    const value = registered[name];
    return typeof value === "string" ? [[name, value]] : [];
  });
  return known.length === 0 ? null : Object.fromEntries(known);
}

/** The facts that a question is about. */
export function factsOf(question: Question, registered: Registered): Decidable[] {
  return DECIDABLE.filter((name) => registered[name] !== undefined && (name === "organ_donation") === (question === "donation"));
}

/** The questions that are to be asked, in their order. */
export function questionsOf(registered: Registered): Question[] {
  return (["identity", "donation"] as const).filter((question) => factsOf(question, registered).length > 0);
}

/** A text and another, each as what both begin with, what is its own, and what both end with; capitals are the same. */
export function parts(text: string, other: string): readonly [string, string, string] {
  const [mine, theirs] = [[...text], [...other]];
  const isSame = (a: string | undefined, b: string | undefined): boolean => a?.toLocaleLowerCase("es") === b?.toLocaleLowerCase("es");
  const most = Math.min(mine.length, theirs.length);
  let start = 0;
  while (start < most && isSame(mine[start], theirs[start])) start += 1;
  let end = 0;
  while (end < most - start && isSame(mine.at(-1 - end), theirs.at(-1 - end))) end += 1;
  const stop = mine.length - end;
  return [mine.slice(0, start).join(""), mine.slice(start, stop).join(""), mine.slice(stop).join("")];
}
