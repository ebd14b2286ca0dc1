/** What the module does with the form: keep it, check it, send it, begin the next. */
import { ProblemFailure } from "../device/api";
import { slugOf } from "../device/failure";
import { watchUpdates } from "../device/updates";
import { askSession, leaveSession, openSession } from "../ui/entrance";
import { enrol } from "./actions";
import { dropDraft, keepDraft, keptDraft, newKey } from "./draft";
import { EMPTY, disagreements, explainFaults, isField, isMinor, problemsOf, requestOf, type Draft } from "./form";
import {
  draft,
  failure,
  isOnline,
  isReady,
  isSending,
  problems,
  result,
  waitingRelease,
  wasKept,
  wasTried,
} from "./state";

let idempotencyKey = newKey();

/** Today where the module stands, as YYYY-MM-DD. */
export function today(): string {
  return new Intl.DateTimeFormat("en-CA", { timeZone: "America/Mexico_City" }).format(new Date());
}

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

/** Takes what was written, keeps it, and tells disagreements at once; what is missing only after a try. */
export function write(changed: Draft): void {
  draft.value = changed;
  failure.value = null;
  wasKept.value = false;
  problems.value = wasTried.value ? problemsOf(changed, today()) : disagreements(changed);
  keepDraft({ draft: changed, idempotencyKey });
}

/** Checks a field that a person has just left, so that a fault shows before the end of the form. */
export function check(field: string): void {
  const found = problemsOf(draft.value, today());
  if (!isField(field) || found[field] === undefined || found[field].key === "missing") return;
  problems.value = { ...problems.value, [field]: found[field] };
}

export function clear(): void {
  draft.value = { ...EMPTY, place: { ...EMPTY.place, state: draft.value.place.state } };
  idempotencyKey = newKey();
  problems.value = {};
  wasTried.value = false;
  wasKept.value = false;
  failure.value = null;
  result.value = null;
  dropDraft();
}

/** Sends the form if nothing is wrong with it. Returns: true when the person has an offer */
export async function submit(): Promise<boolean> {
  wasTried.value = true;
  failure.value = null;
  problems.value = problemsOf(draft.value, today());
  const body = requestOf(draft.value, today());
  if (body === null || Object.keys(problems.value).length > 0) return false;
  isSending.value = true;
  try {
    const enrolled = await enrol(body, idempotencyKey);
    result.value = { enrolled, name: `${body.given_names} ${body.first_surname}`, isMinor: isMinor(draft.value, today()) };
    dropDraft();
    return true;
  } catch (error) {
    refuse(error);
    return false;
  } finally {
    isSending.value = false;
  }
}

/** What the server finds wrong with fields is told at those fields, the rest above the form. */
function refuse(error: unknown): void {
  const told = error instanceof ProblemFailure ? explainFaults(error.body.errors) : {};
  if (Object.keys(told).length > 0) problems.value = { ...problems.value, ...told };
  else failure.value = slugOf(error);
}
