/** What the server says of the keys, checked before it is believed; instants in seconds since 1970, ends exclusive. */
import * as v from "valibot";
import { differenceOf } from "./rules";
import { count, instant, text } from "./shapes";

/** A root or targets that cannot be published before people sign it. */
const waiting = v.pipe(
  v.object({
    number: count,
    role: text,
    version: count,
    needs: v.array(v.object({ missing: count, holders: v.array(text) })),
    held_by: text,
  }),
  v.transform(({ held_by, ...rest }) => ({ ...rest, heldBy: held_by })),
);

const key = v.pipe(
  v.object({
    kid: text,
    use: text,
    shard: count,
    state: v.picklist(["next", "active", "retired", "revoked"]),
    uri: text,
    sign_from: instant,
    hand_over_at: v.optional(v.nullable(instant), null),
    sign_until: instant,
    accept_until: instant,
    published_at: v.nullable(instant),
    frozen_at: v.nullable(instant),
    distrust: v.nullable(v.object({ at: v.optional(instant), reason: v.optional(text) })),
    /** False of a key that was decided to be distrusted and that verifiers, who are not told, believe. */
    told: v.optional(v.boolean(), true),
    hanging: v.object({ credentials: count, cards: count, passes: count, lists: count, until: v.nullable(instant) }),
  }),
  v.transform(({ sign_from, hand_over_at, sign_until, accept_until, published_at, frozen_at, ...rest }) => ({
    ...rest,
    signFrom: sign_from,
    /** When its successor is to sign in its place; null for a key that has been stopped or is over. */
    handOverAt: hand_over_at,
    /** The latest that it may sign, if none comes. */
    signUntil: sign_until,
    acceptUntil: accept_until,
    publishedAt: published_at,
    frozenAt: frozen_at,
    /** It gave a wrong signature and waits until somebody has looked: told by the alarms. */
    isHalted: false,
    /** What verifiers wait for before they are told of its distrust, told by the alarms, too; null while they are not known. */
    waitsFor: null as readonly Waiting[] | null,
  })),
);

const step = v.pipe(
  v.object({ due_at: instant, is_due: v.boolean(), what: text, use: text, shard: count, kid: text, command: text }),
  v.transform(({ due_at, is_due, ...rest }) => ({ ...rest, dueAt: due_at, isDue: is_due })),
);

const plan = v.pipe(
  v.object({
    now: instant,
    keys: v.array(key),
    steps: v.array(step),
    diff: v.array(text),
    targets_signers: v.object({ threshold: count, holders: v.array(text) }),
    lead_days: count,
    people: count,
    backdated_days: v.optional(count, 0),
  }),
  v.transform(({ targets_signers, lead_days, backdated_days, ...rest }) => ({
    ...rest,
    signers: targets_signers,
    leadDays: lead_days,
    /** How long before they were made a demonstration's first keys are dated. */
    backdatedDays: backdated_days,
  })),
);

const proposal = v.pipe(
  v.object({
    proposal: text,
    action: text,
    kid: text,
    content: v.record(v.string(), v.unknown()),
    digest: v.pipe(v.string(), v.hexadecimal()),
    state: v.picklist(["open", "done", "withdrawn", "expired"]),
    expires_at: instant,
    signed_by: v.array(v.object({ person: text, means: text, at: instant })),
    missing: count,
    difference: v.optional(v.unknown(), null),
  }),
  v.transform(({ proposal, expires_at, signed_by, difference, ...rest }) => ({
    ...rest,
    id: proposal,
    /** Of a change of the decision table, what it changes. */
    difference: differenceOf(difference),
    expiresAt: expires_at,
    signedBy: signed_by,
  })),
);

const counts = v.object({
  buckets: v.array(v.object({ up_to_s: v.nullable(count), devices: count })),
  never: count,
});

const ages = v.pipe(
  v.object({
    devices: count,
    reported_last_day: count,
    clock_off: v.object({ beyond_s: count, devices: count }),
    trust: counts,
    status: counts,
  }),
  v.transform(({ devices, reported_last_day, clock_off, trust, status }) => ({
    devices,
    reportedLastDay: reported_last_day,
    clockOff: { beyondS: clock_off.beyond_s, devices: clock_off.devices },
    trust: countsOf(trust),
    status: countsOf(status),
  })),
);

/** A role some of whose keys did not answer, and how many more it can lose; below 0 nobody can sign for it. */
const weak = v.object({
  role: text,
  gone: v.array(v.object({ holder: text, since: v.nullable(instant) })),
  spare: v.pipe(v.number(), v.integer()),
});

const alarms = v.pipe(
  v.object({
    alarms: v.array(v.object({ kind: v.picklist(["role", "key", "sealing", "lists"]), name: text, shards: v.array(count), until: v.nullable(instant), do: text })),
    halted: v.array(v.object({ kid: text, use: text, at: instant })),
    elsewhere: v.array(v.object({ kid: text, use: text, count, at: instant })),
    waiting: v.array(waiting),
    weak: v.array(weak),
    roles: v.array(v.object({ role: text, ends_at: instant })),
  }),
  v.transform((said) => ({
    ringing: said.alarms.map(({ do: remedy, ...rest }) => ({ ...rest, remedy })),
    halted: said.halted,
    elsewhere: said.elsewhere,
    waiting: said.waiting,
    weak: said.weak,
    roles: said.roles.map(({ role, ends_at }) => ({ role, endsAt: ends_at })),
  })),
);

const renewals = v.object({ asked: count, renewed: count, waiting: count, cards: count, unasked: count });

function countsOf({ buckets, never }: v.InferOutput<typeof counts>): AgeCounts {
  return { buckets: buckets.map(({ up_to_s, devices }) => ({ upToS: up_to_s, devices })), never };
}

/** Devices by age, youngest first; `upToS` is null in the last, which has no end. */
export interface AgeCounts {
  readonly buckets: readonly { readonly upToS: number | null; readonly devices: number }[];
  readonly never: number;
}

export type Key = v.InferOutput<typeof key>;
export type Step = v.InferOutput<typeof step>;
export type Plan = v.InferOutput<typeof plan>;
export type Proposal = v.InferOutput<typeof proposal>;
export type Ages = v.InferOutput<typeof ages>;
export type Alarms = v.InferOutput<typeof alarms>;
export type Alarm = Alarms["ringing"][number];
export type Waiting = Alarms["waiting"][number];
export type Weak = Alarms["weak"][number];
export type Renewals = v.InferOutput<typeof renewals>;

/** How many things ring, each once. */
export const alarmCount = ({ ringing, halted, elsewhere, waiting, weak }: Alarms): number =>
  ringing.length + halted.length + elsewhere.length + waiting.length + weak.length;

// Each throws for any other shape.
export const parsePlan = (json: unknown): Plan => v.parse(plan, json);
export const parseProposal = (json: unknown): Proposal => v.parse(proposal, json);
export const parseProposals = (json: unknown): readonly Proposal[] => v.parse(v.object({ proposals: v.array(proposal) }), json).proposals;
export const parseAges = (json: unknown): Ages => v.parse(ages, json);
export const parseAlarms = (json: unknown): Alarms => v.parse(alarms, json);
export const parseRenewals = (json: unknown): Renewals => v.parse(renewals, json);
