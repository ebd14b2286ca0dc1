/** What the console's screens show, as signals; only work.ts writes them. */
import { computed, signal } from "@preact/signals";
import type { WaitingRelease } from "../device/updates";
import type { Facts } from "./actions";
import { session } from "../ui/entrance";
import { tasksOf } from "./due";
import type { DecisionTable } from "./rules";
import type { Place } from "./place";

/** What is under way: its button waits, the others too. */
export type Busy = "sign" | "sign-demo" | "carry-out" | "withdraw" | "propose" | "freeze" | "other-person";

/** Who may look, and who may change something. */
export const READERS: ReadonlySet<string> = new Set(["security", "auditor", "admin"]);
const ACTOR = "security";

export const isReady = signal(false);
export const waitingRelease = signal<WaitingRelease | null>(null);

export const facts = signal<Facts | null>(null);
/** Slug of why the facts could not be brought up to date the last time. */
export const loadFailure = signal<string | null>(null);
export const isLoading = signal(false);
export const busy = signal<Busy | null>(null);
/** Slug of why the last act was not done. */
export const actFailure = signal<string | null>(null);

/** The decision table, once its page was opened; when it was read, in seconds since 1970. */
export const rules = signal<{ readonly table: DecisionTable; readonly at: number } | null>(null);
/** Slug of why it could not be read the last time. */
export const rulesFailure = signal<string | null>(null);

export const hasNetwork = signal(navigator.onLine);
/** Seconds since 1970, renewed now and then so that what is said in days stays true. */
export const now = signal(0);

/** False without a network, and while the server does not answer: then nothing can be signed. */
export const isConnected = computed(() => hasNetwork.value && loadFailure.value !== "offline" && loadFailure.value !== "timeout");
export const mayAct = computed(() => session.value?.staff?.role === ACTOR && isConnected.value);
export const isDemo = computed(() => session.value?.env === "demo");

export const tasks = computed(() => {
  const known = facts.value;
  return known === null ? null : tasksOf(known.plan, known.proposals, known.alarms);
});

export const place = signal<Place>({ kind: "desk", section: "" });
