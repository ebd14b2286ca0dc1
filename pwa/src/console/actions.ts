/** What the console asks of the server: the facts as they stand, and each act that changes them. */
import { request } from "../device/api";
import { Failure, slugOf } from "../device/failure";
import { signWithPasskey } from "../device/passkey";
import { parseTable, type DecisionTable } from "./rules";
import { parseAges, parseAlarms, parsePlan, parseProposal, parseProposals, parseRenewals, type Ages, type Alarms, type Plan, type Proposal, type Renewals } from "./facts";

const KEYS = "/api/v1/keys";
const PROPOSALS = `${KEYS}/proposals`;

/** Everything that the console shows, as it stood at one moment. */
export interface Facts {
  /** Seconds since 1970, by the server's clock. */
  readonly at: number;
  readonly plan: Plan;
  readonly proposals: readonly Proposal[];
  /** Null when they could not be read. */
  readonly ages: Ages | null;
  readonly alarms: Alarms | null;
  /** Slug of why there are no alarms: what is published does not verify, or could not be read. */
  readonly alarmsFailure: string | null;
}

/** The same as the server said it, for keeping. */
export interface SaidFacts {
  readonly plan: unknown;
  readonly proposals: unknown;
  readonly ages: unknown;
  readonly alarms: unknown;
  readonly alarmsFailure: string | null;
}

/** The facts as they stand. Raises what the keys and proposals raise; ages and alarms may be missing. */
export async function fetchFacts(): Promise<SaidFacts> {
  const [plan, proposals, ages, alarms] = await Promise.allSettled([KEYS, PROPOSALS, "/api/v1/verifiers/ages", `${KEYS}/alarms`].map(asSaid));
  for (const needed of [plan, proposals]) if (needed?.status !== "fulfilled") throw needed?.reason;
  return {
    plan: valueOf(plan),
    proposals: valueOf(proposals),
    ages: valueOf(ages),
    alarms: valueOf(alarms),
    alarmsFailure: alarms?.status === "rejected" ? slugOf(alarms.reason) : null,
  };
}

function asSaid(path: string): Promise<unknown> {
  return request(path, (json) => json);
}

function valueOf(settled: PromiseSettledResult<unknown> | undefined): unknown {
  return settled?.status === "fulfilled" ? settled.value : null;
}

/** What was said, checked. Raises unexpected-answer. */
export function factsOf(said: SaidFacts): Facts {
  try {
    const alarms = said.alarms === null ? null : parseAlarms(said.alarms);
    const plan = withAlarms(parsePlan(said.plan), alarms);
    const ages = said.ages === null ? null : parseAges(said.ages);
    return { at: plan.now, plan, proposals: parseProposals(said.proposals), ages, alarms, alarmsFailure: said.alarmsFailure };
  } catch {
    throw new Failure("unexpected-answer", KEYS);
  }
}

/** The plan with what only the alarms tell of its keys. */
function withAlarms(plan: Plan, alarms: Alarms | null): Plan {
  const halted = new Set(alarms?.halted.map(({ kid }) => kid));
  const targets = alarms?.waiting.filter(({ role }) => role === "targets") ?? null;
  return { ...plan, keys: plan.keys.map((key) => ({ ...key, isHalted: halted.has(key.kid), waitsFor: key.told ? [] : targets })) };
}

/** The decision table as the server said it, for keeping. */
export function fetchTable(): Promise<unknown> {
  return request("/api/v1/decision-table", (json) => json);
}

/** What was said, checked. Raises unexpected-answer. */
export function tableOf(said: unknown): DecisionTable {
  try {
    return parseTable(said);
  } catch {
    throw new Failure("unexpected-answer", "/api/v1/decision-table");
  }
}

export type Change = "schedule" | "activate" | "retire" | "revoke" | "resume";

/** What a change says besides which key: why it is distrusted; when it signs, as instants. */
export interface Details {
  readonly reason?: string;
  readonly sign_from?: string;
  readonly sign_until?: string;
}

/** Proposes a change; the same one twice is the same proposal. */
export function propose(action: Change, kid: string, details: Details = {}): Promise<Proposal> {
  return request(PROPOSALS, parseProposal, { json: { action, kid, ...details } });
}

/** Signs a proposal with the passkey of whoever is logged in. */
export function signProposal(id: string): Promise<Proposal> {
  return signWithPasskey(pathOf(id), parseProposal);
}

/** The same by one click; refused outside a demonstration. */
export function signProposalInDemo(id: string): Promise<Proposal> {
  return request(`${pathOf(id)}/signatures`, parseProposal, { json: {} });
}

export function carryOut(id: string): Promise<Proposal> {
  return request(`${pathOf(id)}/done`, parseProposal, { method: "POST", timeoutMs: 60_000 });
}

export function withdraw(id: string): Promise<Proposal> {
  return request(pathOf(id), parseProposal, { method: "DELETE" });
}

/** Lets a key sign nothing from now on. */
export function freeze(kid: string, reason: string): Promise<unknown> {
  return request(`${KEYS}/${encodeURIComponent(kid)}/freeze`, (json) => json, { json: { reason } });
}

export function fetchRenewals(kid: string): Promise<Renewals> {
  return request(`${KEYS}/${encodeURIComponent(kid)}/renewals`, parseRenewals);
}

function pathOf(id: string): string {
  return `${PROPOSALS}/${encodeURIComponent(id)}`;
}
