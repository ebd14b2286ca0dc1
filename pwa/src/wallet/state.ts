/** What the screens look at: signals, changed by the actions only. */
import { computed, signal } from "@preact/signals";
import type { Start } from "../device/challenge";
import type { Reading } from "../device/clock";
import type { Installing } from "../device/install";
import type { WaitingRelease } from "../device/updates";
import type { Card } from "./card";

export type Phase = "loading" | "empty" | "card" | "tampered" | "failed";

export const phase = signal<Phase>("loading");
export const card = signal<Card | null>(null);
/** The slug of what failed last, for the phase `failed`. */
export const failure = signal("unexpected");
export const isOnline = signal(navigator.onLine);
export const isRenewing = signal(false);
/** The slug of the last renewal that failed; null after one that worked. */
export const renewalFailure = signal<string | null>(null);
/** Slug of a write that did not fit on the device; the card stays in view from memory. */
export const storageFailure = signal<string | null>(null);
export const release = signal<WaitingRelease | null>(null);
export const installing = signal<Installing>(null);
export const clock = signal<Reading>({ now: 0, qualityS: null, skewS: null });

/** The code that was typed last, so that one wrong letter does not cost the others. */
export const typedCode = signal("");
/** The part of the address after #: «clinicas», «familia»…; an offer's parameters when a link was opened. */
export const place = signal(location.hash.slice(1));
addEventListener("hashchange", () => {
  place.value = location.hash.slice(1);
});
addEventListener("online", () => {
  isOnline.value = true;
});
addEventListener("offline", () => {
  isOnline.value = false;
});

/** The code as shown now: text, and when it was made (performance.now, ms). */
export interface Shown {
  readonly text: string;
  readonly madeAtMs: number;
}
export const shown = signal<Shown | null>(null);

/** What a counter asked for, and since when the code answers to it. */
export interface Answering {
  readonly challenge: string;
  readonly since: Start;
}
export const answering = signal<Answering | null>(null);

export const isExpired = computed(() => card.value !== null && clock.value.now >= card.value.passExp);
