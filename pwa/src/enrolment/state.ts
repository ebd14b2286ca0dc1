/** What the module's screens show, as signals; only work.ts writes them. */
import { signal } from "@preact/signals";
import type { WaitingRelease } from "../device/updates";
import type { Enrolled } from "./actions";
import { EMPTY, type Draft, type Problems } from "./form";

export interface Result {
  readonly enrolled: Enrolled;
  readonly name: string;
  readonly isMinor: boolean;
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
export const result = signal<Result | null>(null);
