/** What is to be done and by whom: proposals that wait, alarms, and the plan's steps, alike ones told as one. */
import type { Alarm, Alarms, Plan, Proposal, Step, Waiting } from "./facts";

/**
 * Who does it: another person than the first, one of security, two of security, whoever runs the server, the holders of
 * the root's keys in a ceremony, those of targets keys.
 */
export type By = "second" | "one" | "two" | "operator" | "holders" | "signers";

export interface Task {
  /** elsewhere, halted, weak, draft, approve, carry-out, withdraw, frozen, publish, seal, schedule, activate, retire, stage, alarm; or what a newer server calls it. */
  readonly what: string;
  /** What the keys are for; the role's name for an alarm about one. */
  readonly use: string;
  readonly kids: readonly string[];
  readonly shards: readonly number[];
  readonly dueAt: number;
  readonly isDue: boolean;
  /** How it is done at a terminal, one line for each key. */
  readonly commands: readonly string[];
  readonly by: By;
  /** The proposal that is to be signed or carried out. */
  readonly proposal: Proposal | null;
}

export interface Tasks {
  readonly now: readonly Task[];
  readonly later: readonly Task[];
}

const DAY_S = 86_400;
/** What is told first among the things that are due. */
const RANK = ["elsewhere", "halted", "frozen", "weak", "draft", "carry-out", "approve", "withdraw", "reissue", "alarm", "publish", "seal", "schedule", "activate", "stage", "retire"];
const BY: Readonly<Record<string, By>> = { publish: "operator", seal: "operator", approve: "second", "carry-out": "one", reissue: "operator" };
/** Steps that say what the list of proposals, or the alarms, say better. */
const TOLD_ELSEWHERE: ReadonlySet<string> = new Set(["approve", "carry-out", "withdraw", "halted", "draft"]);
/** A step has its answer already while a proposal like these is open. */
const ANSWERS: Readonly<Record<string, readonly string[]>> = {
  activate: ["activate", "schedule"],
  frozen: ["revoke", "resume"],
  retire: ["retire"],
  schedule: ["schedule"],
  stage: ["stage"],
};

/** Everything to do, the due first, each with the most urgent kind first. */
export function tasksOf(plan: Plan, proposals: readonly Proposal[], alarms: Alarms | null): Tasks {
  const open = proposals.filter(({ state, expiresAt }) => state === "open" && expiresAt > plan.now);
  const isRinging = (what: string): boolean => what === "seal" && alarms?.ringing.some(({ kind }) => kind === "sealing") === true;
  const steps = plan.steps.filter((step) => !TOLD_ELSEWHERE.has(step.what) && !isRinging(step.what) && !isAnswered(step, open));
  const tasks = [...open.map((proposal) => proposalTask(proposal, isPast(proposal, plan))), ...grouped(steps).map(stepTask)];
  const isStaged = (use: string): boolean => tasks.some((task) => task.what === "stage" && task.isDue && task.use === use);
  const ringing = (alarms?.ringing ?? []).filter(({ kind, name }) => kind !== "key" || !isStaged(name));
  const told = [...ringing.map((alarm) => alarmTask(alarm, plan.now)), ...elsewhereTasks(alarms), ...haltedTasks(alarms), ...weakTasks(alarms, plan.now), ...(alarms?.waiting ?? []).map((draft) => draftTask(draft, plan.now))];
  const all = [...tasks, ...told].sort(byUrgency);
  return { now: all.filter(({ isDue }) => isDue), later: all.filter(({ isDue }) => !isDue) };
}

/** Of tasks in the order of their days, those of the first day. */
export function firstDay(tasks: readonly Task[]): readonly Task[] {
  const [first] = tasks;
  return first === undefined ? [] : tasks.filter(({ dueAt }) => dueAt - first.dueAt < DAY_S);
}

function byUrgency(one: Task, other: Task): number {
  const rank = (task: Task): number => (RANK.includes(task.what) ? RANK.indexOf(task.what) : RANK.length);
  return one.isDue && other.isDue ? rank(one) - rank(other) || one.dueAt - other.dueAt : one.dueAt - other.dueAt;
}

function isAnswered(step: Step, open: readonly Proposal[]): boolean {
  const answers = ANSWERS[step.what] ?? [];
  return open.some((proposal) => {
    if (!answers.includes(proposal.action)) return false;
    if (proposal.action !== "stage") return proposal.kid === step.kid;
    const { use, shard } = stagedBy(proposal);
    return use === step.use && shard === step.shard;
  });
}

/** The dates that a proposal gives a key, where it is about dates: of `schedule` beside the rest, of `stage` in the key. */
export function datesOf({ content }: Proposal): { readonly signFrom: number; readonly signUntil: number; readonly acceptUntil: number } | null {
  const said = (typeof content.key === "object" ? content.key : content) as Record<string, unknown> | null;
  const [signFrom, signUntil, acceptUntil] = ["sign_from", "sign_until", "accept_until"].map((name) => said?.[name]);
  if (typeof signFrom !== "number" || typeof signUntil !== "number" || typeof acceptUntil !== "number") return null;
  return { signFrom, signUntil, acceptUntil };
}

/** What a proposal to stage a key says of it. */
export function stagedBy({ content }: Proposal): { readonly use: string; readonly shard: number } {
  const key: unknown = content.key;
  if (typeof key !== "object" || key === null || !("use" in key)) return { use: "", shard: 0 };
  return { use: String(key.use), shard: "shard" in key ? Number(key.shard) : 0 };
}

/** Whether a proposal's dates have come too near: signed or carried out it would be refused, and it is to be ended. */
export function isPast({ id }: Proposal, { steps }: Plan): boolean {
  return steps.some(({ what, command }) => what === "withdraw" && command.endsWith(` ${id}`));
}

/** What must happen to a next key that cannot begin on its day, since verifiers would not know it by then. */
export function otherDatesOf({ steps }: Plan, kid: string): "schedule" | "retire" | null {
  const found = steps.find((step) => step.kid === kid && (step.what === "schedule" || step.what === "retire"));
  return (found?.what ?? null) as "schedule" | "retire" | null;
}

function proposalTask(proposal: Proposal, isPast: boolean): Task {
  const isSigned = proposal.missing === 0;
  const { use, shard } = stagedBy(proposal);
  return {
    what: isPast ? "withdraw" : isSigned ? "carry-out" : "approve",
    use,
    kids: [proposal.kid],
    shards: [shard],
    dueAt: proposal.expiresAt,
    isDue: true,
    commands: [isPast ? `amate keys withdraw ${proposal.id}` : commandOf(proposal)],
    by: isPast || isSigned ? "one" : proposal.signedBy.length === 0 ? "two" : "second",
    proposal,
  };
}

/** The next step of a proposal at a terminal: its signature, or what it says. */
export function commandOf({ id, action, missing }: Proposal): string {
  const [group, end] = action === "table" ? ["entitlement", "publish"] : ["keys", "apply"];
  return missing === 0 ? `amate ${group} ${end} ${id}` : `amate ${group} approve ${id} --key URI`;
}

/** Steps of one kind for one use that are due on the same day. */
function grouped(steps: readonly Step[]): readonly (readonly [Step, ...Step[]])[] {
  const groups = new Map<string, [Step, ...Step[]]>();
  for (const step of steps) {
    const name = `${step.what} ${step.use} ${step.isDue ? "due" : Math.floor(step.dueAt / DAY_S)}`;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [step]);
    else group.push(step);
  }
  return [...groups.values()];
}

function stepTask(steps: readonly [Step, ...Step[]]): Task {
  const [{ what, use, dueAt, isDue }] = steps;
  return {
    what,
    use,
    kids: steps.map(({ kid }) => kid).filter((kid) => kid !== ""),
    shards: steps.map(({ shard }) => shard),
    dueAt,
    isDue,
    commands: [...new Set(steps.map(({ command }) => command))],
    by: BY[what] ?? "two",
    proposal: null,
  };
}

/** Keys with which somebody else signs, too: until somebody has looked, it may be a thief. */
function elsewhereTasks(alarms: Alarms | null): Task[] {
  return (alarms?.elsewhere ?? []).map(({ kid, use, at }) => ({
    what: "elsewhere",
    use,
    kids: [kid],
    shards: [],
    dueAt: at,
    isDue: true,
    commands: [`amate keys acknowledge ${kid}`],
    by: "one",
    proposal: null,
  }));
}

/** Keys that gave a wrong signature: until somebody has looked, nothing signs for their use. */
function haltedTasks(alarms: Alarms | null): Task[] {
  return (alarms?.halted ?? []).map(({ kid, use, at }) => ({
    what: "halted",
    use,
    kids: [kid],
    shards: [],
    dueAt: at,
    isDue: true,
    commands: [`amate keys unhalt ${kid}`],
    by: "operator",
    proposal: null,
  }));
}

/** Roles that cannot lose one more key: new ones are given in a ceremony, while there are enough to hold it. */
function weakTasks(alarms: Alarms | null, now: number): Task[] {
  const near = (alarms?.weak ?? []).filter(({ spare }) => spare <= 0);
  const commands = ["amate trust ceremony run FILE --dry-run", "amate trust ceremony run FILE"];
  return near.map(({ role }) => ({ what: "weak", use: role, kids: [], shards: [], dueAt: now, isDue: true, commands, by: "holders", proposal: null }));
}

/** What was decided and is not published, because keys that sign it are elsewhere. */
function draftTask({ number, role }: Waiting, now: number): Task {
  const file = `${role}-${number}.json`;
  const commands = [`amate trust draft export ${number} --to ${file}`, `amate trust sign ${file} --key URI`, `amate trust draft import ${file}`, "amate trust publish"];
  return { what: "draft", use: role, kids: [], shards: [], dueAt: now, isDue: true, commands, by: role === "root" ? "holders" : "signers", proposal: null };
}

function alarmTask({ kind, name, until, remedy }: Alarm, now: number): Task {
  const by: By = name === "root" ? "holders" : kind === "key" ? "two" : "operator";
  return { what: "alarm", use: name, kids: [], shards: [], dueAt: until ?? now, isDue: true, commands: remedy.split("\n"), by, proposal: null };
}
