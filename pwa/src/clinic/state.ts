/** What the counter's screens show, as signals: actions.ts writes them, asking.ts the question to a phone, and screens the panel. */
import { computed, signal } from "@preact/signals";
import type { Start } from "../device/challenge";
import type { Outbox } from "../device/drain";
import type { WaitingRelease } from "../device/updates";
import type { Seen } from "./seen";
import { DEFAULTS, type Settings } from "./settings";
import type { VerdictView } from "./view";
import type { World } from "./world";

export interface Shown {
  /** Counts scans, so that the same verdict twice is two screens. */
  readonly number: number;
  readonly view: VerdictView;
  /** When this counter saw the pass or the person before; null if it did not. */
  readonly seen: Seen | null;
  /** When another counter of the node did, as far as this one has heard; null if none did. */
  readonly elsewhere: Seen | null;
}

/** What this counter asked a phone to answer with, and since when. */
export interface Asked {
  readonly challenge: string;
  readonly since: Start;
}

export type SyncState =
  | { readonly kind: "idle" | "running" | "done" }
  | { readonly kind: "failed"; readonly slug: string };

export type CarryState = { readonly kind: "idle" | "running" | "renewed" | "nothing-newer" } | { readonly kind: "failed"; readonly slug: string };

export type Panel = "data" | "settings" | "type" | "camera" | "clinics" | "leave-kiosk";
/** True once everything that this machine keeps has been read. */
export const isReady = signal(false);
/** True when this machine could not be made ready: the rest of the face did not arrive, or its storage does not open. */
export const hasFailed = signal(false);
/** While a scan has had no verdict for longer than a person expects. */
export const isChecking = signal(false);
export const isOnline = signal(navigator.onLine);
/** False while the last request, whatever asked, found no server behind the network. */
export const hasAnswered = signal(true);
export const world = signal<World | null>(null);
export const sync = signal<SyncState>({ kind: "idle" });
/** True once a synchronisation of somebody who works here came to an end, or so far that scans are answered with clinics. */
export const hasSynced = signal(false);
/** How it went with the country's revocations, which come behind everything else. */
export const filing = signal<SyncState>({ kind: "idle" });
/** When what this machine has of them was signed; null while it has none that could be opened. */
export const filedAt = signal<number | null>(null);
/** How it went with a file that was carried here. */
export const carrying = signal<CarryState>({ kind: "idle" });
export const settings = signal<Settings>(DEFAULTS);
/** How this machine's receipts stand; null until they were looked at. */
export const outbox = signal<Outbox | null>(null);
/** While receipts are on their way to the centre. */
export const isSending = signal(false);
/** The slug of what kept receipts from being sent last; null when they were. */
export const sendingFailure = signal<string | null>(null);
/** The slug of why the last scan left no receipt; null when it did. */
export const receiptFailure = signal<string | null>(null);
/** A newer release, offered while nothing is on the screen. */
export const waitingRelease = signal<WaitingRelease | null>(null);
export const shown = signal<Shown | null>(null);
export const panel = signal<Panel | null>(null);
/** The question whose answer is waited for; null when nothing was asked, or it was answered, called off or left too long. */
export const asked = signal<Asked | null>(null);
/** The last text that the camera saw and that was no answer to it. */
export const missed = signal<string | null>(null);
/** Seconds since 1970, renewed now and then so that the ages on the screen grow. */
export const now = signal(0);

/** The clinic where this machine stands, once it is both chosen and known. */
export const clinic = computed(() => {
  const { clinic: clues } = settings.value;
  return clues === null ? null : (world.value?.directory?.find(clues) ?? null);
});

/** The slug of what keeps receipts that wait from being sent; null while none is held up. */
export const stuck = computed(() => ((outbox.value?.waiting ?? 0) > 0 ? sendingFailure.value : null));

/** How the last synchronisation went as a whole: not done while receipts are held up. */
export const outcome = computed<SyncState>(() => {
  const last = sync.value.kind === "done" ? filing.value : sync.value;
  return last.kind === "done" && stuck.value !== null ? { kind: "idle" } : last;
});

/** Seconds since the newest good trust data was signed; null without any. */
export const trustAgeS = computed(() => {
  const trust = world.value?.trust ?? null;
  return trust === null ? null : Math.max(0, now.value - trust.refreshedAt);
});
