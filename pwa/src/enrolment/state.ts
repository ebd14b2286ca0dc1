/** What the module's screens show, as signals; only work.ts writes them. */
import { signal } from "@preact/signals";
import type { WaitingRelease } from "../device/updates";
import type { Enrolled } from "./actions";
import type { Decidable, Question, Registered } from "./differing";
import { EMPTY, type Draft, type FieldName, type OrganDonation, type Problems } from "./form";

export interface Result {
  readonly enrolled: Enrolled;
  readonly name: string;
  readonly isMinor: boolean;
  /** What the desk decided about an identity that was registered otherwise; null when nothing differed. */
  readonly identity: "corrected" | "kept" | null;
  /** What is other since they moved: where they live, and perhaps which clinic is theirs. */
  readonly home: "moved" | "other-clinic" | null;
  /** A decision on donation that became another. */
  readonly donation: { readonly before: OrganDonation; readonly now: OrganDonation } | null;
}

/** Somebody who is registered with other facts: what these are, what is being asked, what is to be corrected so far. */
export interface Differing {
  readonly registered: Registered;
  readonly question: Question;
  readonly correct: readonly Decidable[];
}

export const isReady = signal(false);
export const isOnline = signal(navigator.onLine);

/** A newer release, offered between two persons only. */
export const waitingRelease = signal<WaitingRelease | null>(null);
export const draft = signal<Draft>(EMPTY);
/** What is wrong, told in full only once somebody tried to send the form. */
export const problems = signal<Problems>({});
export const wasTried = signal(false);
export const wasKept = signal(false);
export const isSending = signal(false);
/** Slug of why the server did not register. */
export const failure = signal<string | null>(null);
export const differing = signal<Differing | null>(null);
/** Where the form takes up again when somebody comes back to it. */
export const returnTo = signal<FieldName | null>(null);
export const result = signal<Result | null>(null);
/** How the result is looked at: these outlast a login in between. */
export const isForOtherWallet = signal(false);
export const isOwnPhoneOpen = signal(false);
