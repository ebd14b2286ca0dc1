/** The decision table as the server says it, checked before it is believed; days as dates, instants in seconds. */
import * as v from "valibot";
import { count, instant, text } from "./shapes";

const day = v.pipe(v.string(), v.isoDate());
const texts = v.optional(v.array(text), []);

const rule = v.object({
  id: text,
  from: v.nullable(day),
  until: v.nullable(day),
  when: v.object({
    service: texts,
    standing: texts,
    kind: texts,
    clinic: texts,
    state: texts,
    institution: v.optional(v.array(count), []),
    level: v.optional(v.array(count), []),
    minor: v.optional(v.array(v.boolean()), []),
    assigned: v.optional(v.array(v.boolean()), []),
  }),
  then: v.object({ payer: text, attend: text, services: v.array(text) }),
  basis: text,
  source: text,
});

const institution = v.pipe(
  v.object({
    code: text,
    label: text,
    kind: text,
    clues: v.array(text),
    retention: v.nullable(v.object({ months: count, days: count, roles: v.array(count), after_days: count })),
    child_age: v.nullable(count),
    student_age: v.nullable(count),
    basis: v.nullable(text),
    source: v.nullable(text),
  }),
  v.transform(({ child_age, student_age, retention, ...rest }) => ({
    ...rest,
    /** How long a right goes on after its end, in months and days; null where it does not. */
    retention: retention && { months: retention.months, days: retention.days, roles: retention.roles, afterDays: retention.after_days },
    /** Years; null where no age ends the right. */
    childAge: child_age,
    studentAge: student_age,
  })),
);

const version = v.pipe(
  v.object({ version: text, kid: text, changed_by: v.nullable(text), adopted_at: instant, published_at: v.nullable(instant), is_in_force: v.boolean() }),
  v.transform(({ changed_by, adopted_at, published_at, is_in_force, ...rest }) => ({
    ...rest,
    /** The proposal that two people signed; null for the first table. */
    changedBy: changed_by,
    adoptedAt: adopted_at,
    /** Null while its signatures are waited for: then it is not in force. */
    publishedAt: published_at,
    isInForce: is_in_force,
  })),
);

const phase = v.pipe(
  v.object({ version: text, on: day, adds: count, ends: v.array(text), is_adopted: v.boolean() }),
  v.transform(({ is_adopted, ...rest }) => ({ ...rest, isAdopted: is_adopted })),
);

const table = v.pipe(
  v.object({
    version: text,
    adult_age: count,
    institutions: v.array(institution),
    payers: v.record(v.string(), text),
    rules: v.array(rule),
    phases: v.array(phase),
    versions: v.array(version),
    release_table: v.nullable(text),
  }),
  v.transform(({ adult_age, release_table, ...rest }) => ({
    ...rest,
    adultAge: adult_age,
    /** What this release brings and nobody adopted. */
    releaseTable: release_table,
  })),
);

const difference = v.object({
  from: text,
  to: text,
  added: v.array(v.object({ place: count, rule })),
  removed: v.array(rule),
  changed: v.array(v.object({ place: count, before: rule, after: rule })),
  moved: v.array(text),
  other: v.record(v.string(), v.unknown()),
});

export type Rule = v.InferOutput<typeof rule>;
export type Institution = v.InferOutput<typeof institution>;
export type Version = v.InferOutput<typeof version>;
export type Phase = v.InferOutput<typeof phase>;
export type DecisionTable = v.InferOutput<typeof table>;
export type Difference = v.InferOutput<typeof difference>;

/** Throws for any other shape. */
export const parseTable = (json: unknown): DecisionTable => v.parse(table, json);

/** What a proposal says that it changes; null where the server could not tell, or says what this release cannot read. */
export function differenceOf(said: unknown): Difference | null {
  const parsed = v.safeParse(difference, said);
  return parsed.success ? parsed.output : null;
}
