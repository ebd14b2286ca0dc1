/** What the module does with the form: keep it, check it, send it, begin the next. */
import { ProblemFailure } from "../device/api";
import { slugOf } from "../device/failure";
import { watchUpdates } from "../device/updates";
import { askSession, enterAgain, leaveSession, openSession } from "../ui/entrance";
import { enrol, type Enrolled } from "./actions";
import { factsOf, questionsOf, registeredOf, type Correction } from "./differing";
import { dropDraft, keepDraft, keptDraft, newKey } from "./draft";
import {
  EMPTY,
  disagreements,
  explainFaults,
  isDecision,
  isField,
  isMinor,
  problemsOf,
  requestOf,
  today,
  worthTelling,
  type Draft,
  type EnrolmentRequest,
  type FieldName,
} from "./form";
import {
  differing,
  draft,
  failure,
  isForOtherWallet,
  isOnline,
  isOwnPhoneOpen,
  isReady,
  isSending,
  problems,
  result,
  returnTo,
  type Result,
  waitingRelease,
  wasKept,
  wasTried,
} from "./state";

let idempotencyKey = newKey();

export async function start(): Promise<void> {
  restore();
  const follow = (): void => {
    isOnline.value = navigator.onLine;
    if (navigator.onLine && failure.value === "offline") failure.value = null;
  };
  addEventListener("online", follow);
  addEventListener("offline", follow);
  isReady.value = await openSession();
  await askSession();
  isReady.value = true;
  await watchUpdates((release) => (waitingRelease.value = release));
}

function restore(): void {
  const kept = keptDraft();
  if (kept === null) return;
  draft.value = kept.draft;
  idempotencyKey = kept.idempotencyKey;
  wasKept.value = kept.draft.curp !== "";
  problems.value = disagreements(kept.draft);
}

export function leave(): Promise<void> {
  clear();
  return leaveSession();
}

/** To the login when the session has ended; what was written waits there. */
export function toLogin(): void {
  failure.value = null;
  enterAgain();
}

/** Takes what was written, keeps it, and tells disagreements at once; what is missing only after a try or a question. */
export function write(changed: Draft): void {
  draft.value = changed;
  failure.value = null;
  wasKept.value = false;
  problems.value = wasTried.value ? problemsOf(changed, today()) : worthTelling(changed, problems.value, today());
  keepDraft({ draft: changed, idempotencyKey });
}

/** Checks a field that a person has just left, so that a fault shows before the end of the form. */
export function check(field: string): void {
  const found = problemsOf(draft.value, today());
  if (!isField(field) || found[field] === undefined || found[field].key === "missing") return;
  problems.value = { ...problems.value, [field]: found[field] };
}

/** Says what a field still needs, before anybody tries to send the form. */
export function ask(field: FieldName): void {
  const found = problemsOf(draft.value, today())[field];
  if (found !== undefined) problems.value = { ...problems.value, [field]: found };
}

export function clear(): void {
  draft.value = { ...EMPTY, place: { ...EMPTY.place, state: draft.value.place.state } };
  idempotencyKey = newKey();
  problems.value = {};
  wasTried.value = false;
  wasKept.value = false;
  failure.value = null;
  result.value = null;
  isForOtherWallet.value = false;
  isOwnPhoneOpen.value = false;
  differing.value = null;
  dropDraft();
}

/** Sends the form if nothing is wrong with it. Returns: whether another screen follows */
export async function submit(): Promise<boolean> {
  wasTried.value = true;
  failure.value = null;
  problems.value = problemsOf(draft.value, today());
  const body = requestOf(draft.value, today());
  if (body === null || Object.keys(problems.value).length > 0) return false;
  return send(body, null);
}

/** Takes the answer to what is being asked about somebody who is registered otherwise, and asks on or sends. */
export async function decide(isCorrected: boolean): Promise<void> {
  const asked = differing.value;
  const body = requestOf(draft.value, today());
  if (asked === null || body === null || isSending.value) return;
  const { registered, question } = asked;
  const facts = factsOf(question, registered);
  const correct = [...asked.correct.filter((name) => !facts.includes(name)), ...(isCorrected ? facts : [])];
  const questions = questionsOf(registered);
  const next = questions[questions.indexOf(question) + 1];
  if (next === undefined) await send(body, { registered, correct });
  else differing.value = { registered, correct, question: next };
}

/** Back to what was written, at the first fact that is registered otherwise. */
export function backToForm(): void {
  const [first] = differing.value === null ? [] : factsOf(differing.value.question, differing.value.registered);
  returnTo.value = first ?? null;
  failure.value = null;
  differing.value = null;
}

async function send(body: EnrolmentRequest, correction: Correction | null): Promise<boolean> {
  failure.value = null;
  isSending.value = true;
  try {
    const enrolled = await enrol(correction === null ? body : { ...body, correction }, idempotencyKey);
    result.value = resultOf(enrolled, body, correction);
    differing.value = null;
    dropDraft();
    return true;
  } catch (error) {
    return refuse(error);
  } finally {
    isSending.value = false;
  }
}

function homeOf(changes: Enrolled["changes"]): Result["home"] {
  if (changes.includes("assigned_clinic")) return "other-clinic";
  return changes.includes("location") ? "moved" : null;
}

function resultOf(enrolled: Enrolled, body: EnrolmentRequest, correction: Correction | null): Result {
  const { registered = {}, correct = [] } = correction ?? {};
  const named = (name: "given_names" | "first_surname"): string => (correct.includes(name) ? undefined : registered[name]) ?? body[name];
  const facts = factsOf("identity", registered);
  const isCorrected = facts.some((name) => correct.includes(name));
  const before = registered.organ_donation ?? "not_stated";
  return {
    enrolled,
    name: `${named("given_names")} ${named("first_surname")}`,
    isMinor: isMinor(draft.value, today()),
    identity: facts.length === 0 ? null : isCorrected ? "corrected" : "kept",
    home: homeOf(enrolled.changes),
    donation: enrolled.changes.includes("organ_donation") && isDecision(before) ? { before, now: body.organ_donation } : null,
  };
}

/** What is registered otherwise is asked about; what the server finds wrong with fields is told there, the rest above the form. */
function refuse(error: unknown): boolean {
  const body = error instanceof ProblemFailure ? error.body : {};
  const registered = registeredOf(body);
  const [question] = registered === null ? [] : questionsOf(registered);
  if (registered !== null && question !== undefined) {
    differing.value = { registered, question, correct: [] };
    return true;
  }
  const told = explainFaults(body.errors);
  if (Object.keys(told).length === 0) {
    failure.value = slugOf(error);
    return false;
  }
  problems.value = { ...problems.value, ...told };
  differing.value = null;
  return false;
}
