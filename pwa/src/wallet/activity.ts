/** A short list of what happened to the card on this phone; it never leaves it. */
import { get, put } from "../device/store";

export type Happening = "claimed" | "renewed" | "shown" | "lent" | "withdrawn";

export interface ActivityLine {
  readonly at: number;
  readonly what: Happening;
  readonly isOffline: boolean;
}

const KEPT = 40;
const KEY = "activity";
const SEEN_AT = "seen-at";
/** A code that was out of view for less is the same showing still: a reload or a look at another screen is no new one. */
const SAME_SHOWING_S = 600;

let last: Promise<void> = Promise.resolve();

/**
 * One after the other, so that no line is lost to another of the same moment.
 *
 * A full disk must not stand between a person and the card, so it is not reported.
 */
function inOrder(work: () => Promise<void>): Promise<void> {
  last = last.then(work).catch(() => undefined);
  return last;
}

/** The lines, newest first. */
export async function activity(): Promise<readonly ActivityLine[]> {
  const kept = await get("settings", KEY);
  return Array.isArray(kept) ? kept.filter(isLine) : [];
}

function isLine(value: unknown): value is ActivityLine {
  return typeof value === "object" && value !== null && "at" in value && "what" in value && "isOffline" in value;
}

/** Adds a line. */
export function note(what: Happening, at: number): Promise<void> {
  return inOrder(() => add(what, at));
}

/** Says that the code is in view, every so often while it is; a line for each showing, none for the one that comes with the card. */
export function noteInView(at: number): Promise<void> {
  return inOrder(async () => {
    const seenAt = await get("settings", SEEN_AT);
    const isSame = typeof seenAt === "number" && Math.abs(at - seenAt) < SAME_SHOWING_S;
    if (isSame) await put("settings", SEEN_AT, at);
    else await add("shown", at);
  });
}

async function add(what: Happening, at: number): Promise<void> {
  const lines = await activity();
  await put("settings", KEY, [{ at, what, isOffline: !navigator.onLine }, ...lines].slice(0, KEPT));
  if (what === "shown" || what === "claimed") await put("settings", SEEN_AT, at);
}
